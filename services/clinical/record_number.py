"""Medical record numbers: how people write them otherwise than they are recorded."""

import re
from collections.abc import Iterable
from uuid import UUID

from services.database.statement import statement

BY_NUMBER = statement(
    r"""
WITH numbered AS (SELECT id, upper(regexp_replace(mrn, '[\s-]', '', 'g')) AS mrn FROM patients)
SELECT id, mrn = :number FROM numbered
 WHERE regexp_replace(mrn, '(^|\D)0+(?=\d)', '\1', 'g') = :bare ORDER BY id LIMIT :most
"""
)
"""Patients whose number is that one without leading zeros, and whether it is with them too."""

_LEADING_ZEROS = re.compile(r"(^|\D)0+(?=\d)", re.ASCII)


def fold_number(text: str) -> str | None:
    """Case, spaces and hyphens do not tell two numbers apart; None for what cannot be one."""
    folded = "".join(text.split()).replace("-", "").upper()
    is_number = folded.isascii() and folded.isalnum() and any(c.isdigit() for c in folded)
    return folded if is_number else None


def without_leading_zeros(folded: str) -> str:
    """The same number with each of its parts as short as it can be: MC00103 as MC103."""
    return _LEADING_ZEROS.sub(r"\1", folded)


def meant(found: Iterable[tuple[UUID, bool]]) -> list[UUID]:
    """Whose number it is; where only leading zeros differ, one patient's or nobody's."""
    all_found = list(found)
    same = [id_ for id_, is_same in all_found if is_same]
    return same or ([id_ for id_, _ in all_found] if len(all_found) == 1 else [])
