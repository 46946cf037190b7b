"""What the clinic does for whom: diagnoses, courses of medication, panels, and how often.

A patient follows one plan or several; the first is what he came for.
"""

from dataclasses import dataclass
from decimal import Decimal

from models.vocabulary import ServiceLine
from services.onboarding.synthetic_clinic import codes
from services.onboarding.synthetic_clinic.codes import Coding
from services.onboarding.synthetic_clinic.formulary import PRODUCTS, Frequency, Product


@dataclass(frozen=True, slots=True)
class Step:
    """A dose, and how much of the drug's full effect it brings."""

    product: Product
    dose: Decimal
    frequency: Frequency
    from_day: int
    """Days after the first day of treatment."""
    effect: float
    route: int = 0
    """Which of the product's routes."""


Course = tuple[Step, ...]
"""Steps of one drug: each ends the one before."""


@dataclass(frozen=True, slots=True)
class CarePlan:
    """A plan of care."""

    key: str
    name: str
    service_line: ServiceLine
    diagnosis: Coding
    courses: tuple[Course, ...] = ()
    panels: tuple[str, ...] = ()
    complaint: str = ""
    """What the patient says at first."""
    progress: tuple[str, ...] = ()
    """What the patient says later, visit by visit in turn."""
    advice: str = ""
    watched: tuple[str, ...] = ()
    """Markers that a note quotes."""


def _step(
    product: str,
    dose: str,
    frequency: Frequency,
    from_day: int = 0,
    effect: float = 1.0,
    *,
    route: int = 0,
) -> Step:
    return Step(PRODUCTS[product], Decimal(dose), frequency, from_day, effect, route)


_DAILY, _WEEKLY = Frequency.DAILY, Frequency.WEEKLY

_ANDROGEN_PANELS = ("testosterone", "cbc", "metabolic", "lipids")
_LOW_TESTOSTERONE = "Tired, low libido and poor sleep for about a year."
_ON_TESTOSTERONE = (
    "More energy, sleeping better, libido improved. No leg swelling, no headaches.",
    "Steady. Back to lifting twice a week. No acne, no breast tenderness.",
    "A dip on the day before the dose, otherwise well. Urine stream as before.",
)
_WATCH_TESTOSTERONE = ("total_testosterone", "hematocrit", "psa")
_MONITOR_TESTOSTERONE = "Recheck testosterone, hematocrit and PSA on schedule."

_SEMAGLUTIDE_COURSE: Course = (
    _step("semaglutide_start", "0.25", _WEEKLY, 0, 0.2),
    _step("semaglutide_start", "0.5", _WEEKLY, 28, 0.45),
    _step("semaglutide_1", "1", _WEEKLY, 84, 0.8),
    _step("semaglutide_2", "2", _WEEKLY, 168, 1.0),
)
_TIRZEPATIDE_COURSE: Course = (
    _step("tirzepatide_2.5", "2.5", _WEEKLY, 0, 0.2),
    _step("tirzepatide_5", "5", _WEEKLY, 28, 0.5),
    _step("tirzepatide_7.5", "7.5", _WEEKLY, 84, 0.75),
    _step("tirzepatide_10", "10", _WEEKLY, 140, 0.9),
    _step("tirzepatide_12.5", "12.5", _WEEKLY, 252, 1.0),
)
_WEIGHT_PANELS = ("weight_loss", "metabolic", "lipids")
_HEAVY = "Weight has crept up over several years in spite of diet and walking."
_LIGHTER = (
    "Less hungry, some nausea on the day after the injection that passes. No vomiting.",
    "Clothes are looser. Constipated at times, better with fibre and water.",
    "Eats half of what it was, no cravings in the evening. No belly pain.",
)
_MOVE = "Protein with each meal, resistance training twice a week, slow meals."

