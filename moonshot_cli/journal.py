"""The one log of `moonshot up`: a time, who says it, and what."""

import os
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count

COLOURS = (36, 35, 32, 34, 33)
"""Cyan, magenta, green, blue, yellow; red stays for faults."""


class Journal:
    """Writes whole lines to standard output, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._to_person = sys.stdout.isatty()
        self._coloured = self._to_person and "NO_COLOR" not in os.environ
        self._colours: dict[str, int] = {}
        self._next = count()

    def say(self, text: str) -> None:
        """A line of our own."""
        self.line("moonshot", text)

    def line(self, name: str, text: str) -> None:
        with self._lock:
            label = f"{name:<8}"
            if self._coloured:
                if name not in self._colours:
                    self._colours[name] = COLOURS[next(self._next) % len(COLOURS)]
                label = f"\x1b[{self._colours[name]}m{label}\x1b[0m"
            self._write(f"{self._now()} {label} | {_tame(text)}")

    def plain(self, text: str) -> None:
        """Lines for a person, without prefix."""
        with self._lock:
            self._write(text)

    def _now(self) -> str:
        if self._to_person:
            return datetime.now(UTC).astimezone().strftime("%H:%M:%S")
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _write(self, text: str) -> None:
        # A reader that went away must not stop the clinic.
        with suppress(OSError):
            print(text, flush=True)


def _tame(text: str) -> str:
    """Without what a terminal would obey: a child may repeat what a stranger sent."""
    return "".join(letter if letter.isprintable() or letter == "\t" else "?" for letter in text)
