"""How bodies answer to treatment: the true level of each marker on each day, and how it scatters.

Sizes and speeds are round numbers of the usual order; they shall look right, not predict.
"""

import math
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from random import Random
from typing import NamedTuple

from models.vocabulary import Sex
from services.onboarding.synthetic_clinic.parts import Case
from services.onboarding.synthetic_clinic.story import Story, TakenCourse


class _Usual(NamedTuple):
    """What is usual for a man and a woman; scatter between and within people, as shares."""

    man: float
    woman: float
    between: float
    within: float


_USUAL = {
    "total_testosterone": _Usual(430, 28, 0.15, 0.07),
    "shbg": _Usual(33, 58, 0.2, 0.05),
    "estradiol": _Usual(24, 95, 0.2, 0.1),
    "psa": _Usual(0.9, 0.0, 0.35, 0.07),
    "tsh": _Usual(1.9, 2.0, 0.25, 0.09),
    "free_t4": _Usual(1.22, 1.20, 0.07, 0.04),
    "free_t3": _Usual(3.1, 3.0, 0.07, 0.05),
    "glucose": _Usual(91, 89, 0.04, 0.03),
    "hba1c": _Usual(5.3, 5.3, 0.02, 0.012),
    "creatinine": _Usual(0.98, 0.76, 0.08, 0.04),
    "alt": _Usual(27, 21, 0.25, 0.1),
    "ast": _Usual(24, 20, 0.18, 0.1),
    "potassium": _Usual(4.3, 4.2, 0.03, 0.03),
    "lipase": _Usual(32, 30, 0.2, 0.1),
    "ldl": _Usual(118, 116, 0.14, 0.05),
    "hdl": _Usual(47, 60, 0.14, 0.04),
    "triglycerides": _Usual(125, 104, 0.25, 0.1),
    "leukocytes": _Usual(6.2, 6.3, 0.14, 0.06),
    "hematocrit": _Usual(44.0, 40.2, 0.02, 0.01),
    "mcv": _Usual(88.5, 88.5, 0.02, 0.005),
    "platelets": _Usual(235, 258, 0.12, 0.05),
    "vitamin_d": _Usual(36, 37, 0.12, 0.06),
    "vitamin_b12": _Usual(510, 500, 0.2, 0.06),
    "folate": _Usual(11, 11.5, 0.2, 0.07),
    "ferritin": _Usual(140, 66, 0.3, 0.07),
    "bmi": _Usual(26.6, 24.8, 0.07, 0.0),
    "height": _Usual(178, 164, 0.035, 0.0),
    "systolic": _Usual(124, 118, 0.05, 0.035),
    "pulse": _Usual(70, 73, 0.07, 0.06),
}

_BEFORE_TREATMENT: dict[str, dict[str, float]] = {
    "testosterone_im": {"total_testosterone": 205},
    "testosterone_sc": {"total_testosterone": 198},
    "testosterone_gel": {"total_testosterone": 212},
    "menopause": {"estradiol": 11, "total_testosterone": 18, "ldl": 128},
    "semaglutide": {"bmi": 32.6, "triglycerides": 158, "alt": 34, "hdl": 45, "hba1c": 5.5},
    "tirzepatide": {"bmi": 37.3, "triglycerides": 170, "alt": 39, "hdl": 43, "hba1c": 5.6},
    "diabetes": {"hba1c": 8.1, "glucose": 164},
    "prediabetes": {"hba1c": 6.05, "glucose": 109},
    "hypothyroidism": {"tsh": 9.1, "free_t4": 0.78, "ldl": 140},
    "thyroiditis": {"tsh": 6.6, "free_t4": 0.88},
    "longevity": {"ldl": 158},
    "statin": {"ldl": 162},
    "hypertension": {"systolic": 146},
    "vitamin_d": {"vitamin_d": 16.5},
    "vitamin_b12": {"vitamin_b12": 180},
}
"""What brought people to the plan; what they have besides (later in their list) goes before."""
_BETWEEN_PATIENTS = 0.012
"""Scatter of these levels: little, so that each still carries its diagnosis."""


class _By(Enum):
    REACHING = auto()
    ADDING = auto()
    TIMES = auto()


class _Effect(NamedTuple):
    marker: str
    by: _By
    amount: float
    days: float
    """Time constant: after it, 63 % of the effect is there."""


def _incretin(weight: float, hba1c: float) -> tuple[_Effect, ...]:
    return (
        _Effect("bmi", _By.TIMES, weight, 130),
        _Effect("hba1c", _By.TIMES, hba1c, 80),
        _Effect("glucose", _By.TIMES, 0.9, 60),
        _Effect("triglycerides", _By.TIMES, 0.78, 110),
        _Effect("alt", _By.TIMES, 0.8, 110),
        _Effect("systolic", _By.ADDING, -5, 110),
    )


