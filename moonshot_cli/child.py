"""A child process: in a session of its own, tied to our life, its lines kept and passed on."""

import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

LINES_KEPT = 30
LONGEST_LINE = 16_384


class Child:
    """Runs `argv`; `on_line` gets each line of its output, from a thread.

    Start it from the main thread: Linux ends it when the thread that started it ends.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        stop_signal: signal.Signals = signal.SIGTERM,
        user: tuple[int, int] | None = None,
        cwd: Path | None = None,
        on_line: "Callable[[Child, str], None] | None" = None,
    ) -> None:
        self.name = name
        self.last_lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._stop_signal = stop_signal
        self._on_line = on_line
        uid, gid = user or (None, None)
        # A session of its own: Ctrl-C in the terminal reaches us alone, and we stop in order.
        self._process = subprocess.Popen(
            argv,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=cwd,
            user=uid,
            group=gid,
            extra_groups=None if user is None else [],
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the number of the signal that ended it."""
        return self._process.poll()

    def when_ended(self, call: "Callable[[Child], None]") -> None:
        """Calls once, from a thread, when it has ended and its last words were read."""

        def wait() -> None:
            self.finish()
            call(self)

        threading.Thread(target=wait, daemon=True).start()

    def stop(self, grace: float) -> None:
        """Asks it to end, waits `grace` seconds, then ends it and all of its session."""
        self.signal(self._stop_signal)
        if not self.wait(grace):
            self.kill()

    def signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def finish(self) -> None:
        """Waits until its last words have been read."""
        self._process.wait()
        # A grandchild may hold the pipe open for ever.
        self._reader.join(timeout=1)

    def wait(self, seconds: float) -> bool:
        """True once it has ended; waits at most that long."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _read(self) -> None:
        output: IO[bytes] | None = self._process.stdout
        if output is None:
            return
        with output:
            while line := output.readline(LONGEST_LINE):
                text = line.decode(errors="replace").rstrip()
                self.last_lines.append(text)
                if self._on_line is not None:
                    self._on_line(self, text)


def tied(stop_signal: signal.Signals) -> tuple[str, ...]:
    """What to put before a command so that Linux sends it the signal when we are killed.

    Empty where the system cannot: there the next start ends what was left behind.
    """
    setpriv = _setpriv()
    return (setpriv, "--pdeathsig", stop_signal.name, "--") if setpriv else ()


@cache
def _setpriv() -> str | None:
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return None
    probe = subprocess.run(
        [setpriv, "--pdeathsig", "TERM", "true"], check=False, capture_output=True
    )
    return setpriv if probe.returncode == 0 else None
