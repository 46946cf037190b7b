"""What a mapper is given with its resource, and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from models.base import ClinicRow
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.decode import decode
from services.exchange.fhir_import.elements import CodeableConcept, Reference, Resource
from services.exchange.fhir_import.references import Index, row_id
from services.exchange.fhir_import.refusal import Place
from services.exchange.fhir_import.report import Note, Reason, Skipped, UnseenCode
from services.exchange.fhir_import.terminology import Coded


@dataclass(frozen=True, slots=True)
class Clinic:
    """Whose file it is, and what the file says about its own resources."""

    tenant_id: UUID
    zone: ZoneInfo
    now: datetime
    """Policy time."""
    index: Index


@dataclass(slots=True)
class Mapped:
    """A row to be stored, and what has to be known about it while that is done."""

    context: "Context"
    row: ClinicRow


@dataclass(slots=True)
class Context:
    """One resource's place in its file and its clinic; mappers ask it for ids, dates and names."""

    clinic: Clinic
    place: Place
    resource_type: str
    source_id: str
    notes: list[Note] = field(default_factory=list[Note])
    patient_path: str = ""
    """The element that named the patient."""
    patient_source: str = ""
    encounter_source: str = ""
    """What these references were resolved to."""
    results: tuple[UUID, ...] = ()
    """Of a report: its results."""
    unseen: UnseenCode | None = None
    """Its code, if it is a reason for labs that no protocol would see."""

    @property
    def tenant_id(self) -> UUID:
        """Of the clinic."""
        return self.clinic.tenant_id

    @property
    def id(self) -> UUID:
        """Of the row that this resource becomes."""
        return row_id(self.tenant_id, self.source_id)

    def patient(self, reference: Reference | None, path: str) -> UUID:
        """The patient's row; Skipped where none is named."""
        self.patient_path = path
        if reference is None:
            raise Skipped(Reason.NO_PATIENT)
        target = self._resolve(reference, "Patient")
        if target is not None and not target.startswith("Patient/"):
            raise Skipped(Reason.NO_PATIENT)
        # What cannot be resolved is no patient who was ever taken.
        self.patient_source = target or f"Patient?{self.source_id}"
        return row_id(self.tenant_id, self.patient_source)

    def encounter(self, reference: Reference | None) -> UUID | None:
        """The visit's row, there or not."""
        found = self._source(reference, "Encounter", Note.NO_ENCOUNTER)
        self.encounter_source = found or ""
        return row_id(self.tenant_id, found) if found else None

    def appointment(self, reference: Reference | None) -> UUID | None:
        """The appointment's row, there or not."""
        found = self._source(reference, "Appointment", Note.NO_APPOINTMENT)
        return row_id(self.tenant_id, found) if found else None

    def observations(self, references: Sequence[Reference]) -> tuple[UUID, ...]:
        """The rows of results."""
        found = (self._resolve(reference, "Observation") for reference in references)
        return tuple(row_id(self.tenant_id, source) for source in found if source)

    def person(self, reference: Reference | None) -> str | None:
        """A practitioner's name."""
        return self.clinic.index.person(reference, self.place.full_url)

    def medication(
        self, reference: Reference | None, contained: Sequence[msgspec.Raw]
    ) -> CodeableConcept | None:
        """The code of a Medication that is contained, or stands elsewhere in the file."""
        if reference is None:
            return None
        text = reference.reference or ""
        if not text.startswith("#"):
            return self.clinic.index.medication(reference, self.place.full_url)
        for number, raw in enumerate(contained):
            within = f"contained[{number}]"
            inner = decode(raw, _ContainedMedication, self.place, within=within)
            if inner.id == text[1:]:
                return inner.code
        return None

    def is_ahead(self, when: When | None) -> bool:
        """Whether it is more than a day from now: that cannot have happened."""
        latest = self.clinic.now + timedelta(days=1)
        if when is None or when.day is None:
            return False
        if when.moment is not None:
            return when.moment > latest
        return when.day > latest.astimezone(self.clinic.zone).date()

    def refuse_ahead(self, when: When | None) -> None:
        """Skipped for what is said to have happened in the future."""
        if self.is_ahead(when):
            raise Skipped(Reason.FUTURE)

    def on(self, when: When | None, *, planned: bool = False) -> date | None:
        """The date at the clinic, or a note that it was left out; only a plan may lie ahead."""
        if not planned and self.is_ahead(when):
            self.notes.append(Note.FUTURE_DATE)
            return None
        day = when.on(self.clinic.zone) if when else None
        if when and day is None:
            self.notes.append(Note.PARTIAL_DATE)
        return day

    def needed_on(self, when: When | None, *, planned: bool = False) -> date:
        """The date at the clinic; Skipped where there is none, or none that can be."""
        if when is None:
            raise Skipped(Reason.NO_DATE)
        if not planned:
            self.refuse_ahead(when)
        day = when.on(self.clinic.zone)
        if day is None:
            raise Skipped(Reason.PARTIAL_DATE)
        return day

    def at(self, when: When | None, *, planned: bool = False) -> datetime | None:
        """The moment, with a note where it was left out or its time of day was not given."""
        if not planned and self.is_ahead(when):
            self.notes.append(Note.FUTURE_DATE)
            return None
        moment = when.at(self.clinic.zone) if when else None
        if when and when.moment is None:
            self.notes.append(Note.PARTIAL_DATE if moment is None else Note.MIDNIGHT)
        return moment

    def needed_at(self, when: When | None, *, planned: bool = False) -> datetime:
        """The moment; Skipped where there is none, or none that can be."""
        if when is None:
            raise Skipped(Reason.NO_DATE)
        if not planned:
            self.refuse_ahead(when)
        moment = self.at(when, planned=planned)
        if moment is None:
            raise Skipped(Reason.PARTIAL_DATE)
        return moment

    def miss(self, code: Coded) -> None:
        """Say that no lab protocol sees this code."""
        self.unseen = UnseenCode(self.resource_type, code.system, code.code, code.name)

    def kind_of(self, reference: Reference) -> str | None:
        """The type of resource that it points to, as far as that can be known."""
        return self.clinic.index.kind_of(reference, self.place.full_url)

    def _source(self, reference: Reference | None, kind: str, note: Note) -> str | None:
        target = None if reference is None else self._resolve(reference, kind)
        if target is not None and target.startswith(f"{kind}/"):
            return target
        if reference is not None and (reference.reference or reference.identifier):
            self.notes.append(note)
        return None

    def _resolve(self, reference: Reference, expected: str) -> str | None:
        return self.clinic.index.resolve(reference, expected, self.place.full_url)


class _ContainedMedication(Resource):
    code: CodeableConcept | None = None


def kept_status(status: str | None, kept: dict[str, str], others: frozenset[str]) -> str:
    """The word under which a status is stored; Skipped with FHIR's own word for it."""
    if status in kept:
        return kept[status]
    if status == "entered-in-error":
        raise Skipped(Reason.ENTERED_IN_ERROR)
    word = "none" if status is None else "another word"
    raise Skipped(Reason.STATUS, status if status in others else word)
