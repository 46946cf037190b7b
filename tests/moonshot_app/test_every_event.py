"""Every event that is registered, by a client that may not send it or does not know how."""

import inspect
import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, cast, get_type_hints
from uuid import uuid4

import pytest
from psycopg import sql
from reflex.state import State
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import json_dumps

from models.permission import GRANTS, Permission, Role
from moonshot_app import site_map
from moonshot_app.components.frame import Frame
from moonshot_app.guard import SIGNED_IN
from moonshot_app.pages.admin.connections import REVOKE, ROTATE, Connections
from moonshot_app.pages.patients import Patients
from tests import factories
from tests.ground import OWNER, SUPERUSER, Database
from tests.mcp_server import rows
from tests.moonshot_app.site import Site
from tests.moonshot_app.visitors import colleague, tenant_of
from tests.moonshot_app.websocket import Socket
from tests.personas import Clinic

site_map.load()
FRAME = f"{Frame.get_full_name()}.load"
_OF_THE_SENDER = ("rx_router_", "patient_id_", "draft_rx_", "is_hydrated_", "what_", "away_")
"""Where the sender is, and what it said last, or had said of the database."""
STRANGER = "Zebrawood"
HOSTILE = ("", "\0", "\ud800", "../../etc", "' OR 1=1 --", "{0}", "Zebra Sanctum " * 1_000)


class Handler(NamedTuple):
    """An event by its name, with who may send it and what it takes."""

    name: str
    need: str | None
    takes: dict[str, Any]

    @property
    def well_typed(self) -> dict[str, Any]:
        return {name: _one_of(hint) for name, hint in self.takes.items()}


def handlers() -> list[Handler]:
    registered = RegistrationContext.get().event_handlers
    return [_handler(name, each.handler.fn) for name, each in sorted(registered.items())]


def _handler(name: str, fn: Callable[..., Any]) -> Handler:
    hints = get_type_hints(fn)
    takes = {each: hints.get(each, str) for each in list(inspect.signature(fn).parameters)[1:]}
    return Handler(name, getattr(fn, "__needs__", None), takes)


def _one_of(hint: Any) -> Any:
    """Something of that type."""
    return {str: "x", bool: True, int: 1, dict[str, str]: {"name": "x"}}.get(hint)


NEEDED = sorted({cast("Permission", e.need) for e in handlers() if e.need in set(Permission)})
BEGIN = {
    each.name
    for each in handlers()
    if each.name.endswith((".hydrate_and_load", ".on_load_internal", "state.set_is_hydrated"))
    and each.name != f"{State.get_full_name()}.set_is_hydrated"
}
"""What Reflex's own script sends when a page begins."""
FORM = "__reflex_form_data__"
DEFAULTS = json.loads(json_dumps(cast("Any", State)(_reflex_internal_init=True).dict(initial=True)))


@pytest.fixture(scope="module")
def colleagues(database: Database, cookie: str) -> dict[Role, str]:
    """Someone in each role that an owner does not hold already, who holds this one alone."""
    found = (Role.FRONT_DESK, Role.NURSE, Role.BILLER, Role.GROWTH)
    return {role: colleague(database, tenant_of(database, cookie), role) for role in found}


