"""The forms that sign people up, in and out: real posts, answered with a cookie and a redirect."""

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Message

from moonshot_app import way_back
from moonshot_app.installation import installation
from moonshot_app.session import COOKIE, cookie_value, host_only, is_secure, session_of
from services.errors import ClinicError, EmailTaken, InvalidInput, Unavailable
from services.identity import accounts
from services.identity.accounts import SignedIn
from services.listener.body import TooLarge, TooSlow, read_body

TYPED: Final = "mc_typed"
"""The cookie of what was typed into a form that could not be taken: nobody types it again."""
_TYPED_SECONDS: Final = 120
_LONGEST: Final = way_back.LONGEST
_LARGEST: Final = 32 << 10
"""Bytes of a form."""
_SEE_OTHER: Final = 303

_NOT_ENDED: Final = (
    "This browser is signed out. The database could not be told, so the session itself ends only "
    "after an hour in which nobody uses it."
)

_LOG = logging.getLogger(__name__)


class Typed(msgspec.Struct):
    """A form as it came back: what was typed, never a password, and what was wrong with it."""

    form: str
    values: dict[str, str]
    wrong: dict[str, str]
    said: str = ""


def opening_of_accounts() -> Callable[..., Awaitable[SignedIn]]:
    """What opens an account, imported: the synthetic clinic takes longer than all pages."""
    from services.onboarding.sign_up import sign_up as open_account  # noqa: PLC0415 -- as said

    return open_account


async def sign_up(request: Request) -> Response:
    """Make an account with its sandbox, and sign in."""
    form = await _form(request, "name", "email", "clinic", "time_zone", way_back.TO)
    to = form.pop(way_back.TO)
    again = way_back.sign_in(to, way_back.SIGN_UP)
    house = installation()
    open_account = await asyncio.to_thread(opening_of_accounts)
    try:
        signed = await open_account(
            house.pool,
            house.keys,
            name=form["name"],
            email=form["email"],
            password=form["password"],
            clinic=form["clinic"],
            time_zone=form["time_zone"] or "America/New_York",
            ip=_ip(request),
        )
    except EmailTaken:
        wrong = {"email": "There is an account with this address. Sign in instead."}
        return _again(again, Typed("sign-up", _kept(form), wrong))
    except InvalidInput as invalid:
        return _again(again, Typed("sign-up", _kept(form), dict(invalid.problems)))
    except ClinicError as error:
        return _again(again, Typed("sign-up", _kept(form), {}, str(error)))
    await _end_session(request)
    return _welcome(signed, way_back.ours(to) or "/onboarding/")


async def sign_in(request: Request) -> Response:
    """Begin a session."""
    form = await _form(request, "email", way_back.TO)
    to = form.pop(way_back.TO)
    try:
        signed = await accounts.sign_in(
            installation().pool,
            email=form["email"],
            password=form["password"],
            ip=_ip(request),
        )
    except ClinicError as error:
        return _again(way_back.sign_in(to), Typed("sign-in", _kept(form), {}, str(error)))
    await _end_session(request)
    return _welcome(signed, way_back.ours(to) or "/onboarding/")


async def sign_out(request: Request) -> Response:
    """End the session, here and in the database, and what the browser kept of it."""
    if await _end_session(request):
        response: Response = RedirectResponse(way_back.SIGNED_OUT, status_code=_SEE_OTHER)
    else:
        response = _again(way_back.SIGN_IN, Typed("sign-in", {}, {}, _NOT_ENDED))
    _delete(response, COOKIE)
    response.headers["clear-site-data"] = '"storage"'
    return response


def typed(cookie_header: str, form: str) -> Typed | None:
    """What came back of this form, if something did."""
    value = cookie_value(cookie_header, host_only(TYPED))
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(value), type=Typed) if value else None
    except (ValueError, msgspec.MsgspecError):
        return None
    return found if found is not None and found.form == form else None


async def _end_session(request: Request) -> bool:
    """End the session that the browser came with, if it has one; say whether none is left."""
    session = session_of(request.headers.get("cookie", ""))
    if session is None:
        return True
    try:
        await accounts.sign_out(installation().pool, session)
    except Unavailable:
        _LOG.warning("a session could not be ended: the database is away")
        return False
    except ClinicError as error:
        _LOG.info("a session had ended before: %s", type(error).__name__)
    return True


def _ip(request: Request) -> str | None:
    """Where it comes from, as a proxy says that is trusted, else as the connection says."""
    return request.client.host if request.client else None


async def _form(request: Request, *names: str) -> dict[str, str]:
    """Fields as text of bounded length; a missing one is empty."""
    length = request.headers.get("content-length")
    try:
        body = await read_body(length, request.receive, largest=_LARGEST)
    except TooLarge:
        raise HTTPException(413, "The form is too large.") from None
    except TooSlow:
        raise HTTPException(408, "The form took too long to arrive.") from None
    if body is None:
        raise HTTPException(400, "The form did not come whole.")

    async def again() -> Message:
        return {"type": "http.request", "body": body}

    whole = Request(request.scope, again)
    async with whole.form(max_files=0, max_fields=20, max_part_size=10_000) as form:
        wanted = (*names, "password")
        return {name: str(form.get(name, ""))[: _LONGEST + 1] for name in wanted}


def _kept(form: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in form.items() if name != "password"}


def _again(path: str, came_back: Typed) -> Response:
    response = RedirectResponse(path, status_code=_SEE_OTHER)
    value = base64.urlsafe_b64encode(msgspec.json.encode(came_back)).decode()
    _set(response, host_only(TYPED), value, _TYPED_SECONDS)
    return response


def _welcome(signed: SignedIn, path: str) -> Response:
    response = RedirectResponse(path, status_code=_SEE_OTHER)
    lasts = int(accounts.SESSION_LIFE.total_seconds())
    _set(response, host_only(COOKIE), signed.token, lasts)
    _delete(response, TYPED)
    # What another person's session left in this browser's tabs.
    response.headers["clear-site-data"] = '"storage"'
    return response


def _set(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        name, value, max_age=seconds, path="/", httponly=True, samesite="lax", secure=is_secure()
    )


def _delete(response: Response, name: str) -> None:
    response.delete_cookie(host_only(name), path="/", secure=is_secure(), httponly=True)


ROUTES: list[Any] = [
    Route("/auth/sign-up", sign_up, methods=["POST"]),
    Route("/auth/sign-in", sign_in, methods=["POST"]),
    Route("/auth/sign-out", sign_out, methods=["POST"]),
]
