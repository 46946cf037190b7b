"""Telephone numbers: one form in which they are kept and found."""

import re

from services.database.statement import statement

_SEPARATORS = re.compile(r"[\s().-]")
_NORTH_AMERICAN = re.compile(r"(?:\+?1)?([2-9]\d\d[2-9]\d{6})", re.ASCII)
_INTERNATIONAL = re.compile(r"\+(?!1)[1-9]\d{6,14}", re.ASCII)

_LOCAL = re.compile(r"[2-9]\d{6}", re.ASCII)

BY_LOCAL_NUMBER = statement(
    r"SELECT id FROM patients WHERE right(regexp_replace(phone, '\D', '', 'g'), 7) = :local "
    "ORDER BY id LIMIT 2"
)
"""Two are as good as many: a number without its area code is one patient's or nobody's."""


def local_number(text: str) -> str | None:
    """A North American number without its area code, as its digits."""
    number = _SEPARATORS.sub("", text)
    return number if _LOCAL.fullmatch(number) else None


def e164(text: str) -> str | None:
    """A North American number, or one that is written with `+` and its country, as E.164."""
    number = _SEPARATORS.sub("", text)
    if match := _NORTH_AMERICAN.fullmatch(number):
        return f"+1{match[1]}"
    return number if _INTERNATIONAL.fullmatch(number) else None
