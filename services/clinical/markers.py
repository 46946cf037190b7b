"""The laboratory markers the clinic knows: LOINC codes, UCUM units, ranges, critical limits.

Ranges are those that large US laboratories (Mayo Clinic Laboratories, Labcorp) print for adults; a
report's own range goes before them. Critical limits are the means of US medical centres in Kost,
JAMA 1990;263(5):704-707.
"""

from dataclasses import dataclass
from decimal import Decimal

from models.vocabulary import ResultFlag, Sex


@dataclass(frozen=True, slots=True)
class LoincCode:
    """A LOINC code with its long common name."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Interval:
    """Values from low to high, both included; an open end is None."""

    low: Decimal | None = None
    high: Decimal | None = None

    def below(self, value: Decimal) -> bool:
        """Whether the value lies under the interval."""
        return self.low is not None and value < self.low

    def above(self, value: Decimal) -> bool:
        """Whether the value lies over the interval."""
        return self.high is not None and value > self.high


UNBOUNDED = Interval()


@dataclass(frozen=True, slots=True)
class Marker:
    """What is measured. Any of its codes will do for a panel; the clinic orders the first."""

    key: str
    name: str
    unit: str
    """UCUM."""
    codes: tuple[LoincCode, ...]
    interchangeable: tuple[str, ...] = ()
    """Those of its codes whose methods agree: only their values may be subtracted."""
    female: Interval = UNBOUNDED
    male: Interval = UNBOUNDED
    critical: Interval = UNBOUNDED
    """Outside it somebody is called at once."""

    @property
    def loinc(self) -> LoincCode:
        """The code that the clinic orders."""
        return self.codes[0]

    def reference(self, sex: str) -> Interval:
        """The reference range of this sex; unbounded where none is known."""
        return {Sex.FEMALE: self.female, Sex.MALE: self.male}.get(Sex(sex), UNBOUNDED)


def flag(value: Decimal, reference: Interval, critical: Interval = UNBOUNDED) -> ResultFlag:
    """Say where a value stands: LL L N H HH."""
    if critical.below(value):
        return ResultFlag.CRITICAL_LOW
    if critical.above(value):
        return ResultFlag.CRITICAL_HIGH
    if reference.below(value):
        return ResultFlag.LOW
    if reference.above(value):
        return ResultFlag.HIGH
    return ResultFlag.NORMAL


def _interval(bounds: str) -> Interval:
    """Read `3.5-5.2`, `-4.0` or `60-`."""
    low, _, high = bounds.partition("-")
    return Interval(Decimal(low) if low else None, Decimal(high) if high else None)


def _marker(
    key: str,
    name: str,
    unit: str,
    bounds: str,
    *codes: tuple[str, str],
    interchangeable: tuple[str, ...] = (),
) -> Marker:
    """Read a line of the tables: `8-60 F, 264-916 M`, or one range for both, and `critical`."""
    given = {
        of or "both": _interval(interval)
        for interval, _, of in (part.partition(" ") for part in bounds.split(", "))
    }
    both = given.get("both", UNBOUNDED)
    return Marker(
        key=key,
        name=name,
        unit=unit,
        codes=tuple(LoincCode(code, label) for code, label in codes),
        interchangeable=interchangeable,
        female=given.get("F", both),
        male=given.get("M", both),
        critical=given.get("critical", UNBOUNDED),
    )


_SERUM = "in Serum or Plasma"
_AUTOMATED = "by Automated count"
_GFR = "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum"

_HORMONES = (
    _marker(
        "total_testosterone",
        "Total testosterone",
        "ng/dL",
        "8-60 F, 264-916 M",
        ("2986-8", f"Testosterone [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "free_testosterone",
        "Free testosterone",
        "pg/mL",
        "0.1-6.4 F, 46.0-224.0 M",
        ("2991-8", f"Testosterone Free [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "shbg",
        "Sex hormone binding globulin",
        "nmol/L",
        "17.3-125.0 F, 16.5-55.9 M",
        ("13967-5", f"Sex hormone binding globulin [Moles/volume] {_SERUM}"),
    ),
    _marker(
        "estradiol",
        "Estradiol",
        "pg/mL",
        "-498.0 F, 7.6-42.6 M",
        ("2243-4", f"Estradiol (E2) [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "psa",
        "Prostate specific antigen",
        "ng/mL",
        "-4.0 M",
        ("2857-1", f"Prostate specific Ag [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "tsh", "TSH", "m[IU]/L", "0.45-4.50", ("3016-3", f"Thyrotropin [Units/volume] {_SERUM}")
    ),
    _marker(
        "free_t4",
        "Free T4",
        "ng/dL",
        "0.82-1.77",
        ("3024-7", f"Thyroxine (T4) free [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "free_t3",
        "Free T3",
        "pg/mL",
        "2.0-4.4",
        ("3051-0", f"Triiodothyronine (T3) Free [Mass/volume] {_SERUM}"),
    ),
)
_METABOLIC = (
    _marker(
        "glucose",
        "Glucose",
        "mg/dL",
        "70-99, 46-484 critical",
        ("2345-7", f"Glucose [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "hba1c", "HbA1c", "%", "4.0-5.6", ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood")
    ),
    _marker(
        "creatinine",
        "Creatinine",
        "mg/dL",
        "0.59-1.04 F, 0.74-1.35 M, -7.4 critical",
        ("2160-0", f"Creatinine [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "egfr",
        "eGFR",
        "mL/min/{1.73_m2}",
        "60-",
        ("98979-8", f"{_GFR}, Plasma or Blood by Creatinine-based formula (CKD-EPI 2021)"),
        ("33914-3", f"{_GFR} or Plasma by Creatinine-based formula (MDRD)"),
    ),
    _marker(
        "alt",
        "ALT",
        "U/L",
        "7-45 F, 7-55 M",
        ("1742-6", f"Alanine aminotransferase [Enzymatic activity/volume] {_SERUM}"),
    ),
    _marker(
        "ast",
        "AST",
        "U/L",
        "8-43 F, 8-48 M",
        ("1920-8", f"Aspartate aminotransferase [Enzymatic activity/volume] {_SERUM}"),
    ),
    _marker(
        "potassium",
        "Potassium",
        "mmol/L",
        "3.5-5.2, 2.8-6.2 critical",
        ("2823-3", f"Potassium [Moles/volume] {_SERUM}"),
    ),
    _marker(
        "lipase",
        "Lipase",
        "U/L",
        "13-60",
        ("3040-3", f"Lipase [Enzymatic activity/volume] {_SERUM}"),
    ),
)
_LIPIDS = (
    _marker(
        "total_cholesterol",
        "Total cholesterol",
        "mg/dL",
        "-199",
        ("2093-3", f"Cholesterol [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "hdl",
        "HDL cholesterol",
        "mg/dL",
        "50- F, 40- M",
        ("2085-9", f"Cholesterol in HDL [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "ldl",
        "LDL cholesterol",
        "mg/dL",
        "-99",
        ("13457-7", f"Cholesterol in LDL [Mass/volume] {_SERUM} by calculation"),
        ("18262-6", f"Cholesterol in LDL [Mass/volume] {_SERUM} by Direct assay"),
        ("2089-1", f"Cholesterol in LDL [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "triglycerides",
        "Triglycerides",
        "mg/dL",
        "-149",
        ("2571-8", f"Triglyceride [Mass/volume] {_SERUM}"),
    ),
)
_BLOOD_COUNT = (
    _marker(
        "leukocytes",
        "White blood cells",
        "10*3/uL",
        "3.4-9.6, 2.0-37.0 critical",
        ("6690-2", f"Leukocytes [#/volume] in Blood {_AUTOMATED}"),
    ),
    _marker(
        "erythrocytes",
        "Red blood cells",
        "10*6/uL",
        "3.92-5.13 F, 4.35-5.65 M",
        ("789-8", f"Erythrocytes [#/volume] in Blood {_AUTOMATED}"),
    ),
    _marker(
        "hemoglobin",
        "Hemoglobin",
        "g/dL",
        "11.6-15.0 F, 13.2-16.6 M, 6.6-19.9 critical",
        ("718-7", "Hemoglobin [Mass/volume] in Blood"),
    ),
    _marker(
        "hematocrit",
        "Hematocrit",
        "%",
        "35.5-44.9 F, 38.3-48.6 M, 18.0-61.0 critical",
        ("4544-3", f"Hematocrit [Volume Fraction] of Blood {_AUTOMATED}"),
        ("20570-8", "Hematocrit [Volume Fraction] of Blood"),
        interchangeable=("4544-3", "20570-8"),
    ),
    _marker(
        "mcv",
        "MCV",
        "fL",
        "78.2-97.9",
        ("787-2", f"MCV [Entitic mean volume] in Red Blood Cells {_AUTOMATED}"),
    ),
    _marker("mch", "MCH", "pg", "26.5-33.5", ("785-6", f"MCH [Entitic mass] {_AUTOMATED}")),
    _marker(
        "mchc",
        "MCHC",
        "g/dL",
        "31.5-36.0",
        ("786-4", f"MCHC [Entitic Mass/volume] in Red Blood Cells {_AUTOMATED}"),
    ),
    _marker(
        "platelets",
        "Platelets",
        "10*3/uL",
        "157-371 F, 135-317 M, 37-910 critical",
        ("777-3", f"Platelets [#/volume] in Blood {_AUTOMATED}"),
    ),
    _marker(
        "rdw_volume",
        "RDW (entitic volume)",
        "fL",
        "",
        ("21000-5", f"Erythrocyte distribution width [Entitic volume] {_AUTOMATED}"),
    ),
    _marker(
        "platelet_distribution_width",
        "Platelet distribution width",
        "fL",
        "",
        ("32207-3", f"Platelet distribution width [Entitic volume] in Blood {_AUTOMATED}"),
    ),
    _marker(
        "mean_platelet_volume",
        "Mean platelet volume",
        "fL",
        "",
        ("32623-1", f"Platelet mean volume [Entitic volume] in Blood {_AUTOMATED}"),
    ),
)
_VITAMINS = (
    _marker(
        "vitamin_d",
        "25-OH vitamin D",
        "ng/mL",
        "30-100",
        # D2 counts as well: ergocalciferol is D2
        ("62292-8", f"25-hydroxyvitamin D3+25-hydroxyvitamin D2 [Mass/volume] {_SERUM}"),
        ("1989-3", f"25-hydroxyvitamin D3 [Mass/volume] {_SERUM}"),
    ),
    _marker(
        "vitamin_b12",
        "Vitamin B12",
        "pg/mL",
        "232-1245",
        ("2132-9", f"Cobalamin (Vitamin B12) [Mass/volume] {_SERUM}"),
    ),
    _marker("folate", "Folate", "ng/mL", "3.1-", ("2284-8", f"Folate [Mass/volume] {_SERUM}")),
    _marker(
        "ferritin",
        "Ferritin",
        "ng/mL",
        "15-150 F, 30-400 M",
        ("2276-4", f"Ferritin [Mass/volume] {_SERUM}"),
    ),
)

MARKERS: dict[str, Marker] = {
    marker.key: marker for marker in (*_HORMONES, *_METABOLIC, *_LIPIDS, *_BLOOD_COUNT, *_VITAMINS)
}
"""By key."""

BY_LOINC: dict[str, Marker] = {
    loinc.code: marker for marker in MARKERS.values() for loinc in marker.codes
}
"""By any of a marker's codes."""
