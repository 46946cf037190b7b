"""Problems coded otherwise than in ICD-10-CM, as far as lab protocols have to recognize them."""

from dataclasses import dataclass

ICD_10_CM = "ICD-10-CM"
SNOMED_CT = "SNOMED CT"


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A code of another system, and the ICD-10-CM code that says the same."""

    system: str
    code: str
    label: str
    icd_10_cm: str


EQUIVALENTS = tuple(
    Equivalent(SNOMED_CT, code, label, icd_10_cm)
    for code, label, icd_10_cm in (
        ("44054006", "Diabetes mellitus type 2", "E11.9"),
        ("422034002", "Retinopathy due to type 2 diabetes mellitus", "E11.319"),
        ("90781000119102", "Microalbuminuria due to type 2 diabetes mellitus", "E11.29"),
        ("157141000119108", "Proteinuria due to type 2 diabetes mellitus", "E11.29"),
        ("368581000119106", "Neuropathy due to type 2 diabetes mellitus", "E11.40"),
        ("714628002", "Prediabetes", "R73.03"),
        ("15777000", "Prediabetes (retired code)", "R73.03"),
        ("34713006", "Vitamin D deficiency", "E55.9"),
        ("190634004", "Cobalamin deficiency", "E53.8"),
    )
)
"""Read when labs are asked for; a row keeps the code with which it was recorded."""

_KNOWN = {(equivalent.system, equivalent.code) for equivalent in EQUIVALENTS}


def is_understood(system: str, code: str) -> bool:
    """Whether a lab protocol can tell what problem this is."""
    return system == ICD_10_CM or (system, code) in _KNOWN
