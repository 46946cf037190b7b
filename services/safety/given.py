"""Short values as patients and importers give them: clean while they look like what they are.

SPEC 7. A value of another form is marked like any untrusted text.
"""

import re
import unicodedata
from typing import Final

_NAME_WORDS: Final = 3
_NAME_LENGTH: Final = 40
_NAME_MARKS: Final = frozenset(" '\u2019-.")
_LABEL_LENGTH: Final = 160

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:+\-]{0,39}")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}|[0-9(][0-9 ().-]{5,18}[0-9]")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")
_POSTAL_CODE: Final = re.compile(r"[0-9]{5}(?:-[0-9]{4})?|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]")
_STREET: Final = re.compile(
    r"[0-9]{1,6}[A-Za-z]?(?: [\w'\u2019.\-]{1,24}){1,6}(?:,? #?[0-9A-Za-z\-]{1,8})?"
)
_UNIT: Final = re.compile(r"[A-Za-z0-9%µ°\[\]{}()/*^._'\"+\-# ]{1,40}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def is_name(text: str) -> bool:
    """Of one part of a person's name: at most three words and 40 characters."""
    return (
        0 < len(text) <= _NAME_LENGTH
        and len(text.split()) <= _NAME_WORDS
        and all(c in _NAME_MARKS or unicodedata.category(c)[0] in "LM" for c in text)
    )


def is_full_name(text: str) -> bool:
    """Of a name that was written as one: of two parts' length."""
    return len(text) <= 2 * _NAME_LENGTH + 1 and all(is_name(part) for part in _parts(text))


def _parts(text: str) -> list[str]:
    """As many words as two parts may have, in two."""
    words = text.split()
    return (
        [" ".join(words[:_NAME_WORDS]), " ".join(words[_NAME_WORDS:])]
        if len(words) > _NAME_WORDS
        else [text]
    )


def is_label(text: str) -> bool:
    """Of a code in a known terminology, or a name the clinic gave: a line of 160 characters."""
    return (
        0 < len(text) <= _LABEL_LENGTH
        and "[[" not in text
        and all(c in _LABEL_MARKS or unicodedata.category(c)[0] in "LMN" for c in text)
        and not _SENTENCES.search(text)
    )


_LABEL_MARKS: Final = frozenset(
    " _,.;:/()[]%+-'&<>=^*#\u2013\u2019\u2264\u2265\u00b0\u00b5\u00ae\u2122"
)
_SENTENCES: Final = re.compile(r"[a-z]{3}[.;:] +[A-Z][a-z]+ +[a-z]+|://")
"""Two sentences, or an address of the web: no terminology has them in a label."""


def is_system(text: str) -> bool:
    """Of a terminology: its short name, or the address that FHIR has for it."""
    return _SYSTEM.fullmatch(text) is not None


_SYSTEM: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,19}"
    r"|https?://(?:snomed\.info|loinc\.org|(?:terminology\.)?hl7\.org|www\.nlm\.nih\.gov"
    r"|unitsofmeasure\.org|www\.ama-assn\.org)(?:/[A-Za-z0-9._/-]{0,60})?"
)


def is_code(text: str) -> bool:
    """Of any terminology, a record number, an id: without a space."""
    return _CODE.fullmatch(text) is not None


def is_record_number(text: str) -> bool:
    """As a clinic numbers its patients: up to three groups of letters and digits."""
    return (
        _CODE.fullmatch(text.replace(" ", "")) is not None
        and len(text.split()) <= _NAME_WORDS
        and any(c.isdigit() for c in text)
    )


def is_unit(text: str) -> bool:
    """Of UCUM, or as a laboratory writes it."""
    return _UNIT.fullmatch(text) is not None and len(text.split()) <= _NAME_WORDS


def is_phone(text: str) -> bool:
    """In E.164, or as a source wrote another number: digits and what stands between them."""
    return _PHONE.fullmatch(text) is not None


def is_email(text: str) -> bool:
    """An address of e-mail."""
    return _EMAIL.fullmatch(text) is not None


def is_postal_code(text: str) -> bool:
    """Of the United States or Canada."""
    return _POSTAL_CODE.fullmatch(text) is not None


def is_street(text: str) -> bool:
    """A number and up to six words, and a unit of the house."""
    return _STREET.fullmatch(text) is not None


def is_place(text: str) -> bool:
    """A city, a state, a country: as a part of a name is written."""
    return is_name(text)


def is_language(text: str) -> bool:
    """In BCP 47."""
    return _LANGUAGE.fullmatch(text) is not None
