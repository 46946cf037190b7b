"""`moonshot up`: the database and every door as one program with one log, until it is stopped."""

import queue
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from typing import Final

import click

from moonshot_cli import data_folder
from moonshot_cli.child import Child
from moonshot_cli.doors import DOORS, Door
from moonshot_cli.failure import Failure
from moonshot_cli.first_sandbox import FirstCredential, first_credential
from moonshot_cli.installation import bring_up_to_date, cluster_of, complete, embedded_database
from moonshot_cli.journal import Journal
from moonshot_cli.welcome import welcome
from services.database.operator import Clinic
from services.settings import DRAIN_SECONDS, Settings, read_settings

READY_SECONDS: Final = 60.0
CLOSING_SECONDS: Final = DRAIN_SECONDS + 1.0
"""How long a door gets to end: what it drains for, and a moment to close what it holds."""
WAIT_SECONDS: Final = 0.3


@click.command(name="up")
def command() -> None:
    """Start everything; Ctrl-C stops it.

    Starts the embedded PostgreSQL in MOONSHOT_DATA (default .data), or uses DATABASE_URL and its
    twins; brings the schema up to date; starts the web app on MOONSHOT_PORT (default 3000) and the
    MCP server on MOONSHOT_MCP_PORT (default 8100) of MOONSHOT_BIND (default 127.0.0.1: this
    machine alone); says when it is ready. The web app's pages are built when the code has changed,
    which takes some seconds; both servers answer under the web app's address. A first
    start in an empty folder makes a sandbox to try; where clinics are it makes none, and says how
    to mint a credential. SIGTERM lets open calls end for up to 8 seconds. If one process ends by
    itself, all are stopped and the exit code is 1.

    To be reached from other machines set MOONSHOT_BIND to an address of this one (0.0.0.0 for
    all), and MOONSHOT_PUBLIC_ORIGIN or MOONSHOT_ALLOWED_HOSTS to the names it goes by; put a proxy
    that speaks TLS in front.
    """
    raise SystemExit(run(read_settings()))


def run(settings: Settings, doors: Sequence[Door] = DOORS) -> int:
    """Runs until stopped; gives the exit code."""
    return House(settings, doors).run()


class House:
    """Everything that runs, from the first start to the last stop."""

    def __init__(self, settings: Settings, doors: Sequence[Door]) -> None:
        self.settings = settings
        self.embedded = settings.embedded
        self.doors = doors
        self.journal = Journal()
        self.events: queue.SimpleQueue[Child | signal.Signals] = queue.SimpleQueue()
        self.open: list[Child] = []
        self.serving = False

    def run(self) -> int:
        began = time.monotonic()
        with ExitStack() as stack:
            stack.enter_context(data_folder.hold(self.settings.data, "up"))
            for door in self.doors:
                door.refuse_if_taken(self.settings)
            for door in self.doors:
                if door.prepare is not None:
                    door.prepare(self.journal.say)
            self._start_database(stack)
            self._heed_signals()
            stack.callback(self._close_doors)
            self._open_doors()
            event = self._wait_until_ready()
            if event is None:
                self.journal.say(f"ready after {time.monotonic() - began:.1f} s")
                self.journal.plain(welcome(self.settings, *self._to_begin_with()))
                event = self._next_event()
            code = self._end(event)
        self.journal.say("stopped")
        return code

    def _start_database(self, stack: ExitStack) -> None:
        cluster = None
        if self.settings.embedded:
            if not cluster_of(self.settings).exists:
                self.journal.say(f"making a database in {self.settings.data}")
            running = stack.enter_context(
                embedded_database(self.settings, on_line=self._postgres_said)
            )
            running.child.when_ended(self.events.put)
            cluster = running.cluster
            self.settings = complete(self.settings, cluster)
            self.journal.say("PostgreSQL is up")
        applied = bring_up_to_date(self.settings, cluster)
        if applied:
            self.journal.say(f"schema brought to revision {applied[-1]}")

    def _to_begin_with(self) -> tuple[FirstCredential | None, Sequence[Clinic]]:
        """Neither with a database of one's own: there, nothing is made or listed unasked."""
        return first_credential(self.settings) if self.embedded else (None, ())

    def _open_doors(self) -> None:
        for door in self.doors:
            child = door.start(self.settings, self._door_said)
            child.when_ended(self.events.put)
            self.open.append(child)

    def _wait_until_ready(self) -> Child | signal.Signals | None:
        """None once every door answers; else what came in between."""
        waiting = list(self.doors)
        deadline = time.monotonic() + READY_SECONDS
        while waiting:
            with suppress(queue.Empty):
                return self.events.get(timeout=0.03)
            waiting = [door for door in waiting if not door.is_ready(self.settings)]
            if time.monotonic() > deadline:
                names = ", ".join(door.name for door in waiting)
                raise Failure(f"Not ready after {READY_SECONDS:.0f} seconds: {names}.")
        self.serving = True
        return None

    def _next_event(self) -> Child | signal.Signals:
        # A signal that arrives just before the wait does not end it, so the wait is short.
        while True:
            with suppress(queue.Empty):
                return self.events.get(timeout=WAIT_SECONDS)

    def _end(self, event: Child | signal.Signals) -> int:
        self.serving = False
        if isinstance(event, signal.Signals):
            self.journal.say(f"stopping ({event.name}); once more to stop at once")
            return 0
        event.finish()
        self.journal.say(f"{event.name} ended by itself with exit code {event.exit_code}; it said:")
        for line in event.last_lines:
            self.journal.plain(f"    {line}")
        self.journal.say("stopping everything else")
        return 1

    def _close_doors(self) -> None:
        """Asks all doors to close, and shuts them when time is over or a second signal comes."""
        for child in self.open:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + CLOSING_SECONDS
        while any(child.exit_code is None for child in self.open):
            if time.monotonic() > deadline:
                break
            with suppress(queue.Empty):
                if isinstance(self.events.get(timeout=WAIT_SECONDS), signal.Signals):
                    self.journal.say("stopping at once")
                    break
        for child in self.open:
            child.kill()

    def _heed_signals(self) -> None:
        """From here on a signal is an event, and interrupts nothing."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _frame: self.events.put(signal.Signals(number)))

    def _door_said(self, child: Child, text: str) -> None:
        self.journal.line(child.name, text)

    def _postgres_said(self, child: Child, text: str) -> None:
        # Its lines at each start and stop say nothing new.
        if self.serving or self.settings.log_level == "debug":
            self.journal.line(child.name, text)
