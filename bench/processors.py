"""Which processor core does what, and how much of it was used."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

import psutil


@cache
def cores() -> tuple[set[int], set[int]]:
    """The servers' core, and the load generator's; the same where there is only one.

    As it was at the first call: whoever is kept on one core sees no others.
    """
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    first, *others = sorted(os.sched_getaffinity(0))
    return {first}, {others[0] if others else first}


@contextmanager
def kept_on(wanted: set[int]) -> Generator[None]:
    """Keep this process, and those it starts in the block, on these cores."""
    if not wanted:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, wanted)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def used(root: int) -> float:
    """CPU seconds of a process and all below it, those that have ended included."""
    process = psutil.Process(root)
    return sum(_seconds(one) for one in (process, *process.children(recursive=True)))


def _seconds(process: psutil.Process) -> float:
    try:
        return sum(process.cpu_times()[:4])
    except psutil.NoSuchProcess:
        return 0.0


def resident(root: int) -> int:
    """Bytes of memory of one process."""
    return psutil.Process(root).memory_info().rss
