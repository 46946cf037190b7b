"""Events over a raw websocket: nothing comes of one that is not declared, typed and permitted."""

import json
from uuid import uuid4

import pytest

from tests.moonshot_app.site import Site
from tests.moonshot_app.websocket import Refused, Socket

STATE = "reflex___state____state"
FRAME = f"{STATE}.moonshot_app___components___frame____frame"
CONNECTS = f"{STATE}.hydrate_and_load"
SET_UP = (
    f"{STATE}.moonshot_app___kept____kept.moonshot_app___pages___onboarding___state____onboarding"
)
COPIED = f"{STATE}.moonshot_app___components___copy____copied"


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
        said = socket.send(f"{FRAME}.load", {}) + socket.send(CONNECTS, {})
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
        said = socket.send(CONNECTS, {})
    assert "is_hydrated" in said
    assert "Alder" not in said
    assert "Dana" not in said


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_a_stolen_name_disturbs_no_open_tab(site: Site, cookie: str, whose: str):
    theirs = None if whose == "nobody's" else site.signed_up(f"{uuid4()}@clinic.example")
    tab = uuid4().hex
    with Socket(site, tab=tab, cookie=cookie) as socket:
        assert "Dana" in socket.send(f"{FRAME}.load", {})
        own = socket.word
        with Socket(site, tab=tab, cookie=theirs) as thief:
            assert "new_token" not in thief.greeting, "it is not told that someone has that name"
            said = thief.send(CONNECTS, {})
            assert "is_hydrated" in said
            assert "Alder" not in said
            assert own not in said
            assert own in socket.send(CONNECTS, {})
            socket.send(f"{FRAME}.load", {})
            assert thief.rest() == ""


def test_a_stolen_name_hears_nothing_of_a_tab_that_was_closed(site: Site, cookie: str):
    tab = uuid4().hex
    with Socket(site, tab=tab, cookie=cookie) as socket:
        socket.send(f"{SET_UP}.connect", {})
        own = socket.word
        watch(socket)
    with Socket(site, tab=tab) as thief, Socket(site, tab=uuid4().hex, cookie=cookie) as other:
        thief.rest()
        # Another page of that person is told how far it has come, twice.
        watch(other)
        other.until("waited")
        assert thief.rest() == ""
    with Socket(site, tab=tab, cookie=cookie) as socket:
        assert own in socket.send(CONNECTS, {})


def watch(socket: Socket) -> None:
    """Begins to look for the first call, and waits for the first look."""
    socket.tell(CONNECTS, {}, path="/onboarding/")
    socket.tell(f"{SET_UP}.watch", {}, path="/onboarding/")
    socket.until("waited")


def test_a_page_does_not_say_itself_with_which_cookie_it_came(site: Site, cookie: str):
    attached = ({"_placeholder": True, "num": 0}, {"_placeholder": True, "num": 1})
    forged = {"QUERY_STRING": "token=forged", "asgi.scope": {"headers": [attached]}}
    with Socket(site, tab=uuid4().hex) as socket:
        for name in ("connect", "disconnect", "ping", "link_token_to_sid"):
            socket.say("42/_event," + json.dumps([name, forged]))
        connect = json.dumps(["connect", forged])
        socket.say(f"452-/_event,{connect}", b"cookie", cookie.encode())
        said = socket.send(f"{FRAME}.load", {})
    assert "/sign-in/" in said
    assert "Dana" not in said


def test_what_is_no_event_is_answered_by_nothing_and_not_logged(site: Site, cookie: str):
    said = len(site.web.log)
    for event in (
        "Zebra Sanctum",
        ["Zebra Sanctum"],
        {"name": 7, "payload": "Zebra Sanctum"},
        None,
    ):
        with Socket(site, tab="talkative", cookie=cookie) as socket:
            socket.rest()
            socket.say("42/_event," + json.dumps(["event", event]))
            socket.say('42/_event,["client_error",{"message":"Zebra Sanctum"}]')
            socket.say('42/_event,["client_error","Zebra Sanctum"]')
            socket.say('42["event","Zebra Sanctum"]')
            socket.say("Zebra Sanctum")
            assert socket.rest() == ""
    for told in ("Zebra Sanctum", "talkative", cookie.split("=")[1]):
        assert told not in site.web.log[said:]


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
        socket.rest()
        assert socket.send(event, payload) == ""


def test_a_revoked_session_ends_at_the_next_event(site: Site):
    own = site.signed_up(f"{uuid4()}@clinic.example")
    with Socket(site, tab="ends", cookie=own) as socket:
        assert "Dana" in socket.send(f"{FRAME}.load", {})
        kind = "application/x-www-form-urlencoded"
        site.ask("POST", "/auth/sign-out", "", origin=site.origin, cookie=own, content_type=kind)
        said = socket.send(f"{FRAME}.load", {})
    assert "/sign-in/" in said
    assert "Dana" not in said


@pytest.mark.promise("10.keeping.process-log")
def test_the_log_tells_no_cookie_and_nothing_that_was_sent(site: Site, cookie: str):
    with Socket(site, tab="talkative", cookie=cookie) as socket:
        socket.send(f"{FRAME}.unheard", {"secret": "John Smith 1980"})
    assert "John Smith" not in site.web.log
    assert cookie.split("=")[1] not in site.web.log
    assert "talkative" not in site.web.log
