"""The tool get_visit_facts."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from msgspec import Meta

from mcp_server.budget import LARGEST_ANSWER, Room
from mcp_server.text import Code, Label, Ours, Unit
from mcp_server.tool import PatientId, Result, read_tool
from mcp_server.wording import Coded, Vitals, local, local_or_none, number, vital_signs
from models.permission import Permission
from models.vocabulary import (
    EncounterStatus,
    MedicationChange,
    OrderKind,
    OrderStatus,
    ResultFlag,
    ResultStatus,
)
from services.clinical import visits
from services.clinical.visits import (
    ChangeFacts,
    DrawnFacts,
    EncounterFacts,
    OrderFacts,
    OtherFacts,
    VisitFacts,
)
from services.database.session import ClinicSession
from services.principal import Principal

_LISTS: Final = (
    "medication_changes",
    "diagnoses",
    "orders",
    "other_visits_that_day",
    "vitals",
    "labs",
)
"""In the order in which there is room for them."""
_VISIT_ITSELF: Final = 4_000
"""Bytes of what is told of the visit besides lists."""


class OtherVisit(Result, kw_only=True):
    """Another visit of that day."""

    encounter_id: Ours
    started: Ours
    type: Label


class VisitLab(Result, kw_only=True):
    """A result of what was drawn; an end of the range that is open or not known is left out."""

    loinc: Code
    name: Label
    value: float | None = None
    comparator: Annotated[Ours | None, Meta(description="The value is a bound.")] = None
    text: Annotated[Label | None, Meta(description="A coded answer.")] = None
    unit: Unit | None = None
    low: float | None = None
    high: float | None = None
    flag: ResultFlag | None = None
    status: Annotated[Ours | None, Meta(description="Given unless final.")] = None
    collected: Annotated[date | None, Meta(description="Given if on another day.")] = None


class Regimen(Result, kw_only=True):
    """What was taken of the same drug before."""

    name: Annotated[Label | None, Meta(description="Given if another product.")] = None
    dose: float | None = None
    dose_unit: Unit | None = None
    frequency: Label | None = None


class Change(Result, kw_only=True):
    """A prescription of the visit, or one that was stopped that day."""

    change: MedicationChange
    rxnorm: Code
    name: Label
    dose: float | None = None
    dose_unit: Unit | None = None
    route: Label | None = None
    frequency: Label | None = None
    as_needed: bool = False
    before: Regimen | None = None


class VisitOrder(Coded, kw_only=True):
    """What was asked for."""

    kind: OrderKind
    status: OrderStatus


class Visit(Result, kw_only=True):
    """A visit without any free text."""

    encounter_id: Ours
    started: Ours
    ended: Ours | None = None
    status: EncounterStatus
    setting: Annotated[Code, Meta(description="HL7 ActCode: AMB ambulatory, VR virtual.")]
    type: Coded
    reason: Coded | None = None
    provider: Label | None = None
    follow_up_due: date | None = None
    diagnoses: list[Coded]
    medication_changes: list[Change]
    orders: list[VisitOrder]
    vitals: list[Vitals]
    labs: list[VisitLab]
    not_shown: Annotated[
        int, Meta(description="Rows for which there was no room; the labs are the last.")
    ] = 0
    other_visits_that_day: list[OtherVisit] | None = None


@read_tool(title="Visit facts", permission=Permission.VIEW_CHARTS)
async def get_visit_facts(
    clinic: ClinicSession,
    patient_id: PatientId,
    date: Annotated[
        date | None, Meta(description="The last visit begun on that day; omit for the latest.")
    ] = None,
    encounter_id: Annotated[
        UUID | None, Meta(description="That visit, whatever its status; omit for the latest.")
    ] = None,
) -> Visit:
    """Gives what is coded of one visit, the latest finished one unless said otherwise.

    Type, provider, diagnoses, medication changes, orders, vital signs and results of what was drawn
    then, as recorded with the visit. Holds no free text, so a note drafted from it is not held up;
    the texts are in get_chart_notes.
    """
    found = await visits.visit(clinic, patient_id, on=date, encounter_id=encounter_id)
    return _visit(found, clinic.principal)


def _visit(found: VisitFacts, principal: Principal) -> Visit:
    facts, room = found.encounter, Room(LARGEST_ANSWER - _VISIT_ITSELF)
    visit = Visit(
        encounter_id=str(facts.id),
        started=local(facts.started_at, principal),
        ended=local_or_none(facts.ended_at, principal),
        status=EncounterStatus(facts.status),
        setting=facts.class_code,
        type=Coded(system=facts.type_system, code=facts.type_code, label=facts.type_label),
        reason=_reason(facts),
        provider=facts.provider,
        follow_up_due=facts.follow_up_due_on,
        medication_changes=room.take(found.medication_changes, _change),
        diagnoses=room.take(found.diagnoses, lambda row: Coded(**row._asdict())),
        orders=room.take(found.orders, _order),
        other_visits_that_day=room.take(
            found.other_visits_that_day, lambda row: _other(row, principal)
        )
        or None,
        vitals=room.take(found.vitals, lambda row: vital_signs(row, principal)),
        labs=room.take(found.labs, lambda row: _lab(row, found.day, principal)),
    )
    visit.not_shown = _rows_of(found) - _rows_of(visit)
    return visit


def _rows_of(of: Any) -> int:
    return sum(len(getattr(of, name) or ()) for name in _LISTS)


def _reason(row: EncounterFacts) -> Coded | None:
    if row.reason_system is None or row.reason_code is None or row.reason_label is None:
        return None
    return Coded(system=row.reason_system, code=row.reason_code, label=row.reason_label)


def _other(row: OtherFacts, principal: Principal) -> OtherVisit:
    return OtherVisit(
        encounter_id=str(row.id), started=local(row.started_at, principal), type=row.type_label
    )


def _change(row: ChangeFacts) -> Change:
    told = Change(
        change=MedicationChange(row.change),
        rxnorm=row.rxnorm,
        name=row.label,
        dose=None if row.dose is None else number(row.dose),
        dose_unit=row.dose_unit,
        route=row.route,
        frequency=row.frequency,
        as_needed=row.as_needed,
    )
    if row.change == MedicationChange.CHANGED:
        told.before = Regimen(
            name=row.label_before if row.rxnorm_before != row.rxnorm else None,
            dose=None if row.dose_before is None else number(row.dose_before),
            dose_unit=row.dose_unit_before,
            frequency=row.frequency_before,
        )
    return told


def _order(row: OrderFacts) -> VisitOrder:
    return VisitOrder(
        system=row.system,
        code=row.code,
        label=row.label,
        kind=OrderKind(row.kind),
        status=OrderStatus(row.status),
    )


def _lab(row: DrawnFacts, day: date, principal: Principal) -> VisitLab:
    collected = row.collected_at.astimezone(principal.zone).date()
    told = VisitLab(
        loinc=row.loinc,
        name=row.label,
        comparator=row.comparator,
        text=row.value_label,
        unit=row.unit,
        flag=None if row.flag is None else ResultFlag(row.flag),
        status=None if row.status == ResultStatus.FINAL else row.status,
        collected=None if collected == day else collected,
    )
    for name, value in (
        ("value", row.value),
        ("low", row.reference_low),
        ("high", row.reference_high),
    ):
        if value is not None:
            setattr(told, name, number(value))
    return told
