"""Both kinds, by name."""

from typing import Final

from models.vocabulary import DraftKind
from services.drafts.chart_note import ChartNote
from services.drafts.kind import Kind
from services.drafts.patient_message import PatientMessage

KINDS: Final[dict[DraftKind, Kind]] = {kind.name: kind for kind in (ChartNote(), PatientMessage())}
