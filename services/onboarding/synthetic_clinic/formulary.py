"""The products the clinic prescribes: RxNorm product and ingredient, and what their labels allow.

The product codes are those that the FDA's NDC directory gives for each strength. Of the peptides
only those are here that have a code: what a pharmacy compounds has none.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from services.clinical.ingredients import INGREDIENTS
from services.onboarding.synthetic_clinic import codes
from services.onboarding.synthetic_clinic.codes import Coding


class Frequency(Enum):
    """How often: code, words, and doses a week."""

    DAILY = ("QD", "once a day", Decimal(7))
    AT_BEDTIME = ("BED", "at bedtime", Decimal(7))
    TWICE_DAILY = ("BID", "twice a day", Decimal(14))
    WEEKLY = ("1/7d", "once a week", Decimal(1))
    TWICE_WEEKLY = ("2/7d", "twice a week", Decimal(2))
    EVERY_TWO_WEEKS = ("1/14d", "every two weeks", Decimal("0.5"))
    MONTHLY = ("1/30d", "every 30 days", Decimal(7) / 30)
    EIGHT_A_MONTH = ("8/30d", "at most 8 times in 30 days", Decimal(56) / 30)

    def __init__(self, code: str, label: str, a_week: Decimal) -> None:
        self.code = code
        self.label = label
        self.a_week = a_week


@dataclass(frozen=True, slots=True)
class Product:
    """A product. Limits are the label's for adults: of one dose, and of a week's doses together."""

    key: str
    rxnorm: str
    label: str
    ingredient: str
    ingredient_rxnorm: str | None
    """None where we are not sure of the code: a wrong one is worse."""
    unit: str
    """UCUM."""
    routes: tuple[Coding, ...]
    least: Decimal
    most: Decimal
    most_a_week: Decimal
    supply_days: int
    """What one fill lasts."""
    as_needed: bool = False


def _product(
    key: str,
    rxnorm: str,
    label: str,
    ingredient: tuple[str, str | None],
    limits: str,
    *routes: Coding,
    supply_days: int = 30,
    as_needed: bool = False,
) -> Product:
    """Read `50-400 mg, 200 a week`."""
    dose, week = limits.split(", ")
    bounds, unit = dose.split(" ")
    least, _, most = bounds.partition("-")
    return Product(
        key=key,
        rxnorm=rxnorm,
        label=label,
        ingredient=ingredient[0],
        ingredient_rxnorm=ingredient[1],
        unit=unit,
        routes=routes,
        least=Decimal(least),
        most=Decimal(most),
        most_a_week=Decimal(week.removesuffix(" a week")),
        supply_days=supply_days,
        as_needed=as_needed,
    )


def _known(name: str) -> tuple[str, str]:
    return name, INGREDIENTS[name].rxnorm


_TESTOSTERONE, _ESTRADIOL = _known("testosterone"), _known("estradiol")
_SEMAGLUTIDE, _TIRZEPATIDE = _known("semaglutide"), _known("tirzepatide")
_LEVOTHYROXINE, _LIOTHYRONINE = _known("levothyroxine"), _known("liothyronine")
_ROSUVASTATIN, _ATORVASTATIN = _known("rosuvastatin"), _known("atorvastatin")

_ALL = (
    _product(  # 50-400 mg every two to four weeks; weekly halves keep within it
        "testosterone_cypionate",
        "835840",
        "testosterone cypionate 200 MG/ML Injectable Solution",
        _TESTOSTERONE,
        "50-400 mg, 200 a week",
        codes.INTRAMUSCULAR,
        codes.SUBCUTANEOUS,
        supply_days=84,
    ),
    _product(
        "testosterone_gel",
        "1597076",
        "60 ACTUAT testosterone 20.25 MG/ACTUAT Topical Gel",
        _TESTOSTERONE,
        "20.25-81 mg, 567 a week",
        codes.TRANSDERMAL,
    ),
    _product(
        "anastrozole",
        "199224",
        "anastrozole 1 MG Oral Tablet",
        ("anastrozole", "84857"),
        "0.5-1 mg, 7 a week",
        codes.ORAL,
        supply_days=84,
    ),
    _product(
        "estradiol_patch",
        "242891",
        "84 HR estradiol 0.00208 MG/HR Transdermal System",
        _ESTRADIOL,
        "1-1 {patch}, 2 a week",
        codes.TRANSDERMAL,
        supply_days=28,
    ),
    _product(
        "progesterone",
        "260243",
        "progesterone 100 MG Oral Capsule",
        ("progesterone", "8727"),
        "100-400 mg, 2800 a week",
        codes.ORAL,
    ),
    _product(
        "semaglutide_start",
        "2619152",
        "0.25 MG, 0.5 MG Dose 3 ML semaglutide 0.68 MG/ML Pen Injector",
        _SEMAGLUTIDE,
        "0.25-0.5 mg, 0.5 a week",
        codes.SUBCUTANEOUS,
        supply_days=28,
    ),
    _product(
        "semaglutide_1",
        "2398841",
        "3 ML semaglutide 1.34 MG/ML Pen Injector",
        _SEMAGLUTIDE,
        "1-1 mg, 1 a week",
        codes.SUBCUTANEOUS,
        supply_days=28,
    ),
    _product(
        "semaglutide_2",
        "2599362",
        "3 ML semaglutide 2.68 MG/ML Pen Injector",
        _SEMAGLUTIDE,
        "2-2 mg, 2 a week",
        codes.SUBCUTANEOUS,
        supply_days=28,
    ),
    *(
        _product(
            f"tirzepatide_{dose}",
            rxnorm,
            f"0.5 ML tirzepatide {strength} MG/ML Auto-Injector",
            _TIRZEPATIDE,
            f"{dose}-{dose} mg, {dose} a week",
            codes.SUBCUTANEOUS,
            supply_days=28,
        )
        for dose, strength, rxnorm in (
            ("2.5", "5", "2601743"),
            ("5", "10", "2601755"),
            ("7.5", "15", "2601761"),
            ("10", "20", "2601767"),
            ("12.5", "25", "2601773"),
        )
    ),
    *(
        _product(
            f"levothyroxine_{micrograms}",
            rxnorm,
            f"levothyroxine sodium 0.{micrograms.zfill(3).rstrip('0')} MG Oral Tablet",
            _LEVOTHYROXINE,
            f"{micrograms}-{micrograms} ug, {int(micrograms) * 7} a week",
            codes.ORAL,
            supply_days=90,
        )
        for micrograms, rxnorm in (
            ("25", "966220"),
            ("50", "966221"),
            ("75", "966222"),
            ("100", "892246"),
            ("125", "966224"),
        )
    ),
    _product(
        "liothyronine",
        "903456",
        "liothyronine sodium 0.005 MG Oral Tablet",
        _LIOTHYRONINE,
        "5-75 ug, 525 a week",
        codes.ORAL,
    ),
    _product(
        "metformin",
        "860975",
        "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet",
        ("metformin", "6809"),
        "500-2000 mg, 14000 a week",
        codes.ORAL,
        supply_days=90,
    ),
    _product(
        "rosuvastatin",
        "859747",
        "rosuvastatin calcium 10 MG Oral Tablet",
        _ROSUVASTATIN,
        "10-40 mg, 280 a week",
        codes.ORAL,
        supply_days=90,
    ),
    _product(
        "atorvastatin",
        "617310",
        "atorvastatin 20 MG Oral Tablet",
        _ATORVASTATIN,
        "20-80 mg, 560 a week",
        codes.ORAL,
        supply_days=90,
    ),
    _product(
        "lisinopril",
        "314076",
        "lisinopril 10 MG Oral Tablet",
        ("lisinopril", "29046"),
        "10-80 mg, 560 a week",
        codes.ORAL,
        supply_days=90,
    ),
    _product(
        "finasteride",
        "200172",
        "finasteride 1 MG Oral Tablet",
        ("finasteride", "25025"),
        "1-1 mg, 7 a week",
        codes.ORAL,
        supply_days=90,
    ),
    _product(
        "ergocalciferol",
        "1367410",
        "ergocalciferol 1.25 MG Oral Capsule",
        ("ergocalciferol", "4018"),
        "1.25-1.25 mg, 1.25 a week",
        codes.ORAL,
        supply_days=84,
    ),
    _product(
        "cyanocobalamin",
        "309594",
        "vitamin B12 1 MG/ML Injectable Solution",
        ("vitamin B12", "11248"),
        "1-1 mg, 1 a week",
        codes.INTRAMUSCULAR,
        supply_days=90,
    ),
    _product(
        "bremelanotide",
        "2176316",
        "0.3 ML bremelanotide 5.83 MG/ML Auto-Injector",
        ("bremelanotide", None),
        "1.75-1.75 mg, 3.5 a week",
        codes.SUBCUTANEOUS,
        as_needed=True,
    ),
)

PRODUCTS: dict[str, Product] = {product.key: product for product in _ALL}
"""By key."""
