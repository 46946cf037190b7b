"""How facts are put into answers: times at the clinic, names, numbers without noise."""

import math
from datetime import datetime

from mcp_server.text import Code, Doubtful, Label, Ours, System
from mcp_server.tool import Result
from services.clinical.vitals import VitalFacts
from services.principal import Principal
from services.safety import given


class Coded(Result, kw_only=True):
    """A code with its label."""

    system: System
    code: Code
    label: Label


class Vitals(Result, kw_only=True):
    """What was measured together."""

    taken: Ours
    systolic_mmhg: float | None = None
    diastolic_mmhg: float | None = None
    pulse_bpm: float | None = None
    respirations_per_min: float | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    bmi_kg_m2: float | None = None
    temperature_c: float | None = None
    spo2_percent: float | None = None
    pain_0_to_10: float | None = None


def local(moment: datetime, principal: Principal) -> str:
    """A time at the clinic, with its offset from UTC."""
    return moment.astimezone(principal.zone).isoformat(timespec="seconds")


def clock_time(moment: datetime, principal: Principal) -> str:
    """A time at the clinic in a sentence."""
    return f"{moment.astimezone(principal.zone):%Y-%m-%d %H:%M}"


def local_or_none(moment: datetime | None, principal: Principal) -> str | None:
    """The same, where there may be none."""
    return None if moment is None else local(moment, principal)


def number(value: float) -> float | int:
    """As it was measured: 7, not 7.0."""
    return int(value) if value.is_integer() else value


def measured(value: float) -> float | int:
    """As it is read off a device: four digits, or more before the point; the record keeps all."""
    before_the_point = math.floor(math.log10(abs(value))) + 1 if value else 1
    return number(round(value, max(0, 4 - before_the_point)))


def full_name(given_name: str, family_name: str) -> str:
    """As people say it; doubtful where a part does not look like a name."""
    name = f"{given_name} {family_name}"
    return name if given.is_name(given_name) and given.is_name(family_name) else Doubtful(name)


def vital_signs(row: VitalFacts, principal: Principal) -> Vitals:
    """In four digits, with the time at the clinic."""

    def as_taken(value: float | None) -> float | None:
        return None if value is None else measured(value)

    return Vitals(
        taken=local(row.taken_at, principal),
        systolic_mmhg=as_taken(row.systolic_mmhg),
        diastolic_mmhg=as_taken(row.diastolic_mmhg),
        pulse_bpm=as_taken(row.pulse_bpm),
        respirations_per_min=as_taken(row.respirations_per_min),
        weight_kg=as_taken(row.weight_kg),
        height_cm=as_taken(row.height_cm),
        bmi_kg_m2=as_taken(row.bmi_kg_m2),
        temperature_c=as_taken(row.temperature_c),
        spo2_percent=as_taken(row.spo2_percent),
        pain_0_to_10=as_taken(row.pain_score),
    )
