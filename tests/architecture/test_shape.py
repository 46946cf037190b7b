"""What the import contracts cannot see: names, sizes, and who touches a connection."""

import ast
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from models.row_security import FUNCTION_FILES, FUNCTIONS
from services.settings import PROJECT

FLOORS = ("models", "services", "mcp_server", "moonshot_cli")
FILES = sorted(file for floor in FLOORS for file in (PROJECT / floor).rglob("*.py"))
DATABASE = PROJECT / "services" / "database"
DRIVERS = {"psycopg", "psycopg_pool", "asyncpg"}
OPENING = {"create_engine", "create_async_engine", "sessionmaker", "async_sessionmaker"}
BY_HAND = {"commit", "rollback", "wire", "_wire"}
GRAB_BAGS = {
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "shared",
    "core", "lib", "stuff", "base_classes",
}  # fmt: skip
LONGEST = 300


@cache
def text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(text(file))


def those(files: Iterable[Path], are: Callable[[Path], object]) -> list[str]:
    return [file.relative_to(PROJECT).as_posix() for file in files if are(file)]


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def code_lines(file: Path) -> int:
    """Lines with something in them, without those of tables that stand there as one literal."""
    tables = sum(
        node.end_lineno - node.lineno
        for node in tree(file).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.end_lineno is not None
    )
    return sum(1 for line in text(file).splitlines() if line.strip()) - tables


def touches_a_connection(file: Path) -> bool:
    """Imports a driver or the wire, opens something of SQLAlchemy's, begins or ends by hand."""
    modules = imported(file)
    attributes = {n.attr for n in ast.walk(tree(file)) if isinstance(n, ast.Attribute)}
    names = {n.id for n in ast.walk(tree(file)) if isinstance(n, ast.Name)}
    return bool(
        DRIVERS & {name.split(".")[0] for name in modules}
        or any(name.startswith("services.database.wire") for name in modules)
        or (attributes | names) & OPENING
        or attributes & BY_HAND
    )


def test_a_name_says_what_is_inside():
    assert not those(FILES, lambda f: GRAB_BAGS & set(f.relative_to(PROJECT).with_suffix("").parts))


def test_a_file_fits_in_the_head():
    assert not those(FILES, lambda f: code_lines(f) > LONGEST)


def test_a_file_says_what_is_in_it():
    assert not those(FILES, lambda f: not ast.get_docstring(tree(f)))


def test_only_the_database_floor_opens_signs_and_commits():
    outside = (file for file in FILES if DATABASE not in file.parents)
    assert not those(outside, touches_a_connection)
    # The sweep sees what it looks for where it is allowed.
    inside = {Path(f).name for f in those(DATABASE.glob("*.py"), touches_a_connection)}
    assert {"wire.py", "pool.py", "session.py", "installation.py"} <= inside


def test_the_migrations_and_the_tests_are_no_packages():
    # A package would hide the one of PyPI, or our own folder of the same name.
    for folder in ("alembic", "tests"):
        assert list((PROJECT / folder).rglob("__init__.py")) == []


def test_every_file_of_functions_is_run():
    assert {file.stem for file in FUNCTIONS.glob("*.sql")} == set(FUNCTION_FILES)


@pytest.mark.promise("4.context.pinned")
def test_a_definer_function_pins_its_path_where_it_is_written():
    for file in FUNCTIONS.glob("*.sql"):
        heads = text(file).lower().split("create or replace function ")[1:]
        for head in (whole.partition("$$")[0] for whole in heads):
            assert "set search_path = pg_catalog, pg_temp" in head, f"{file.stem}: {head}"