def answers(socket: Socket, events: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """What comes of all these events, on a page that has begun."""
    socket.rest()
    for name, payload in events:
        socket.tell(name, payload)
    return [json.loads(line.partition(",")[2])[1] for line in socket.rest().split("\n") if line]


def told(answers: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Variables that were told, and are not what a page begins with."""
    return {
        f"{state}.{name}": value
        for answer in answers
        for state, values in (answer.get("delta") or {}).items()
        for name, value in values.items()
        if not name.startswith(_OF_THE_SENDER) and value != DEFAULTS[state].get(name)
    }


def places(answers: Iterable[dict[str, Any]]) -> list[str]:
    """Where a page was sent."""
    events = [event for answer in answers for event in answer.get("events") or []]
    assert {event["name"] for event in events} <= {"_redirect"}
    return [event["payload"]["path"] for event in events]


@pytest.fixture(scope="module")
def signed_out(site: Site) -> str:
    """Of someone who looked at patients in the tab "tab-left", and signed out."""
    cookie = site.signed_up(f"{uuid4()}@clinic.example")
    with Socket(site, tab="tab-left", cookie=cookie) as socket:
        assert "Dana" in socket.send(FRAME, {})
        assert "/patients/" in socket.send(f"{Patients.get_full_name()}.load", {})
    site.post("/auth/sign-out", cookie=cookie)
    return cookie


@pytest.fixture
def nothing_happens(site: Site, database: Database, cookie: str, signed_out: str) -> Any:
    """Nothing changes, and the log tells nothing."""
    before, said = everything(database), len(site.web.log)
    yield
    after = everything(database)
    assert [name for name in after if after[name] != before[name]] == []
    secrets = (cookie.split("=")[1], signed_out.split("=")[1], "Dana", "@clinic.example", "tab-")
    for told in (*secrets, "Traceback", "incident", HOSTILE[-1]):
        assert told not in site.web.log[said:]


def everything(database: Database) -> dict[str, tuple[int, str]]:
    """Each table with its rows, as a number and a digest; but not when a session was seen."""
    with database.connect(SUPERUSER) as admin:
        tables = admin.execute(
            "SELECT schemaname, tablename FROM pg_tables "
            "WHERE schemaname IN ('app', 'identity', 'jobs')"
        ).fetchall()
        count = sql.SQL(
            "SELECT count(*), md5(coalesce(string_agg(r, '' ORDER BY r), '')) FROM {} t, "
            "LATERAL (SELECT (to_jsonb(t) - 'seen_at')::text AS r) kept"
        )
        return {
            f"{schema}.{table}": next(admin.execute(count.format(sql.Identifier(schema, table))))
            for schema, table in tables
        }


@pytest.mark.promise("13.sessions.events")
@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("who", ["nobody", "made-up", "signed out"])
def test_who_is_not_signed_in_is_told_nothing(site: Site, signed_out: str, who: str):
    cookie = {"nobody": None, "made-up": "mc_session=made-up", "signed out": signed_out}[who]
    with Socket(site, tab="tab-left", cookie=cookie) as socket:
        came = answers(socket, [(each.name, each.well_typed) for each in handlers()])
    assert told(came) == {}
    needed = [each for each in handlers() if each.need == SIGNED_IN or each.need in NEEDED]
    assert places(came) == ["/sign-in/"] * len(needed)
    assert len(needed) > 15


@pytest.mark.promise("3.check.one-check", "13.sessions.events")
@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("permission", NEEDED)
def test_who_may_not_is_told_so_and_no_more(
    site: Site, colleagues: dict[Role, str], permission: Permission
):
    role = next(role for role in colleagues if permission not in GRANTS[role])
    events = [each for each in handlers() if each.need == permission]
    with Socket(site, tab=f"tab-{uuid4()}", cookie=colleagues[role]) as socket:
        came = answers(socket, [(each.name, each.well_typed) for each in events])
    assert told(came) == {}
    assert places(came) == ["/not-allowed/"] * len(events)


@pytest.mark.promise("13.sessions.events")
@pytest.mark.usefixtures("nothing_happens")
def test_what_is_not_declared_is_not_done_by_anyone(site: Site, cookie: str):
    closed = [each for each in handlers() if each.need is None and each.name not in BEGIN]
    assert {each.name.rpartition(".")[2] for each in closed} >= {"setvar", "hydrate"}
    with Socket(site, tab=f"tab-{uuid4()}", cookie=cookie) as socket:
        came = answers(socket, [(each.name, each.well_typed) for each in closed])
    assert came == []


@pytest.mark.promise("13.sessions.events")
@pytest.mark.usefixtures("nothing_happens")
def test_what_is_not_well_typed_does_nothing(site: Site, cookie: str):
    """By the owner, who may send them all."""
    events = [(each.name, wrong) for each in handlers() for wrong in _wrong(each)]
    with Socket(site, tab=f"tab-{uuid4()}", cookie=cookie) as socket:
        came = answers(socket, events)
    assert came == []
    assert len(events) > 150


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_no_page_sends_harms_nothing(site: Site, cookie: str, text: str):
    events = [
        (each.name, {name: _hostile(hint, text) for name, hint in each.takes.items()})
        for each in handlers()
        if {str, dict[str, str]} & set(each.takes.values())
    ]
    with Socket(site, tab=f"tab-{uuid4()}", cookie=cookie) as socket:
        answers(socket, events)


@pytest.fixture
def elsewhere(database: Database, other_clinic: Clinic) -> list[str]:
    """Ids of another clinic, where somebody is called like nobody here."""
    patient = rows.patient(other_clinic.tenant_id, f"Ada {STRANGER}")
    result = factories.lab_result(patient)
    with database.connect(OWNER) as owner, owner.transaction():
        factories.save(owner, patient, result)
    people = [id_ for p in other_clinic.people for id_ in (p.user_id, p.credential_id)]
    return [str(id_) for id_ in (other_clinic.tenant_id, patient.id, result.id, *people)]


@pytest.mark.promise("4.crossing.events")
@pytest.mark.usefixtures("elsewhere", "nothing_happens")
def test_ids_of_another_clinic_lead_nowhere(site: Site, cookie: str, elsewhere: list[str]):
    events = [
        (each.name, {name: _hostile(hint, id_) for name, hint in each.takes.items()})
        for each in handlers()
        if {str, dict[str, str]} & set(each.takes.values())
        for id_ in elsewhere
    ]
    page = Connections.get_full_name()
    for id_ in elsewhere:
        for deed, payload in ((REVOKE, {}), (ROTATE, {"form": {FORM: [["grace", "0"]]}})):
            events.append((f"{page}.ask", {"deed": deed, "credential_id": id_}))
            events.append((f"{page}.{deed}", payload))
    with Socket(site, tab=f"tab-{uuid4()}", cookie=cookie) as socket:
        came = answers(socket, events)
    assert came
    assert STRANGER not in json.dumps(came)


def _hostile(hint: Any, text: str) -> Any:
    if hint == dict[str, str]:
        fields = ("name", "role", "life", "reach", "grace", text)
        return {FORM: [[field, text] for field in fields]}
    return text if hint is str else _one_of(hint)


def _wrong(handler: Handler) -> Iterable[dict[str, Any]]:
    """Each argument as something else, or left out, or one too many."""
    right = handler.well_typed
    yield {**right, "more": "x"}
    for name, hint in handler.takes.items():
        others = [7, 1.5, {"x": {"y": []}}, [[[{}]]], "x" * 100_000, True, "x"]
        if handler.name not in BEGIN:
            others += [None, [], ["x"], {FORM: "x"}, {FORM: [["name", {"x": 1}]]}, {FORM: [1]}]
        fits = {str: str, bool: bool}.get(hint, ())
        yield from ({**right, name: other} for other in others if not isinstance(other, fits))
        if handler.name not in BEGIN:
            yield {each: value for each, value in right.items() if each != name}