_EFFECTS: dict[str, tuple[_Effect, ...]] = {
    "testosterone": (
        _Effect("total_testosterone", _By.REACHING, 655, 14),
        _Effect("hematocrit", _By.ADDING, 2.4, 100),
        _Effect("estradiol", _By.ADDING, 12, 30),
        _Effect("shbg", _By.TIMES, 0.88, 60),
        _Effect("hdl", _By.TIMES, 0.95, 60),
        _Effect("psa", _By.ADDING, 0.25, 90),
    ),
    "anastrozole": (_Effect("estradiol", _By.TIMES, 0.62, 14),),
    "estradiol": (
        _Effect("estradiol", _By.REACHING, 61, 10),
        _Effect("ldl", _By.TIMES, 0.95, 60),
    ),
    "semaglutide": _incretin(0.86, 0.86),
    "tirzepatide": _incretin(0.79, 0.9),
    "metformin": (
        _Effect("hba1c", _By.TIMES, 0.94, 60),
        _Effect("glucose", _By.TIMES, 0.88, 40),
    ),
    "levothyroxine": (
        _Effect("tsh", _By.REACHING, 1.8, 20),
        _Effect("free_t4", _By.REACHING, 1.32, 14),
        _Effect("ldl", _By.TIMES, 0.93, 60),
    ),
    "liothyronine": (
        _Effect("free_t3", _By.ADDING, 0.45, 7),
        _Effect("tsh", _By.TIMES, 0.85, 20),
    ),
    "rosuvastatin": (_Effect("ldl", _By.TIMES, 0.55, 25),),
    "atorvastatin": (_Effect("ldl", _By.TIMES, 0.6, 25),),
    "lisinopril": (
        _Effect("systolic", _By.ADDING, -15, 21),
        _Effect("potassium", _By.ADDING, 0.12, 14),
    ),
    "ergocalciferol": (_Effect("vitamin_d", _By.REACHING, 45, 50),),
    "vitamin B12": (_Effect("vitamin_b12", _By.REACHING, 700, 45),),
}


@dataclass(frozen=True, slots=True)
class _Climb:
    """Hematocrit that goes up and up: from one value on a day to another on a later day."""

    start: date
    end: date
    low: float = 45.6
    high: float = 55.3

    def on(self, day: date) -> float:
        share = (day - self.start).days / max((self.end - self.start).days, 1)
        return self.low + (self.high - self.low) * share


class Body:
    """One patient's body: what it was before treatment, and what treatment does to it."""

    def __init__(self, story: Story, chance: Random) -> None:
        self._chance = chance
        self._courses = story.courses
        self._climb: _Climb | None = None
        man = story.patient.sex == Sex.MALE
        self._base = {
            marker: (usual.man if man else usual.woman) * _factor(chance, usual.between)
            for marker, usual in _USUAL.items()
        }
        for plan in story.plans:
            for marker, level in _BEFORE_TREATMENT.get(plan.key, {}).items():
                self._base[marker] = level * _factor(chance, _BETWEEN_PATIENTS)
        if story.has(Case.HIGH_PSA):
            self._base["psa"] = 4.4
        if story.has(Case.RISING_HEMATOCRIT):
            self._climb = _Climb(story.seen[0].day, story.seen[-1].day)

    def level(self, marker: str, day: date) -> float:
        """The true level on a day; weight and pressure are levels like others."""
        if marker == "hematocrit" and self._climb:
            return self._climb.on(day)
        base = level = self._base[marker]
        for course in self._courses:
            for effect in _EFFECTS.get(course.ingredient, ()):
                if effect.marker == marker:
                    level += _full(effect, base) * _reached(course, effect.days, day)
        return max(level, 0.0)

    def measure(self, marker: str, day: date) -> float:
        """The level as it is found on a day: it scatters."""
        within = 0.003 if marker == "hematocrit" and self._climb else _USUAL[marker].within
        return self.level(marker, day) * _factor(self._chance, within)


def _factor(chance: Random, share: float) -> float:
    """About 1; never more than two and a half deviations from it."""
    return 1 + share * max(-2.5, min(2.5, chance.gauss(0, 1)))


def _full(effect: _Effect, base: float) -> float:
    match effect.by:
        case _By.REACHING:
            return effect.amount - base
        case _By.ADDING:
            return effect.amount
        case _By.TIMES:
            return base * (effect.amount - 1)


def _reached(course: TakenCourse, days: float, day: date) -> float:
    """The share of the full effect on a day: each dose is approached, and washed out at the end."""
    targets = [
        *((step.started_on, step.effect) for step in course.steps),
        *([(course.stopped_on, 0.0)] if course.stopped_on else []),
    ]
    reached = 0.0
    for (begin, target), (end, _) in zip(targets, [*targets[1:], (day, 0.0)], strict=True):
        passed = (min(end, day) - begin).days
        if passed > 0:
            reached = target + (reached - target) * math.exp(-passed / days)
    return reached
