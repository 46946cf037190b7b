"""The figures as Markdown: what README shows, and what was measured around it."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version

import psutil

from bench import requests
from bench.calls import ROUNDS, SECONDS, Result
from bench.servers import KINDS, Kind

GOALS = (("a", "b", 1, 0.8), ("a", "b", 16, 1.2), ("a", "c", 16, 5.0))
"""Of calls a second: which over which, at how many connections, how much at least."""


def written(results: Sequence[Result], more: Sequence[str]) -> str:
    """The whole report."""
    return "\n".join([*_calls(results), "", *_goals(results), "", *more, "", *_conditions(results)])


def _calls(results: Sequence[Result]) -> Iterator[str]:
    yield "| `get_labs`, 20 results | connections | calls/s | p50 ms | p99 ms | server µs | Postgres µs |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for result in results:
        setup = result.setup
        newest = f" (protocol {setup.version})" if setup.version == requests.STATELESS else ""
        what = f"({setup.kind.letter}) {setup.kind.what}{newest}"
        cells = (
            f"{result.median('calls_a_second'):,.0f}",
            f"{result.median('p50'):.2f}",
            f"{result.median('p99'):.2f}",
            f"{result.median('server'):,.0f}",
            f"{result.median('postgres'):,.0f}",
        )
        yield f"| {what} | {setup.connections} | {' | '.join(cells)} |"


def _goals(results: Sequence[Result]) -> Iterator[str]:
    by_setup = {
        (r.setup.kind.letter, r.setup.connections): r
        for r in results
        if r.setup.version == requests.HANDSHAKE
    }
    yield "| ratio | connections | calls/s | goal | CPU of the server | CPU with Postgres |"
    yield "|---|--:|--:|--:|--:|--:|"
    wanted = {(of, to, count): least for of, to, count, least in GOALS}
    for to in ("b", "c"):
        for count in (1, 16):
            ours, theirs = by_setup["a", count], by_setup[to, count]
            speed = ours.median("calls_a_second") / theirs.median("calls_a_second")
            least = wanted.get(("a", to, count))
            goal = "" if least is None else f"≥ {least} {'reached' if speed >= least else 'MISSED'}"
            server = ours.median("server") / theirs.median("server")
            whole = _whole(ours) / _whole(theirs)
            yield f"| a : {to} | {count} | {speed:.2f} | {goal} | {server:.2f} | {whole:.2f} |"


def _whole(result: Result) -> float:
    return result.median("server") + result.median("postgres")


def _conditions(results: Sequence[Result]) -> Iterator[str]:
    others = [run.others for result in results for run in result.runs]
    busiest = max(r.median("generator") * r.median("calls_a_second") / 1e6 for r in results)
    yield (
        f"Medians of {ROUNDS} runs of {SECONDS:.0f} s taken in turns on {_processor()}, "
        f"Python {platform.python_version()}, mcp {version('mcp')}, "
        f"psycopg {version('psycopg')}, {datetime.now(UTC):%Y-%m-%d}. "
        "The server has one core to itself; Postgres and the load generator share the rest. "
        "Every answer was checked, and the rows of the audit log are as many as the calls. "
        f"The generator used at most {busiest:.0%} of a core; other programs on the machine used "
        f"{sum(others) / len(others):.2f} cores on average, {max(others):.2f} at most."
    )


def _processor() -> str:
    cores = psutil.cpu_count() or 1
    return f"{cores} cores ({platform.machine()}), load {os.getloadavg()[0]:.1f}"


def legend() -> str:
    """What the letters stand for."""
    kinds: Sequence[Kind] = KINDS
    return "; ".join(f"({kind.letter}) {kind.what}" for kind in kinds)
