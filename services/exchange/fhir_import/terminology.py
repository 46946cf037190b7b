"""Codes and their labels: which terminologies are kept, under which names, in which form."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.clinical.ingredients import Ingredient, ingredient_of
from services.exchange.fhir_import.elements import CodeableConcept, Coding

LONGEST_LABEL = 160
_CLEAN = re.compile(r"[\w .,;:/()\[\]{}<>=+*%&#'\u2019\"^|\u00b5\u00b0-]+")
"""What names of LOINC, SNOMED CT, ICD-10-CM, RxNorm and CVX are written with."""


@dataclass(frozen=True, slots=True)
class Terminology:
    """A code system, its FHIR addresses, and what its codes look like."""

    name: str
    systems: frozenset[str]
    form: re.Pattern[str]

    def has(self, coding: Coding) -> bool:
        """Whether it is a code of this system that could exist."""
        return bool(
            coding.system in self.systems and coding.code and self.form.fullmatch(coding.code)
        )


@dataclass(frozen=True, slots=True)
class Coded:
    """A code as it is stored."""

    system: str
    code: str
    label: str
    name: str | None = None
    """The code's own name as far as the file gives it; a label may be words beside the code."""


def _terminology(name: str, form: str, *systems: str) -> Terminology:
    return Terminology(name, frozenset(systems), re.compile(form, re.ASCII))


LOINC = _terminology("LOINC", r"\d{1,7}-\d", "http://loinc.org", "urn:oid:2.16.840.1.113883.6.1")
SNOMED_CT = _terminology(
    "SNOMED CT", r"\d{6,18}", "http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96"
)
ICD_10_CM = _terminology(
    "ICD-10-CM",
    r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "urn:oid:2.16.840.1.113883.6.90",
)
RXNORM = _terminology(
    "RxNorm",
    r"\d{1,8}",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "urn:oid:2.16.840.1.113883.6.88",
)
CVX = _terminology(
    "CVX", r"\d{2,3}", "http://hl7.org/fhir/sid/cvx", "urn:oid:2.16.840.1.113883.12.292"
)
CPT = _terminology(
    "CPT", r"\d{4}[0-9A-Z]", "http://www.ama-assn.org/go/cpt", "urn:oid:2.16.840.1.113883.6.12"
)
ACT_CODE = _terminology(
    "HL7 ActCode", r"[A-Z]{2,10}", "http://terminology.hl7.org/CodeSystem/v3-ActCode"
)
APPOINTMENT_REASON = _terminology(
    "HL7 v2-0276", r"[A-Z]{4,12}", "http://terminology.hl7.org/CodeSystem/v2-0276"
)

UNKNOWN = Coded("HL7 NullFlavor", "UNK", "unknown")
"""Where a code is needed and the source gives none of a terminology that is kept."""


def coded(concept: CodeableConcept | None, *terminologies: Terminology) -> Coded | None:
    """Its code of the first of these terminologies that it has, with a clean label."""
    if concept is None:
        return None
    for terminology in terminologies:
        for coding in concept.coding:
            if coding.code and terminology.has(coding):
                name = clean_label(coding.display)
                label = name or clean_label(concept.text) or f"{terminology.name} {coding.code}"
                return Coded(terminology.name, coding.code, label, name)
    return None


def first_coded(
    concepts: Iterable[CodeableConcept | None], *terminologies: Terminology
) -> Coded | None:
    """The same of the first concept that has such a code."""
    found = (coded(concept, *terminologies) for concept in concepts)
    return next((code for code in found if code), None)


def ingredient(concept: CodeableConcept | None) -> Ingredient | None:
    """What a product is known to hold, by any of its RxNorm codes or that code's own name."""
    codings = [coding for coding in concept.coding if RXNORM.has(coding)] if concept else []
    found = (ingredient_of(c.code or "", clean_label(c.display)) for c in codings)
    return next((known for known in found if known), None)


def clean_label(text: str | None) -> str | None:
    """The text if it is written as labels are, shortened at a word if it is long; else None."""
    one_line = " ".join((text or "").split())
    if not _CLEAN.fullmatch(one_line):
        return None
    if len(one_line) <= LONGEST_LABEL:
        return one_line
    return one_line[: LONGEST_LABEL - 4].rsplit(" ", 1)[0] + " ..."
