"""Reads the ledger of promises and the marks of tests, from their text alone, and compares them."""

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PARTS = {str(part) for part in range(1, 17)}
WORD = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SENTENCE = re.compile(r"[A-Z0-9`/].{8,}[.]")
NEVER_PASSES = {"skip", "xfail"}


@dataclass
class Ledger:
    """What is promised: each id with the part that brings it, or None if it is here."""

    due: dict[str, str | None] = field(default_factory=dict[str, str | None])
    faults: list[str] = field(default_factory=list[str])


@dataclass
class Marks:
    """Which test wears which ids."""

    worn: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    faults: list[str] = field(default_factory=list[str])

    def wear(self, name: str, test: str) -> None:
        self.worn.setdefault(name, []).append(test)


def compared(ledger: Ledger, marks: Marks) -> list[str]:
    """All that is wrong, a line each."""
    unknown = [
        f"{test} wears {name}, which the ledger does not know"
        for name, tests in marks.worn.items()
        if name not in ledger.due
        for test in tests
    ]
    unproved = [
        f"{name} is worn by no test and not said to be due"
        for name, due in ledger.due.items()
        if due is None and name not in marks.worn
    ]
    proved = [
        f"{name} is said to be due and worn by {', '.join(marks.worn[name])}"
        for name, due in ledger.due.items()
        if due is not None and name in marks.worn
    ]
    return [*ledger.faults, *marks.faults, *unknown, *unproved, *proved]


def read_ledger(file: Path) -> Ledger:
    ledger = Ledger()
    try:
        parts = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        ledger.faults.append(f"{file.name} is no TOML: {error}")
        return ledger
    said: dict[str, str] = {}
    for name, entry in promises(parts):
        wrong = fault_of(name, entry)
        if wrong:
            ledger.faults.append(f"{name}: {wrong}")
            continue
        says, due = (entry, None) if isinstance(entry, str) else (entry["says"], entry["due"])
        if says in said:
            ledger.faults.append(f"{name}: says the same as {said[says]}")
            continue
        said[says] = name
        ledger.due[name] = due
    return ledger


def promises(parts: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each entry with its id: part, section and promise, whatever stands there."""
    for part, sections in parts.items():
        for section, entries in under(sections):
            for name, entry in under(entries):
                yield ".".join(filter(None, (part, section, name))), entry


def under(table: Any) -> Iterator[tuple[str, Any]]:
    yield from table.items() if isinstance(table, dict) else [("", table)]


def fault_of(name: str, entry: Any) -> str | None:
    part, *words = name.split(".")
    wrong: dict[str, bool] = {
        "its part is none from 1 to 16": part not in PARTS,
        "an id is a part, a section and a promise, in small letters": len(words) != 2
        or not all(map(WORD.fullmatch, words)),
        "it is neither a sentence nor {says, due}": not isinstance(entry, str)
        and not (isinstance(entry, dict) and set(entry) == {"says", "due"}),
    }
    said: Any = entry
    if isinstance(entry, dict) and set(entry) == {"says", "due"}:
        said = entry["says"]
        wrong["`due` names no part from 1 to 16"] = entry["due"] not in PARTS
    wrong["what it says is no sentence"] = isinstance(said, str) and not SENTENCE.fullmatch(said)
    return next((fault for fault, is_so in wrong.items() if is_so), None)


def read_marks(folder: Path) -> Marks:
    marks = Marks()
    for file in sorted(folder.rglob("*.py")):
        place = file.relative_to(folder.parent).as_posix()
        tree = ast.parse(file.read_text(encoding="utf-8"))
        proper: set[ast.AST] = set()
        for test in tests_of(file, tree):
            here = f"{place}::{test.name}"
            for call in filter(is_promise, test.decorator_list):
                proper.update(ast.walk(call))
                read_mark(call, here, marks)
                if any(is_mark(other, NEVER_PASSES) for other in test.decorator_list):
                    marks.faults.append(f"{here} wears a promise and is never seen to pass")
        marks.faults += [
            f"{place}:{node.lineno} has a promise where no test is collected"
            for node in ast.walk(tree)
            if isinstance(node, ast.expr) and is_promise(node) and node not in proper
        ]
    return marks


def tests_of(file: Path, tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Tests as they are written here: functions of a module."""
    if not file.name.startswith("test_"):
        return
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test_"
        ):
            yield node


def read_mark(mark: ast.expr, test: str, marks: Marks) -> None:
    given = mark.args if isinstance(mark, ast.Call) and not mark.keywords else []
    names = [one.value for one in given if isinstance(one, ast.Constant)]
    if not names or len(names) < len(given) or not all(isinstance(name, str) for name in names):
        marks.faults.append(f"{test} wears a promise that is not written out as a text")
        return
    for name in names:
        marks.wear(str(name), test)


def is_promise(node: ast.expr) -> bool:
    return is_mark(node, {"promise"})


def is_mark(node: ast.expr, names: set[str]) -> bool:
    """Whether it is `pytest.mark.NAME`, `mark.NAME`, or a call of one."""
    if isinstance(node, ast.Call):
        node = node.func
    if not isinstance(node, ast.Attribute) or node.attr not in names:
        return False
    of = node.value
    return "mark" in (getattr(of, "attr", None), getattr(of, "id", None))
