"""What a laboratory measures in one draw, and what it calculates from it."""

from collections.abc import Iterator
from datetime import date
from random import Random

from services.onboarding.synthetic_clinic.physiology import Body

_MEASURED = (
    "total_testosterone", "shbg", "estradiol", "psa", "tsh", "free_t4", "free_t3", "glucose",
    "hba1c", "alt", "ast", "potassium", "lipase", "leukocytes", "platelets", "vitamin_d",
    "vitamin_b12", "folate", "ferritin",
)  # fmt: skip


def calculated(
    body: Body, day: date, chance: Random, *, age: int, female: bool
) -> Iterator[tuple[str, float]]:
    """Give every marker; the calculated ones from others as they are printed."""
    for marker in _MEASURED:
        yield marker, body.measure(marker, day)
    share = 0.010 if female else 0.021
    bound = (33 / body.level("shbg", day)) ** 0.3
    yield "free_testosterone", body.measure("total_testosterone", day) * 10 * share * bound
    creatinine = round(body.measure("creatinine", day), 2)
    yield "creatinine", creatinine
    yield "egfr", egfr(creatinine, age=age, female=female)
    yield from _lipids(body, day)
    yield from _blood_count(body, day, chance)


def egfr(creatinine: float, *, age: int, female: bool) -> float:
    """CKD-EPI 2021 (Inker, N Engl J Med 2021;385:1737): mL/min/1.73 m2 from mg/dL."""
    kappa, alpha = (0.7, -0.241) if female else (0.9, -0.302)
    ratio = creatinine / kappa
    value = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age
    return value * 1.012 if female else value


def _lipids(body: Body, day: date) -> Iterator[tuple[str, float]]:
    """LDL by Friedewald: total less HDL less a fifth of the triglycerides, mg/dL."""
    hdl = round(body.measure("hdl", day))
    triglycerides = round(body.measure("triglycerides", day))
    total = round(body.measure("ldl", day) + hdl + triglycerides / 5)
    yield "hdl", hdl
    yield "triglycerides", triglycerides
    yield "total_cholesterol", total
    yield "ldl", total - hdl - triglycerides / 5


def _blood_count(body: Body, day: date, chance: Random) -> Iterator[tuple[str, float]]:
    hematocrit = round(body.measure("hematocrit", day), 1)
    hemoglobin = round(hematocrit * 0.336 * chance.uniform(0.992, 1.008), 1)
    erythrocytes = round(hematocrit * 10 / body.measure("mcv", day), 2)
    yield "hematocrit", hematocrit
    yield "hemoglobin", hemoglobin
    yield "erythrocytes", erythrocytes
    yield "mcv", hematocrit * 10 / erythrocytes
    yield "mch", hemoglobin * 10 / erythrocytes
    yield "mchc", hemoglobin * 100 / hematocrit
