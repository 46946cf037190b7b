"""The coded facts of a patient, to be compared with what an assistant wrote."""

import dataclasses

from models.permission import Permission
from models.vocabulary import ChartPart
from moonshot_app.components.clinic_time import ClinicTime
from moonshot_app.pages.chart import rows
from moonshot_app.pages.chart.lab_rows import LabRow, rows_of
from moonshot_app.pages.chart.rows import VitalRow
from services.clinical import labs, medications, vitals
from services.database.session import ClinicSession
from services.drafts.review import Draft
from services.record.chart_access import record_opening

_RESULTS, _SHOWN, _TAKEN = 100, 8, 12


@dataclasses.dataclass(frozen=True)
class Fact:
    """A value: what, how much, and what to compare it with."""

    name: str
    value: str
    reference: str
    flag: str = ""


@dataclasses.dataclass(frozen=True)
class Facts:
    """Some facts under a title."""

    title: str
    of: str
    facts: list[Fact]


async def facts_of(clinic: ClinicSession, draft: Draft, times: ClinicTime) -> list[Facts]:
    """Vital signs, results and medications as they are now; each part is put on record.

    Nothing for who may not see charts.
    """
    if not clinic.principal.may(Permission.VIEW_CHARTS):
        return []
    patient_id = draft.patient_id
    measured = await vitals.measurements(clinic, patient_id, limit=1)
    results = await labs.results(clinic, patient_id, limit=_RESULTS)
    taken = await medications.prescriptions(clinic, patient_id, active_only=True, limit=_TAKEN)
    for part in (ChartPart.VITALS, ChartPart.LABS, ChartPart.MEDICATIONS):
        record_opening(clinic, patient_id, part)
    found = [_vitals(rows.vital_row(vital, times)) for vital in measured.rows]
    off_first = sorted(rows_of(results.rows, times), key=lambda row: not row.flag)[:_SHOWN]
    if off_first:
        found.append(Facts("Labs", "out of range first", [_lab(row) for row in off_first]))
    drugs = [rows.medication_row(one, times) for one in taken.rows]
    if drugs:
        lines = [Fact(drug.name, "", f"{drug.dose}, since {drug.since}") for drug in drugs]
        found.append(Facts("Medications", "taken now", lines))
    return found


def _vitals(row: VitalRow) -> Facts:
    lines = (
        Fact("Blood pressure", row.pressure, ""),
        Fact("Pulse", row.pulse, ""),
        Fact("Weight", row.weight, row.weight_metric),
        Fact("BMI", row.bmi, ""),
        Fact("SpO₂", row.oxygen, ""),
    )
    return Facts("Vitals", row.taken, [line for line in lines if line.value])


def _lab(row: LabRow) -> Fact:
    compared = ", ".join(
        part for part in (row.reference, row.previous and f"was {row.previous}") if part
    )
    return Fact(row.name, f"{row.value} {row.unit}".strip(), compared, row.flag_said)
