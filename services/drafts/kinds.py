"""Both kinds, by name."""

from typing import Final

from models.vocabulary import DraftKind
from services.drafts.chart_note import ChartNote
from services.drafts.kind import Kind
from services.drafts.patient_message import PatientMessage
from services.errors import NotPermitted
from services.principal import Principal

KINDS: Final[dict[DraftKind, Kind]] = {kind.name: kind for kind in (ChartNote(), PatientMessage())}


def readable(principal: Principal) -> list[DraftKind]:
    """The kinds that one may propose or sign, and so may read. Raises NotPermitted for none."""
    found = [
        name
        for name, kind in KINDS.items()
        if principal.may(kind.proposing) or principal.may(kind.signing)
    ]
    if not found:
        raise NotPermitted("This role neither drafts nor signs.")
    return found
