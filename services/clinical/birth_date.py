"""Dates of birth as people write them into a search."""

import re
from datetime import date

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_US = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", re.ASCII)


def birth_date(text: str) -> date | None:
    """Read `1980-01-02` or `1/2/1980`; None for all else."""
    try:
        if _ISO.fullmatch(text):
            return date.fromisoformat(text)
        if match := _US.fullmatch(text):
            month, day, year = (int(part) for part in match.groups())
            return date(year, month, day)
    except ValueError:
        return None
    return None


def with_birth_date(text: str) -> tuple[str, date | None]:
    """A name and the birth date beside it, as in `John Smith, born 1980-01-02`."""
    words = [word.strip(",;()") for word in text.split()]
    days = [day for word in words if (day := birth_date(word))]
    if len(days) != 1 or len(words) == 1:
        return text, None
    rest = (w for w in words if not birth_date(w) and w.lower().strip(":") not in {"born", "dob"})
    return " ".join(rest), days[0]
