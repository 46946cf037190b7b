"""Each tool on a large clinic, beside the SQL of the same question without row security.

The bare SQL is the tool's own statements, asked by a superuser of tables with the same indexes that
hold that clinic's rows alone: no policy, no context, no other clinics, no commit.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg import Connection, RawCursor, sql

from bench.answers import Furnished
from bench.ground import Ground
from bench.scale import grow
from mcp_server import catalog
from mcp_server.tool import Tool
from models.permission import Role
from moonshot_cli.postgres.cluster import SUPERUSER
from services.database import opening
from services.database.catalogue import clinic_tables
from services.database.pool import Pool
from services.database.session import ClinicSession, clinic_transaction
from services.database.statement import Statement
from services.date_range import DateRange
from services.identity.token import Token, read_token

ROUNDS: Final = 30
WARMING: Final = 3
FACTOR: Final = 1.5
MILLISECONDS: Final = 2.0
"""The goal: so many times the bare SQL, and so much."""
_GIVEN: Final[Mapping[str, Any]] = {
    "query": "smith",
    "date_range": DateRange(word="this_month"),
    "panel": "testosterone",
    "marker": "hematocrit",
    "direction": "up",
}

_SEEN: Final = """
SELECT p.id FROM bare.patients p
 WHERE EXISTS (SELECT FROM bare.encounters e WHERE e.patient_id = p.id AND e.status = 'finished')
 ORDER BY md5(p.id::text) LIMIT %s
"""

Asked = tuple[Statement, Sequence[bytes | None]]


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one tool, as often as it was asked."""

    tool: str
    ours: Sequence[float]
    bare: Sequence[float]
    scanned: Sequence[str]
    """Tables of the clinic that were read without an index."""

    @property
    def row(self) -> str:
        """A line of a Markdown table."""
        ours, bare = _p50_p95(self.ours), _p50_p95(self.bare)
        met = all(o <= FACTOR * b + MILLISECONDS for o, b in zip(ours, bare, strict=True))
        figures = " | ".join(f"{figure:.1f}" for figure in (*ours, *bare))
        scanned = ", ".join(self.scanned) or "none"
        return f"| `{self.tool}` | {figures} | {'yes' if met else 'no'} | {scanned} |"


def report(ground: Ground, furnished: Furnished) -> Iterator[str]:
    """Lines of Markdown; the sandbox has grown behind them."""
    tenant_id, token = furnished.sandbox.tenant_id, read_token(furnished.tokens[Role.OWNER])
    if token is None:
        raise ValueError("There is no token of an owner.")
    with psycopg.connect(ground.cluster.url(SUPERUSER), autocommit=True) as admin:
        counts = grow(admin, tenant_id)
        _tables(admin, tenant_id)
        ground.settle()
        timings = asyncio.run(_measure(ground, admin, token))
    yield ""
    yield (
        f"- Each tool on a clinic of {counts['patients']:,} patients and "
        f"{counts['lab_results']:,} results among 200 clinics, {ROUNDS} times each, in "
        "milliseconds: the tool with its context, row security and commit, and the same SQL bare. "
        f"Goal: at most {FACTOR} times the bare SQL and {MILLISECONDS:.0f} ms."
    )
    yield ""
    yield "| tool | p50 | p95 | bare p50 | bare p95 | goal met | read without an index |"
    yield "|---|--:|--:|--:|--:|---|---|"
    for timing in timings:
        yield timing.row


def _tables(admin: Connection[Any], tenant_id: UUID) -> None:
    admin.execute("CREATE SCHEMA bare")
    for table in clinic_tables().values():
        names = (sql.Identifier("bare", table.name), sql.Identifier("app", table.name))
        admin.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(*names))
        copying = sql.SQL("INSERT INTO {} SELECT * FROM {} WHERE tenant_id = {}")
        admin.execute(copying.format(*names, tenant_id))
    admin.execute("SET search_path = bare, app, public")
    # As the app has its plans made.
    admin.execute("SET plan_cache_mode = force_generic_plan")


async def _measure(ground: Ground, admin: Connection[Any], token: Token) -> list[Timing]:
    patients = [id_ for (id_,) in admin.execute(_SEEN, [ROUNDS])]
    pool = Pool(ground.app_url, size=1)
    try:
        return [
            await _timing(tool, pool, admin, token, ground=ground, patients=patients)
            for tool in catalog.load().values()
        ]
    finally:
        await pool.close()


async def _timing(
    tool: Tool,
    pool: Pool,
    admin: Connection[Any],
    token: Token,
    *,
    ground: Ground,
    patients: Sequence[UUID],
) -> Timing:
    ours: list[float] = []
    bare: list[float] = []
    asked: list[Asked] = []
    for number in range(-WARMING, ROUNDS):
        arguments = _arguments(tool, patients[number % ROUNDS])
        took, asked = await _ours(tool, pool, token, arguments)
        again = _bare(admin, asked)
        if number >= 0:
            ours.append(took)
            bare.append(again)
    return Timing(tool.name, ours, bare, _scanned(ground, token, asked))


def _scanned(ground: Ground, token: Token, asked: Sequence[Asked]) -> list[str]:
    """The tables that a plan reads whole under row security, as the app has its plans made."""
    scanned: set[str] = set()
    with psycopg.connect(ground.app_url) as connection, RawCursor(connection) as cursor:
        cursor.execute("SELECT app.begin_request($1)", [token.hash])
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        for number, (question, values) in enumerate(asked):
            name = f"asked_{number}".encode()
            cursor.execute(b"PREPARE " + name + b" AS " + question.sql)
            given = [sql.Literal(None if v is None else v.decode()) for v in values]
            whole = sql.SQL("({})").format(sql.SQL(", ").join(given)).as_bytes() if given else b""
            plan = b"EXPLAIN (FORMAT JSON) EXECUTE " + name + whole
            for (told,) in cursor.execute(plan).fetchall():
                scanned.update(_read_whole(told[0]["Plan"]))
    return sorted(scanned)


def _read_whole(node: Mapping[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for below in node.get("Plans", ()):
        yield from _read_whole(below)


def _arguments(tool: Tool, patient_id: UUID) -> dict[str, Any]:
    given = {**_GIVEN, "patient_id": patient_id}
    return {p.name: given[p.name] if p.required else p.default for p in tool.parameters}


async def _ours(
    tool: Tool, pool: Pool, token: Token, arguments: dict[str, Any]
) -> tuple[float, list[Asked]]:
    asked: list[Asked] = []
    began = time.perf_counter()
    async with clinic_transaction(pool, opening.request(token.hash)) as clinic:
        await tool.function(_listening(clinic, asked), **arguments)
    return 1_000 * (time.perf_counter() - began), asked


def _listening(clinic: ClinicSession, asked: list[Asked]) -> ClinicSession:
    """The session, which tells what it was asked."""
    ask = clinic.ask

    async def told(*questions: tuple[Statement, dict[str, Any]]) -> list[Any]:
        asked.extend((question, question.values(values)) for question, values in questions)
        return await ask(*questions)

    clinic.ask = told  # pyright: ignore[reportAttributeAccessIssue] -- to listen, here alone
    return clinic


def _bare(admin: Connection[Any], asked: Sequence[Asked]) -> float:
    began = time.perf_counter()
    with RawCursor(admin) as cursor:
        for question, values in asked:
            given = [None if value is None else value.decode() for value in values]
            cursor.execute(question.sql, given, prepare=True).fetchall()
    return 1_000 * (time.perf_counter() - began)


def _p50_p95(sample: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(sample)
    return statistics.median(ordered), ordered[round(0.95 * (len(ordered) - 1))]
