"""Medical record numbers: how people write them otherwise than they are recorded."""

import re
from collections.abc import Iterable
from uuid import UUID

from services.database.statement import statement

BY_NUMBER = statement(
    r"""
WITH numbered AS (SELECT id, upper(regexp_replace(mrn, '[\s-]', '', 'g')) AS mrn FROM patients)
SELECT id, mrn = :number, bare = :bare
  FROM (SELECT *, regexp_replace(mrn, '(^|\D)0+(?=\d)', '\1', 'g') AS bare FROM numbered) AS n
 WHERE bare = :bare OR regexp_replace(bare, '^[A-Z]+', '') = :bare ORDER BY id LIMIT :most
"""
)
"""Patients whose number, without leading zeros, is that one or has letters before it.

With each whether it is the number with its zeros too, and whether it is without letters before it.
"""

OTHER_ZEROS = 0.95
"""The score of a number that is written with other leading zeros, or without the letters before it:
likely, and not exact."""

_LEADING_ZEROS = re.compile(r"(^|\D)0+(?=\d)", re.ASCII)


def fold_number(text: str) -> str | None:
    """Case, spaces and hyphens do not tell two numbers apart; None for what cannot be one."""
    folded = "".join(text.split()).replace("-", "").upper()
    is_number = folded.isascii() and folded.isalnum() and any(c.isdigit() for c in folded)
    return folded if is_number else None


def without_leading_zeros(folded: str) -> str:
    """The same number with each of its parts as short as it can be: MC00103 as MC103."""
    return _LEADING_ZEROS.sub(r"\1", folded)


def meant(found: Iterable[tuple[UUID, bool, bool]]) -> dict[UUID, float]:
    """Whose number it is, and how surely; written otherwise, it is one patient's or nobody's."""
    all_found = list(found)
    same = {id_: 1.0 for id_, is_same, _ in all_found if is_same}
    whole = [id_ for id_, _, is_whole in all_found if is_whole]
    near = whole or [id_ for id_, _, _ in all_found]
    return same or ({near[0]: OTHER_ZEROS} if len(near) == 1 else {})
