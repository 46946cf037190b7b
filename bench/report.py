"""The figures as Markdown: what README shows, and what was measured around it."""

import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import psutil

from bench import requests
from bench.calls import CALM, ROUNDS, SECONDS, Result, Setup
from bench.servers import KINDS

GOALS = {("b", 1): 0.8, ("b", 16): 1.2, ("c", 16): 5.0}
"""Our calls a second over theirs, at so many connections, at least."""


def written(results: Sequence[Result], more: Sequence[str]) -> str:
    """The whole report."""
    return "\n".join([*_calls(results), "", *_ratios(results), "", *_conditions(results), *more])


def _calls(results: Sequence[Result]) -> Iterator[str]:
    yield (
        "| `get_labs`, 20 results | connections | calls/s | p50 ms | p99 ms "
        "| server µs a call | Postgres µs a call |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for result in results:
        cells = (
            _name(result.setup),
            str(result.setup.connections),
            f"{result.median('calls_a_second'):,.0f}",
            f"{result.median('p50'):.2f}",
            f"{result.median('p99'):.2f}",
            f"{result.median('server'):,.0f}",
            f"{result.median('postgres'):,.0f}",
        )
        yield f"| {' | '.join(cells)} |"


def _name(setup: Setup) -> str:
    newest = f", protocol {setup.version}" if setup.version == requests.STATELESS else ""
    return f"({setup.kind.letter}) {setup.kind.name}{newest}"


def _ratios(results: Sequence[Result]) -> Iterator[str]:
    found = {
        (result.setup.kind.letter, result.setup.connections): result
        for result in results
        if result.setup.version == requests.HANDSHAKE
    }
    yield "| ours : theirs | connections | calls/s | goal | CPU of server | CPU with Postgres |"
    yield "|---|--:|--:|--:|--:|--:|"
    for letter in ("b", "c"):
        for connections in (1, 16):
            ours, theirs = found["a", connections], found[letter, connections]
            speed = ours.median("calls_a_second") / theirs.median("calls_a_second")
            cells = (
                f"a : {letter}",
                str(connections),
                f"{speed:.2f}",
                _goal(speed, GOALS.get((letter, connections))),
                f"{ours.median('server') / theirs.median('server'):.2f}",
                f"{_whole(ours) / _whole(theirs):.2f}",
            )
            yield f"| {' | '.join(cells)} |"


def _goal(reached: float, least: float | None) -> str:
    if least is None:
        return ""
    return f"≥ {least}" if reached >= least else f"≥ {least}, missed"


def _whole(result: Result) -> float:
    return result.median("server") + result.median("postgres")


def _conditions(results: Sequence[Result]) -> Iterator[str]:
    others = [run.others for result in results for run in result.calm]
    calm = sum(other <= CALM for other in others)
    busiest = max(r.median("generator") * r.median("calls_a_second") / 1e6 for r in results)
    for kind in KINDS:
        yield f"- ({kind.letter}) {kind.what}."
    yield (
        f"- Medians of up to {ROUNDS} runs of {SECONDS:.0f} s, taken in turns. The servers are "
        f"kept on one core, the load generator on the other ({busiest:.0%} of it at most); "
        "Postgres has what is left of both. fsync and synchronous_commit are on. Every answer "
        "was checked, and the audit log has as many rows as there were calls."
    )
    yield (
        f"- {psutil.cpu_count()} cores ({platform.machine()}), Python "
        f"{platform.python_version()}, mcp {version('mcp')}, psycopg {version('psycopg')}, "
        f"{datetime.now(UTC):%Y-%m-%d}. {calm} of the {len(others)} runs behind these figures had "
        f"the machine to themselves; during the others, other programs used up to "
        f"{max(others):.1f} cores."
    )
