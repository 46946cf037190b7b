"""Calls a second and CPU a call: our server and the stock SDK's, taken in turns."""

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psutil

from bench import load, requests
from bench.clinics import Clinic
from bench.ground import Ground
from bench.processors import cores, kept_on, used
from bench.servers import MEMORY, OURS, Kind, Running

ROUNDS = 10
SECONDS = 1.0
WARM_SECONDS = 0.7
CALM = 0.1
"""Cores: runs during which other programs used more count only where few were calmer."""
ENOUGH = 3
_A_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured: a server, spoken to in one version of the protocol."""

    kind: Kind
    version: str
    connections: int


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement. CPU is in microseconds a call, latency in milliseconds."""

    calls_a_second: float
    p50: float
    p99: float
    server: float
    postgres: float
    generator: float
    others: float
    """CPU that programs beside these three used, in cores."""


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of one setup."""

    setup: Setup
    runs: Sequence[Run]

    @property
    def calm(self) -> Sequence[Run]:
        """The runs that had the machine to themselves, if there are enough of them; else all."""
        calm = [run for run in self.runs if run.others <= CALM]
        return calm if len(calm) >= ENOUGH else self.runs

    def median(self, figure: str) -> float:
        return statistics.median(getattr(run, figure) for run in self.calm)


def setups(kinds: Sequence[Kind]) -> list[Setup]:
    """One and 16 connections in the version that most clients speak; then the newest version."""
    usual = [Setup(kind, requests.HANDSHAKE, count) for count in (1, 16) for kind in kinds]
    return usual + [Setup(kind, requests.STATELESS, 16) for kind in (OURS, MEMORY)]


def measure(
    ground: Ground, clinics: Sequence[Clinic], running: dict[Kind, Running]
) -> list[Result]:
    """Run each setup in turn, a b c a b c …; the first turn only warms up."""
    calls = {
        version: requests.calls(clinics, version)
        for version in (requests.HANDSHAKE, requests.STATELESS)
    }
    streams = {
        (kind, version): requests.endless(made, one.port)
        for kind, one in running.items()
        for version, made in calls.items()
    }
    runs: dict[Setup, list[Run]] = {setup: [] for setup in setups(list(running))}
    for turn in range(ROUNDS + 1):
        for setup, done in runs.items():
            stream = streams[setup.kind, setup.version]
            one = running[setup.kind]
            if turn:
                done.append(_run(ground, setup, one, stream, SECONDS))
            else:
                _run(ground, setup, one, stream, WARM_SECONDS)
    return [Result(setup, done) for setup, done in runs.items()]


def _run(
    ground: Ground, setup: Setup, one: Running, stream: Iterator[bytes], seconds: float
) -> Run:
    recorded = ground.count_calls()
    with kept_on(cores()[1]):
        server, postgres, everything = used(one.pid), used(ground.pid), _busy()
        began = time.perf_counter()
        got = load.run(
            one.port,
            stream,
            connections=setup.connections,
            seconds=seconds,
            check=requests.check,
        )
        took = time.perf_counter() - began
        server = used(one.pid) - server
        postgres = used(ground.pid) - postgres
        others = _busy() - everything - server - postgres - got.generator_cpu
    for request, body in got.samples:
        requests.check_whole(request, body, own=setup.kind is not MEMORY)
    _require_recorded(setup.kind, ground.count_calls() - recorded, got.calls)
    return Run(
        calls_a_second=got.calls / got.seconds,
        p50=got.latency(0.5) * 1000,
        p99=got.latency(0.99) * 1000,
        server=server / got.calls * _A_MILLION,
        postgres=postgres / got.calls * _A_MILLION,
        generator=got.generator_cpu / got.calls * _A_MILLION,
        others=max(0.0, others / took),
    )


def _require_recorded(kind: Kind, rows: int, calls: int) -> None:
    if rows != (0 if kind is MEMORY else calls):
        raise RuntimeError(f"{calls} calls of {kind.letter} left {rows} rows in the audit log")


def _busy() -> float:
    times = psutil.cpu_times()
    return sum(times) - times.idle - getattr(times, "iowait", 0.0)
