"""Events over a raw websocket: nothing comes of one that is not declared, typed and permitted."""

from uuid import uuid4

import pytest

from tests.moonshot_app.site import Site
from tests.moonshot_app.websocket import Refused, Socket

STATE = "reflex___state____state"
FRAME = f"{STATE}.moonshot_app___components___frame____frame"
COPIED = f"{STATE}.moonshot_app___components___copy____copied"


@pytest.fixture(scope="module")
def cookie(site: Site) -> str:
    return site.signed_up(f"{uuid4()}@clinic.example")


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "http://127.0.0.1"])
def test_only_our_own_pages_may_connect(site: Site, cookie: str, origin: str | None):
    with pytest.raises(Refused):
        Socket(site, cookie=cookie, origin=origin)


def test_who_is_signed_in_is_told_who_and_where(site: Site, cookie: str):
    with Socket(site, tab="own", cookie=cookie) as socket:
        said = socket.send(f"{FRAME}.load", {})
    assert "Alder Street Clinic" in said
    assert "Dana Whitaker" in said
    assert cookie.split("=")[1] not in said


@pytest.mark.parametrize("cookie_sent", [None, "mc_session=made-up", "mc_session="])
def test_nobody_else_is_told_anything(site: Site, cookie: str, cookie_sent: str | None):
    with Socket(site, tab="stolen", cookie=cookie) as socket:
        assert "Dana" in socket.send(f"{FRAME}.load", {})
    # The name of another's tab opens nothing without that person's cookie.
    with Socket(site, tab="stolen", cookie=cookie_sent) as socket:
        said = socket.send(f"{FRAME}.load", {}) + socket.send(f"{STATE}.hydrate", {})
    assert "/sign-in/" in said
    assert "Dana" not in said
    assert "Alder" not in said
    assert "made-up" not in said


def test_a_tab_of_one_person_shows_another_nothing_of_it(site: Site, cookie: str):
    other = site.post(
        "/auth/sign-up",
        name="Otto Second",
        email=f"{uuid4()}@clinic.example",
        clinic="Birch Clinic",
        time_zone="America/New_York",
        password="another long sentence",
    )
    theirs = (other.getheader("set-cookie") or "").split(";")[0]
    with Socket(site, tab="same", cookie=cookie) as socket:
        socket.send(f"{FRAME}.load", {})
    with Socket(site, tab="same", cookie=theirs) as socket:
        said = socket.send(f"{STATE}.hydrate", {})
    assert "Alder" not in said
    assert "Dana" not in said


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        (f"{FRAME}.setvar", {"var_name": "clinic", "value": "Mine"}),
        (f"{STATE}.setvar", {"var_name": "is_hydrated", "value": True}),
        (f"{FRAME}.nothing", {}),
        (f"{FRAME}._get_state", {}),
        (f"{COPIED}.remember", {"what": {"a": 1}}),
        (f"{COPIED}.remember", {"what": 7}),
        (f"{COPIED}.remember", {"what": "x", "more": "y"}),
        (f"{STATE}.reflex___state____frontend_event_exception_state.handle_frontend_exception", {}),
    ],
)
def test_what_is_not_declared_or_not_well_typed_does_nothing(
    site: Site, cookie: str, event: str, payload: dict[str, object]
):
    with Socket(site, tab=uuid4().hex, cookie=cookie) as socket:
        assert socket.send(event, payload) in {"", '42/_event,["event",{}]'}


def test_a_revoked_session_ends_at_the_next_event(site: Site):
    own = site.signed_up(f"{uuid4()}@clinic.example")
    with Socket(site, tab="ends", cookie=own) as socket:
        assert "Dana" in socket.send(f"{FRAME}.load", {})
        kind = "application/x-www-form-urlencoded"
        site.ask("POST", "/auth/sign-out", "", origin=site.origin, cookie=own, content_type=kind)
        said = socket.send(f"{FRAME}.load", {})
    assert "/sign-in/" in said
    assert "Dana" not in said


def test_the_log_tells_no_cookie_and_nothing_that_was_sent(site: Site, cookie: str):
    with Socket(site, tab="talkative", cookie=cookie) as socket:
        socket.send(f"{FRAME}.unheard", {"secret": "John Smith 1980"})
    assert "John Smith" not in site.web.log
    assert cookie.split("=")[1] not in site.web.log
    assert "talkative" not in site.web.log
