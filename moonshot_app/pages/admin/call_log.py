"""One page of the log of calls, as the address asks for it."""

from datetime import datetime, timedelta

import reflex as rx

from models.permission import Permission
from moonshot_app import call_filters
from moonshot_app.components.choice import Option
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.components.failure import said_of
from moonshot_app.components.lists import FAILED, LOADING, READY
from moonshot_app.guard import SIGNED_IN, needs
from moonshot_app.pages.admin.call_row import CallRow, row_of
from moonshot_app.session import signed_in
from services.errors import InvalidInput
from services.record import log

PATH = "/admin/ai-mcp/log/"
ROWS = 25
_NO_SUCH = (
    "The address asks for calls in a way the log does not know, or a day has passed since this "
    "list was opened. Go to the newest calls and choose the time and the filters there."
)


class CallLog(rx.State):
    """One page of the log, and what there is to filter by."""

    phase: str = LOADING
    said: str = ""
    rows: list[CallRow] = []
    counted: str = ""
    everyone: bool = False
    manages: bool = False
    chosen: dict[str, str] = {}
    first: str = ""
    last: str = ""
    """Days, both included."""
    own_days: bool = False
    people: list[Option] = []
    credentials: list[Option] = []
    clients: list[Option] = []
    tools: list[Option] = []
    older: str = ""
    newer: str = ""
    csv: str = ""
    json_lines: str = ""
    opened: str = ""
    astray: bool = False
    """Whether it is the address that is wrong."""
    _came_from: dict[str, str] = {}

    @rx.event
    @needs(SIGNED_IN)
    async def load(self) -> None:
        """Read the page that the address names."""
        self.chosen = self._asked()
        cursor = dict(self.router.url.query_parameters).get("before") or None
        try:
            async with signed_in(self) as clinic:
                principal = await clinic.begin()
                filters = call_filters.read(self.chosen, principal)
                found = await log.calls(clinic, filters, limit=ROWS, cursor=cursor)
                counted = await log.count(clinic, filters)
                facets = await log.facets(clinic)
                following = found.next_cursor
        except InvalidInput:
            self._fail(_NO_SUCH, astray=True)
            return
        except Exception as error:  # noqa: BLE001 -- whatever it is, the page says it
            self._fail(said_of(error))
            return
        self._show_facets(facets)
        times = ClinicTime(principal)
        self.rows = [row_of(call, times) for call in found.rows]
        calls = f"{counted} call{'' if counted.calls == 1 else 's'}"
        self.counted = f"{calls}, {len(self.rows)} shown"
        self._show_places(cursor, following)
        self._show_days(filters.since, filters.until, times)
        self.everyone = principal.may(Permission.VIEW_AUDIT)
        self.manages = principal.may(Permission.MANAGE_AI)
        self.phase, self.opened = READY, ""

    @rx.event
    @needs(SIGNED_IN)
    async def choose(self, name: str, value: str) -> object:
        """Go to the address with this filter, at its newest page."""
        if name not in call_filters.NAMES:
            return None
        return rx.redirect(call_filters.address(PATH, self._asked(), **{name: value}))

    @rx.event
    @needs(SIGNED_IN)
    async def choose_day(self, end: str, value: str) -> object:
        """Go to the address with this first or last day."""
        if not self.first:
            # Chosen while the server was away: the one that is there now has read no days yet.
            await self.load()
        first, last = (value, self.last) if end == "first" else (self.first, value)
        if not first or not last:
            return None
        first, last = sorted((first, last))
        return rx.redirect(call_filters.address(PATH, self._asked(), when=f"{first}/{last}"))

    @rx.event
    @needs(SIGNED_IN)
    async def open(self, call_id: str) -> None:
        """Open a row, or close it."""
        self.opened = "" if self.opened == call_id else call_id

    def _asked(self) -> dict[str, str]:
        """As the address says it: a server that was started anew knows nothing else."""
        query = dict(self.router.url.query_parameters)
        return {name: query.get(name, "") for name in call_filters.NAMES}

    def _fail(self, said: str, *, astray: bool = False) -> None:
        self.phase, self.said, self.counted, self.astray = FAILED, said, "", astray
        self.csv = self.json_lines = ""

    def _show_facets(self, facets: log.Facets) -> None:
        self.people = [(str(one.id), one.name) for one in facets.people]
        self.credentials = [(str(one.id), one.name) for one in facets.credentials]
        self.clients = [(name, name) for name in facets.clients]
        self.tools = [
            (name, name if ":" not in name else f"Unknown {name[8:14]}…") for name in facets.tools
        ]

    def _show_places(self, cursor: str | None, following: str | None) -> None:
        """Addresses of the pages before and after this one, and of the whole as a file."""
        if following:
            self._came_from[following] = cursor or ""
        before = self._came_from.get(cursor or "", "")
        self.newer = call_filters.address(PATH, self.chosen | {"before": before}) if cursor else ""
        self.older = (
            call_filters.address(PATH, self.chosen | {"before": following}) if following else ""
        )
        self.csv = call_filters.address(f"{PATH}calls.csv", self.chosen)
        self.json_lines = call_filters.address(f"{PATH}calls.jsonl", self.chosen)

    def _show_days(self, since: datetime | None, until: datetime | None, times: ClinicTime) -> None:
        zone = times.principal.zone
        self.own_days = "/" in self.chosen["when"]
        self.first = since.astimezone(zone).date().isoformat() if since else ""
        last = until - timedelta(microseconds=1) if until else None
        self.last = last.astimezone(zone).date().isoformat() if last else ""
