"""Who is signed in: read from a cookie that scripts cannot see, asked of the database each time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http.cookies import CookieError, SimpleCookie
from typing import Final

import reflex as rx

from moonshot_app.installation import installation
from services.database import opening
from services.database.session import ClinicSession, clinic_transaction
from services.errors import NotAuthenticated
from services.identity.accounts import session_hash

COOKIE: Final = "mc_session"


def host_only(name: str) -> str:
    """A cookie's name: under https the browser sees to it that no other host sets it."""
    return f"__Host-{name}" if is_secure() else name


def cookie_value(header: str, name: str) -> str:
    """The value of a cookie in a Cookie header, or nothing."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return ""
    return jar[name].value if name in jar else ""


def session_of(header: str) -> bytes | None:
    """The hash of the session in a Cookie header; None without one."""
    token = cookie_value(header, host_only(COOKIE))
    return session_hash(token) if token else None


def is_secure() -> bool:
    """Whether people reach us by https."""
    return installation().settings.public_origin.startswith("https:")


@asynccontextmanager
async def signed_in(state: rx.State, *, present: bool = True) -> AsyncGenerator[ClinicSession]:
    """A transaction of who looks at the page; not `present` where the page asks by itself.

    Raises NotAuthenticated.
    """
    key = session_of(state.router.headers.cookie)
    if key is None:
        raise NotAuthenticated("You are not signed in.")
    begin = opening.session(key, present=present)
    async with clinic_transaction(installation().pool, begin) as clinic:
        yield clinic
