"""Laboratory results by marker: the newest beside the one before, the earlier ones below."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from models.vocabulary import ResultFlag
from moonshot_app.components.clinic_time import ClinicTime
from services.clinical.labs import LabResultFacts
from services.clinical.markers import MARKERS

_FLAGS: Final = {
    ResultFlag.CRITICAL_LOW: ("critical", "Critically low"),
    ResultFlag.LOW: ("off", "Low"),
    ResultFlag.HIGH: ("off", "High"),
    ResultFlag.CRITICAL_HIGH: ("critical", "Critically high"),
}
_NAMES: Final = {code.code: marker.name for marker in MARKERS.values() for code in marker.codes}
"""What people call a marker; LOINC's own name says the method too."""
_ANNOTATION: Final = re.compile(r"\{[^}]*\}")
_UNITS: Final = (
    ("[IU]", "IU"),
    ("10*3/", "10³/"),
    ("10*6/", "10⁶/"),
    ("mm[Hg]", "mmHg"),
    ("{1.73_m2}", "1.73 m²"),
    ("/uL", "/µL"),
)


@dataclasses.dataclass(frozen=True)
class LabRow:
    """A marker in one unit."""

    key: str
    name: str
    label: str
    """As the laboratory sent it."""
    loinc: str
    value: str
    unit: str
    flag: str
    """critical, off, or nothing."""
    flag_said: str
    reference: str
    previous: str
    collected: str
    note: str
    """Given unless the result is final."""
    earlier: list[tuple[str, str, str]]
    """When, how much, and its flag in words."""


def rows_of(results: Sequence[LabResultFacts], times: ClinicTime) -> list[LabRow]:
    """Group results, which come newest first."""
    groups: dict[tuple[str, str | None], list[LabResultFacts]] = {}
    for result in results:
        groups.setdefault((result.series, result.unit), []).append(result)
    rows = [(group[0].collected_at, _row(group, times)) for group in groups.values()]
    by_name = sorted(rows, key=lambda dated: dated[1].name.lower())
    return [row for _, row in sorted(by_name, key=lambda dated: dated[0], reverse=True)]


def _row(group: list[LabResultFacts], times: ClinicTime) -> LabRow:
    newest, *earlier = group
    flag, said = _flag(newest)
    return LabRow(
        key=str(newest.id),
        name=_NAMES.get(newest.loinc, newest.label),
        label=newest.label,
        loinc=newest.loinc,
        value=_value(newest),
        unit=_unit(newest.unit),
        flag=flag,
        flag_said=said,
        reference=_reference(newest),
        previous="" if newest.previous is None else f"{newest.previous:g}",
        collected=times.day(newest.collected_at),
        note="" if newest.status == "final" else newest.status.capitalize(),
        earlier=[(times.day(r.collected_at), _value(r), _flag(r)[1]) for r in earlier],
    )


def _value(result: LabResultFacts) -> str:
    if result.value is None:
        return result.value_label or "No value"
    return f"{result.comparator or ''}{result.value:g}"


def _flag(result: LabResultFacts) -> tuple[str, str]:
    return _FLAGS.get(ResultFlag(result.flag), ("", "")) if result.flag else ("", "")


def _reference(result: LabResultFacts) -> str:
    low, high = result.reference_low, result.reference_high
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"{low:g} or more"
    return "" if high is None else f"{high:g} or less"


def _unit(ucum: str | None) -> str:
    shown = ucum or ""
    for code, word in _UNITS:
        shown = shown.replace(code, word)
    return _ANNOTATION.sub("", shown)
