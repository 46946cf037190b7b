"""Telephone numbers: one form in which they are kept and found."""

import re

_SEPARATORS = re.compile(r"[\s().-]")
_NORTH_AMERICAN = re.compile(r"(?:\+?1)?([2-9]\d\d[2-9]\d{6})", re.ASCII)
_INTERNATIONAL = re.compile(r"\+(?!1)[1-9]\d{6,14}", re.ASCII)


def e164(text: str) -> str | None:
    """A North American number, or one that is written with `+` and its country, as E.164."""
    number = _SEPARATORS.sub("", text)
    if match := _NORTH_AMERICAN.fullmatch(number):
        return f"+1{match[1]}"
    return number if _INTERNATIONAL.fullmatch(number) else None
