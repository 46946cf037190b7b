"""The lab panels and intervals a clinic starts with, each interval with its clinical source.

A clinic changes and adds its own; these are rows like any other once they are made.
"""

from dataclasses import dataclass

from models.vocabulary import IntervalTrigger
from services.clinical.ingredients import rxnorm


@dataclass(frozen=True, slots=True)
class PanelDefault:
    """Markers that are read together. Without the required ones the panel was not drawn."""

    key: str
    name: str
    markers: tuple[str, ...]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class IntervalDefault:
    """How often a panel is due, counted in days, for whoever takes or has one of the codes."""

    key: str
    name: str
    panel: str
    trigger: IntervalTrigger
    codes: tuple[str, ...]
    """RxNorm ingredients, or beginnings of ICD-10-CM codes."""
    first_due_days: int
    interval_days: int
    source: str
    after_change: bool = False


def _panel(key: str, name: str, markers: str, *, required: str) -> PanelDefault:
    return PanelDefault(key, name, tuple(markers.split()), frozenset(required.split()))


PANELS = (
    _panel(
        "testosterone",
        "Testosterone",
        "total_testosterone free_testosterone shbg estradiol hematocrit psa",
        required="total_testosterone hematocrit",
    ),
    _panel("thyroid", "Thyroid", "tsh free_t4 free_t3", required="tsh"),
    _panel(
        "metabolic",
        "Metabolic",
        "glucose hba1c creatinine egfr alt ast potassium",
        required="hba1c creatinine",
    ),
    _panel(
        "lipids", "Lipids", "total_cholesterol hdl ldl triglycerides", required="total_cholesterol"
    ),
    _panel(
        "cbc",
        "Complete blood count",
        "leukocytes erythrocytes hemoglobin hematocrit mcv mch mchc platelets "
        "rdw_volume platelet_distribution_width mean_platelet_volume",
        required="hemoglobin",
    ),
    _panel("weight_loss", "Weight loss", "hba1c lipase alt creatinine", required="lipase"),
    _panel("vitamins", "Vitamins", "vitamin_d vitamin_b12 folate ferritin", required="vitamin_d"),
)

INTERVALS = (
    IntervalDefault(
        "testosterone_therapy",
        "Testosterone therapy",
        "testosterone",
        IntervalTrigger.MEDICATION,
        rxnorm("testosterone"),
        90,
        180,
        "Endocrine Society, Testosterone Therapy in Men With Hypogonadism, J Clin Endocrinol Metab "
        "2018;103:1715-1744: testosterone and hematocrit 3-6 months after the start and then "
        "yearly, PSA 3-12 months after the start. Every 180 days is the clinic's own, stricter "
        "choice.",
    ),
    IntervalDefault(
        "thyroid_replacement",
        "Thyroid hormone replacement",
        "thyroid",
        IntervalTrigger.MEDICATION,
        rxnorm("levothyroxine", "liothyronine", "thyroid (USP)"),
        56,
        180,
        "American Association of Clinical Endocrinologists and American Thyroid Association, "
        "Hypothyroidism in Adults, Endocr Pract 2012;18:988-1028: TSH 4-8 weeks after the start "
        "or a change of dose, after 6 months, then yearly. Staying at 180 days is the clinic's "
        "own, stricter choice.",
        after_change=True,
    ),
    IntervalDefault(
        "incretin_therapy",
        "Semaglutide or tirzepatide",
        "weight_loss",
        IntervalTrigger.MEDICATION,
        rxnorm("semaglutide", "tirzepatide"),
        90,
        180,
        "The clinic's own choice: neither the products' labels nor a guideline fix a laboratory "
        "interval for people without diabetes.",
    ),
    IntervalDefault(
        "statin_therapy",
        "Statin therapy",
        "lipids",
        IntervalTrigger.MEDICATION,
        rxnorm(
            "atorvastatin",
            "rosuvastatin",
            "simvastatin",
            "pravastatin",
            "lovastatin",
            "fluvastatin",
            "pitavastatin",
        ),
        84,
        365,
        "AHA/ACC and others, Management of Blood Cholesterol, Circulation 2019;139:e1082-e1143: "
        "lipids 4-12 weeks after the start or a change of dose, then every 3-12 months.",
        after_change=True,
    ),
    IntervalDefault(
        "estradiol_therapy",
        "Estradiol therapy",
        "lipids",
        IntervalTrigger.MEDICATION,
        rxnorm("estradiol"),
        180,
        365,
        "The clinic's own choice, for every sex and every form but the vaginal ones: no guideline "
        "that we follow fixes a laboratory interval for estradiol.",
    ),
    IntervalDefault(
        "diabetes",
        "Type 2 diabetes",
        "metabolic",
        IntervalTrigger.CONDITION,
        ("E11",),
        90,
        90,
        "American Diabetes Association, Standards of Care in Diabetes, section 6: HbA1c at least "
        "twice a year at goal, at least quarterly when not at goal or when therapy changed. "
        "Quarterly for everybody is the clinic's own, stricter choice.",
    ),
    IntervalDefault(
        "prediabetes",
        "Prediabetes",
        "metabolic",
        IntervalTrigger.CONDITION,
        ("R73.03",),
        180,
        365,
        "American Diabetes Association, Standards of Care in Diabetes, section 3: watch for "
        "diabetes at least yearly. The first draw at 180 days is the clinic's own choice.",
    ),
    IntervalDefault(
        "vitamin_deficiency",
        "Vitamin D or B12 deficiency",
        "vitamins",
        IntervalTrigger.CONDITION,
        ("E53.8", "E55"),
        90,
        365,
        "The clinic's own choice: no guideline that we follow fixes an interval for measuring "
        "vitamin levels again.",
    ),
)
