"""The coded values that the synthetic clinic uses, beside laboratory markers and products."""

from dataclasses import dataclass

ICD_10_CM = "ICD-10-CM"
SNOMED_CT = "SNOMED CT"
LOINC = "LOINC"
RXNORM = "RxNorm"


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a terminology, with its label."""

    system: str
    code: str
    label: str


def _sct(code: str, label: str) -> Coding:
    return Coding(SNOMED_CT, code, label)


def _icd(code: str, label: str) -> Coding:
    return Coding(ICD_10_CM, code, label)


# Visits and procedures
CONSULTATION = _sct("11429006", "Consultation")
FOLLOW_UP = _sct("390906007", "Follow-up encounter")
TELEMEDICINE = _sct("448337001", "Telemedicine consultation with patient")
INFUSION = _sct("103744005", "Administration of intravenous fluids")
INJECTION = _sct("76601001", "Intramuscular injection")
BOTULINUM = _sct("404909007", "Injection of botulinum toxin")
MAMMOGRAPHY = _sct("71651007", "Mammography")
REFERRAL = _sct("3457005", "Patient referral")

# Routes
ORAL = _sct("26643006", "Oral route")
INTRAMUSCULAR = _sct("78421000", "Intramuscular route")
SUBCUTANEOUS = _sct("34206005", "Subcutaneous route")
TRANSDERMAL = _sct("45890007", "Transdermal route")

# Diagnoses
HYPOGONADISM = _icd("E29.1", "Testicular hypofunction")
MENOPAUSE = _icd("N95.1", "Menopausal and female climacteric states")
OBESITY_1 = _icd("E66.811", "Obesity, class 1")
OBESITY_2 = _icd("E66.812", "Obesity, class 2")
DIABETES = _icd("E11.9", "Type 2 diabetes mellitus without complications")
PREDIABETES = _icd("R73.03", "Prediabetes")
HYPOTHYROIDISM = _icd("E03.9", "Hypothyroidism, unspecified")
THYROIDITIS = _icd("E06.3", "Autoimmune thyroiditis")
HYPERLIPIDEMIA = _icd("E78.5", "Hyperlipidemia, unspecified")
HYPERTENSION = _icd("I10", "Essential (primary) hypertension")
VITAMIN_D_DEFICIENCY = _icd("E55.9", "Vitamin D deficiency, unspecified")
B12_DEFICIENCY = _icd("E53.8", "Deficiency of other specified B group vitamins")
LOW_DESIRE = _icd("F52.0", "Hypoactive sexual desire disorder")
HAIR_LOSS = _icd("L64.9", "Androgenic alopecia, unspecified")
SKIN_AGING = _icd("L98.8", "Other specified disorders of the skin and subcutaneous tissue")
ACUTE_SINUSITIS = _icd("J01.90", "Acute sinusitis, unspecified")

# Allergies: substances, and what they do
ALLERGENS = (
    Coding(RXNORM, "7984", "penicillin V"),
    Coding(RXNORM, "10180", "sulfamethoxazole"),
    Coding(RXNORM, "2670", "codeine"),
    Coding(RXNORM, "5640", "ibuprofen"),
    _sct("111088007", "Latex"),
    _sct("256277009", "Grass pollen"),
    _sct("762952008", "Peanut"),
)
REACTIONS = (
    _sct("126485001", "Urticaria"),
    _sct("271807003", "Eruption of skin"),
    _sct("422587007", "Nausea"),
    _sct("41291007", "Angioedema"),
)

# Vaccines by their CVX codes
INFLUENZA = ("140", "Influenza, seasonal, injectable, preservative free")
TDAP = ("115", "Tdap")
ZOSTER = ("187", "zoster recombinant")

# Laboratory reports
LABORATORY_REPORT = Coding(LOINC, "11502-2", "Laboratory report")
PANEL_CODES = {
    "cbc": Coding(LOINC, "58410-2", "CBC panel - Blood by Automated count"),
    "lipids": Coding(LOINC, "24331-1", "Lipid 1996 panel - Serum or Plasma"),
    "thyroid": Coding(LOINC, "24348-5", "Free T4 and TSH panel - Serum or Plasma"),
}
"""Panels for which LOINC has a code; of the others the first marker is what was ordered, and they
are reported as LABORATORY_REPORT."""