_PLANS = (
    CarePlan(
        "testosterone_im",
        "testosterone therapy",
        ServiceLine.HORMONES,
        codes.HYPOGONADISM,
        ((_step("testosterone_cypionate", "100", _WEEKLY),),),
        _ANDROGEN_PANELS,
        _LOW_TESTOSTERONE,
        _ON_TESTOSTERONE,
        _MONITOR_TESTOSTERONE,
        _WATCH_TESTOSTERONE,
    ),
    CarePlan(
        "testosterone_sc",
        "testosterone therapy",
        ServiceLine.HORMONES,
        codes.HYPOGONADISM,
        (
            (
                _step("testosterone_cypionate", "60", _WEEKLY, 0, 0.75, route=1),
                _step("testosterone_cypionate", "80", _WEEKLY, 133, 0.95, route=1),
            ),
        ),
        _ANDROGEN_PANELS,
        _LOW_TESTOSTERONE,
        _ON_TESTOSTERONE,
        _MONITOR_TESTOSTERONE,
        _WATCH_TESTOSTERONE,
    ),
    CarePlan(
        "testosterone_gel",
        "testosterone therapy",
        ServiceLine.HORMONES,
        codes.HYPOGONADISM,
        (
            (
                _step("testosterone_gel", "40.5", _DAILY, 0, 0.6),
                _step("testosterone_gel", "60.75", _DAILY, 133, 0.8),
            ),
        ),
        _ANDROGEN_PANELS,
        _LOW_TESTOSTERONE,
        _ON_TESTOSTERONE,
        _MONITOR_TESTOSTERONE,
        _WATCH_TESTOSTERONE,
    ),
    CarePlan(
        "menopause",
        "menopausal hormone therapy",
        ServiceLine.HORMONES,
        codes.MENOPAUSE,
        (
            (_step("estradiol_patch", "1", Frequency.TWICE_WEEKLY),),
            (_step("progesterone", "100", Frequency.AT_BEDTIME),),
        ),
        ("estrogen", "metabolic", "lipids"),
        "Hot flushes by day and night, waking at three, short temper.",
        (
            "Two or three mild flushes a week, sleeping through. No bleeding.",
            "Sleeps well, mood even. Skin under the patch a little red, gone after a day.",
        ),
        "Continue patch and progesterone. Mammography as due.",
        ("estradiol",),
    ),
    CarePlan(
        "semaglutide",
        "medical weight management",
        ServiceLine.WEIGHT_LOSS,
        codes.OBESITY_1,
        (_SEMAGLUTIDE_COURSE,),
        _WEIGHT_PANELS,
        _HEAVY,
        _LIGHTER,
        _MOVE,
        ("hba1c", "triglycerides"),
    ),
    CarePlan(
        "tirzepatide",
        "medical weight management",
        ServiceLine.WEIGHT_LOSS,
        codes.OBESITY_2,
        (_TIRZEPATIDE_COURSE,),
        _WEIGHT_PANELS,
        _HEAVY,
        _LIGHTER,
        _MOVE,
        ("hba1c", "triglycerides"),
    ),
    CarePlan(
        "hypothyroidism",
        "thyroid replacement",
        ServiceLine.THYROID,
        codes.HYPOTHYROIDISM,
        (
            (
                _step("levothyroxine_50", "50", _DAILY, 0, 0.5),
                _step("levothyroxine_75", "75", _DAILY, 42, 0.8),
                _step("levothyroxine_100", "100", _DAILY, 133, 1.0),
            ),
        ),
        ("thyroid", "metabolic"),
        "Cold, tired, dry skin, slowly gaining weight.",
        (
            "Warmer and clearer in the head. No palpitations, no tremor.",
            "Energy good in the mornings. Weight stable, bowels regular.",
        ),
        "Take it fasting, apart from iron, calcium and coffee.",
        ("tsh", "free_t4"),
    ),
    CarePlan(
        "thyroiditis",
        "thyroid replacement",
        ServiceLine.THYROID,
        codes.THYROIDITIS,
        ((_step("levothyroxine_25", "25", _DAILY, 0, 0.7),),),
        ("thyroid", "metabolic"),
        "Tired, hair thinner, a sister with Hashimoto's disease.",
        ("Energy better, hair no longer falling. No palpitations.",),
        "Take it fasting, apart from iron, calcium and coffee.",
        ("tsh", "free_t4"),
    ),
    CarePlan(
        "longevity",
        "longevity programme",
        ServiceLine.LONGEVITY,
        codes.HYPERLIPIDEMIA,
        ((_step("rosuvastatin", "10", _DAILY, 42),),),
        ("metabolic", "lipids", "cbc", "vitamins"),
        "Well. Wants to know where things stand, and what to do about it.",
        (
            "Well. Walking daily, sleeping seven hours. No muscle aches.",
            "Well. Resting pulse is down, started rowing. Takes the tablets most days.",
        ),
        "Zone 2 training three times a week, fibre, sleep before eleven.",
        ("ldl", "vitamin_d"),
    ),
    CarePlan(
        "aesthetics",
        "aesthetics",
        ServiceLine.AESTHETICS,
        codes.SKIN_AGING,
        complaint="Frown lines that look angry in photographs.",
        progress=("Pleased with the last treatment, effect wearing off. No drooping of the lid.",),
        advice="Upright for four hours, no rubbing, review in two weeks if uneven.",
    ),
    CarePlan(
        "hair",
        "hair restoration",
        ServiceLine.AESTHETICS,
        codes.HAIR_LOSS,
        ((_step("finasteride", "1", _DAILY),),),
        complaint="Thinning at the crown for two years.",
        progress=("Shedding has stopped. No loss of libido.",),
        advice="Photographs every six months; effect needs a year.",
    ),
    # What others have besides
    CarePlan(
        "hypertension",
        "blood pressure",
        ServiceLine.LONGEVITY,
        codes.HYPERTENSION,
        ((_step("lisinopril", "10", _DAILY),),),
    ),
    CarePlan(
        "statin",
        "lipids",
        ServiceLine.LONGEVITY,
        codes.HYPERLIPIDEMIA,
        ((_step("atorvastatin", "20", _DAILY),),),
        ("lipids",),
    ),
    CarePlan(
        "diabetes",
        "diabetes",
        ServiceLine.WEIGHT_LOSS,
        codes.DIABETES,
        (
            (
                _step("metformin", "500", _DAILY, 0, 0.5),
                _step("metformin", "1000", _DAILY, 42, 1.0),
            ),
        ),
        ("metabolic",),
    ),
    CarePlan(
        "prediabetes", "prediabetes", ServiceLine.WEIGHT_LOSS, codes.PREDIABETES, (), ("metabolic",)
    ),
    CarePlan(
        "vitamin_d",
        "vitamin D",
        ServiceLine.LONGEVITY,
        codes.VITAMIN_D_DEFICIENCY,
        ((_step("ergocalciferol", "1.25", _WEEKLY),),),
        ("vitamins",),
    ),
    CarePlan(
        "vitamin_b12",
        "vitamin B12",
        ServiceLine.LONGEVITY,
        codes.B12_DEFICIENCY,
        ((_step("cyanocobalamin", "1", Frequency.MONTHLY),),),
        ("vitamins",),
    ),
    CarePlan(
        "estradiol_control",
        "estradiol on testosterone",
        ServiceLine.HORMONES,
        codes.HYPOGONADISM,
        ((_step("anastrozole", "0.5", Frequency.TWICE_WEEKLY, 133),),),
    ),
    CarePlan(
        "liothyronine",
        "thyroid replacement",
        ServiceLine.THYROID,
        codes.HYPOTHYROIDISM,
        ((_step("liothyronine", "5", _DAILY, 133),),),
    ),
    CarePlan(
        "desire",
        "sexual health",
        ServiceLine.HORMONES,
        codes.LOW_DESIRE,
        ((_step("bremelanotide", "1.75", Frequency.EIGHT_A_MONTH, 42),),),
    ),
)

CARE_PLANS: dict[str, CarePlan] = {plan.key: plan for plan in _PLANS}
"""By key."""
