"""Laboratory draws: orders, reports, results that hang together, and who has looked at them."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from models.lab import LabReport, LabResult
from models.vocabulary import OrderKind, ResultStatus, Sex
from services.clinical.lab_protocol import PANELS
from services.clinical.markers import MARKERS, flag
from services.onboarding.synthetic_clinic import codes
from services.onboarding.synthetic_clinic.calculated import calculated
from services.onboarding.synthetic_clinic.opening_hours import hours
from services.onboarding.synthetic_clinic.parts import Case
from services.onboarding.synthetic_clinic.people import OFFICE_HOURS
from services.onboarding.synthetic_clinic.physiology import Body
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.story import Story, Visit
from services.onboarding.synthetic_clinic.visits import order

_MARKERS = {
    **{panel.key: panel.markers for panel in PANELS},
    "estrogen": ("estradiol", "total_testosterone", "shbg"),
}
_ORDER = (
    "cbc", "metabolic", "lipids", "thyroid", "testosterone", "estrogen", "weight_loss", "vitamins",
)  # fmt: skip
"""Reports are written in this order; a marker stands in the first that has it."""

_DIGITS = {
    **dict.fromkeys(MARKERS, 1),
    **dict.fromkeys(("tsh", "free_t4", "creatinine", "erythrocytes"), 2),
    **dict.fromkeys(
        (
            "total_testosterone", "glucose", "egfr", "alt", "ast", "lipase", "total_cholesterol",
            "hdl", "ldl", "triglycerides", "platelets", "vitamin_b12", "ferritin",
        ),
        0,
    ),
}  # fmt: skip
"""How laboratories print them: digits behind the point."""

_HIGH_POTASSIUM, _LOW_POTASSIUM = Decimal("6.4"), Decimal("2.7")
_REPORT_AFTER = (20 * 60, 46 * 60)
"""Minutes from the draw to the report."""


def draw_labs(record: Record, story: Story, body: Body) -> None:
    """Write what was ordered, and what has come back by now."""
    draws = [visit for visit in story.seen if visit.draws]
    for visit in draws:
        values = _values(record, story, body, visit, draws)
        unseen = visit is draws[-1] and (
            story.has(Case.RISING_HEMATOCRIT) or story.has(Case.HIGH_POTASSIUM)
        )
        for panel, markers in _reports(story):
            _report(record, story, visit, panel, {m: values[m] for m in markers}, unseen=unseen)


def _reports(story: Story) -> Iterator[tuple[str, list[str]]]:
    wanted = {panel for plan in story.plans for panel in plan.panels}
    written: set[str] = set()
    for panel in _ORDER:
        if panel in wanted:
            markers = [m for m in _MARKERS[panel] if m not in written and _measured(story, m)]
            written.update(markers)
            yield panel, markers


def _measured(story: Story, marker: str) -> bool:
    if marker == "psa":
        return story.patient.sex == Sex.MALE
    return MARKERS[marker].loinc.code not in _NOT_MEASURED


_NOT_MEASURED = {"21000-5", "32207-3", "32623-1"}
"""Parts of a blood count that this clinic's laboratory does not report."""


def _values(
    record: Record, story: Story, body: Body, visit: Visit, draws: list[Visit]
) -> Mapping[str, Decimal]:
    """What is measured that day, and what is calculated from it."""
    day, age = visit.day, story.age_on(visit.day)
    female = story.patient.sex == Sex.FEMALE
    values = {
        marker: Decimal(f"{value:.{_DIGITS[marker]}f}")
        for marker, value in calculated(body, day, record.chance, age=age, female=female)
    }
    if story.has(Case.HIGH_POTASSIUM) and visit is draws[-1]:
        values["potassium"] = _HIGH_POTASSIUM
    if story.has(Case.LOW_POTASSIUM) and visit is draws[1]:
        values["potassium"] = _LOW_POTASSIUM
    return values


def _report(
    record: Record,
    story: Story,
    visit: Visit,
    panel: str,
    values: Mapping[str, Decimal],
    *,
    unseen: bool,
) -> None:
    encounter = visit.encounter
    if encounter is None or not values:
        return
    collected_at = encounter.started_at + timedelta(minutes=9)
    issued_at = collected_at + record.minutes(*_REPORT_AFTER)
    arrived = issued_at <= record.now
    first = MARKERS[next(iter(values))].loinc
    coding = codes.PANEL_CODES.get(panel, codes.LABORATORY_REPORT)
    ordered = codes.PANEL_CODES.get(panel, codes.Coding(codes.LOINC, first.code, first.label))
    order(record, story, visit, OrderKind.LABORATORY, ordered, done=arrived)
    if not arrived:
        return
    report = record.add(
        LabReport,
        issued_at,
        patient_id=story.patient.id,
        encounter_id=encounter.id,
        loinc=coding.code,
        label=coding.label,
        status=ResultStatus.FINAL,
        collected_at=collected_at,
        issued_at=issued_at,
    )
    seen_at = None if unseen else _seen_at(record, issued_at)
    for marker, value in values.items():
        _result(record, story, report, (marker, value), seen_at)


def _seen_at(record: Record, issued_at: datetime) -> datetime | None:
    """When the provider looks at it: the next day on which the clinic is open."""
    day = record.day_of(issued_at) + timedelta(days=1)
    while hours(day) is None:
        day += timedelta(days=1)
    seen_at = record.at(day, record.chance.randint(*OFFICE_HOURS))
    return seen_at if seen_at <= record.now else None


def _result(
    record: Record,
    story: Story,
    report: LabReport,
    found: tuple[str, Decimal],
    seen_at: datetime | None,
) -> None:
    key, value = found
    marker = MARKERS[key]
    reference = marker.reference(story.patient.sex)
    result = record.add(
        LabResult,
        report.collected_at,
        patient_id=story.patient.id,
        report_id=report.id,
        encounter_id=report.encounter_id,
        loinc=marker.loinc.code,
        label=marker.loinc.label,
        value=value,
        unit=marker.unit,
        reference_low=reference.low,
        reference_high=reference.high,
        flag=flag(value, reference, marker.critical),
        status=ResultStatus.FINAL,
        collected_at=report.collected_at,
        issued_at=report.issued_at,
        acknowledged_at=seen_at,
        acknowledged_by=story.provider_id if seen_at else None,
    )
    story.results.append(result)
