"""What was taken, what was not, and why: every resource is counted once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a resource is not stored."""

    NO_RESOURCE = "an entry without a resource"
    TYPE = "this type is not kept"
    NAME_ONLY = "used for its name or code alone"
    NO_ID = "it has neither an id nor a fullUrl that gives one"
    NO_PATIENT = "it names no patient"
    SEVERAL_PATIENTS = "it names several patients"
    PATIENT_SKIPPED = "its patient was not taken"
    ENTERED_IN_ERROR = "entered in error"
    STATUS = "status not kept"
    CLINICAL_STATUS = "no clinical status"
    INTENT = "an intent that is no order"
    NOT_TO_BE_GIVEN = "an order not to give it"
    CATEGORY = "category not kept"
    NO_CATEGORY = "no category"
    NO_CODE = "no code of a terminology that is kept"
    NO_VALUE = "no value"
    VALUE_KIND = "a kind of value that is not kept"
    FREE_TEXT = "an answer in free text"
    COMPONENTS = "several values in one laboratory observation"
    VITAL_SIGN = "a vital sign that is not kept"
    UNIT = "the unit cannot be converted"
    NOT_UCUM = "the unit is missing or not UCUM"
    COMPARATOR = "a vital sign that is only a bound"
    NOT_A_SCORE = "not between 0 and 10"
    NO_DATE = "no date"
    PARTIAL_DATE = "only a year or a month is given where a date is needed"
    END_BEFORE_START = "it ends before it starts"
    NO_NAME = "no family name"
    NO_BIRTH_DATE = "no birth date"
    NOT_TEXT = "no attachment in plain text"
    ELSEWHERE = "its text is not in the file"
    NOT_DECODABLE = "its text is not in the encoding it says"
    DOCUMENT_CHANGED = "changed since it was taken, and a note is never changed"
    NO_AMOUNT = "no total in whole cents"


class Note(StrEnum):
    """What of a resource that was taken had to be left out or read in one of several ways."""

    PARTIAL_DATE = "a date that is only a year or a month was left out"
    MIDNIGHT = "a date without a time was taken as the beginning of that day at the clinic"
    NO_ENCOUNTER = "its visit is neither in the file nor was taken before: left out"
    OTHER_PATIENT = "its visit or appointment is another patient's: left out"
    NO_APPOINTMENT = "its appointment is neither in the file nor was taken before: left out"
    SEVERAL_DOSAGES = "it has several dosages: left out"
    END_BEFORE_START = "an end before the start was left out"
    SAME_TIME = "a second value of the same kind at the same time has a row of its own"
    PART_NOT_TAKEN = "one of its values could not be taken"
    VERIFICATION = "that it is not confirmed is not kept"
    STALE = "it was taken before and is not kept now: its row stays as it was"
    INGREDIENT = "prescribed now, but its ingredient is not known: no lab protocol can see it"
    PROBLEM = "present now, but its code is not known: no lab protocol can see it"
    RANGE_UNIT = "a reference range in another unit than the value was left out"


class Skipped(Exception):
    """A mapper's word that a resource is not stored."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(reason)
        self.label = f"{reason}: {detail}" if detail else str(reason)
        """`detail` is one of FHIR's own words, never what the file says."""


class Outcome(StrEnum):
    """What storing a resource did."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


Counts = Mapping[str, Mapping[str, int]]
"""By resource type, then by outcome, reason or note."""


class Tally:
    """Counts while a file is being read."""

    def __init__(self) -> None:
        self.taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.skipped: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.notes: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def take(self, resource_type: str, outcome: Outcome) -> None:
        """Count one that is stored."""
        self.taken[resource_type][outcome.value] += 1

    def skip(self, resource_type: str, why: Skipped) -> None:
        """Count one that is not."""
        self.skipped[resource_type][why.label] += 1

    def note(self, resource_type: str, notes: Iterable[Note]) -> None:
        """Count what was left out of one that is stored."""
        for note in notes:
            self.notes[resource_type][note.value] += 1


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file. Refused, nothing of it was taken and nothing is counted."""

    name: str
    resources: int = 0
    taken: Counts = field(default_factory=dict[str, Mapping[str, int]])
    skipped: Counts = field(default_factory=dict[str, Mapping[str, int]])
    notes: Counts = field(default_factory=dict[str, Mapping[str, int]])
    seconds: float = 0.0
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of all files, in the order in which they were taken."""

    files: tuple[FileReport, ...]

    @property
    def complete(self) -> bool:
        """Whether no file was refused."""
        return all(file.refused is None for file in self.files)

    @property
    def total(self) -> FileReport:
        """The sums over all files."""
        return FileReport(
            name="total",
            resources=sum(file.resources for file in self.files),
            taken=_sum(file.taken for file in self.files),
            skipped=_sum(file.skipped for file in self.files),
            notes=_sum(file.notes for file in self.files),
            seconds=sum(file.seconds for file in self.files),
        )

    def as_json(self) -> dict[str, Any]:
        """For machines: each file, then the total."""
        return {
            "complete": self.complete,
            "files": [_as_json(file) for file in self.files],
            "total": _as_json(self.total),
        }


def count(counts: Counts) -> int:
    """All of them."""
    return sum(sum(by_word.values()) for by_word in counts.values())


def _sum(parts: Iterable[Counts]) -> Counts:
    total: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for part in parts:
        for resource_type, by_word in part.items():
            total[resource_type].update(by_word)
    return total


def _as_json(file: FileReport) -> dict[str, Any]:
    return {
        "name": file.name,
        "refused": file.refused,
        "resources": file.resources,
        "taken": {t: dict(c) for t, c in sorted(file.taken.items())},
        "skipped": {t: dict(c) for t, c in sorted(file.skipped.items())},
        "notes": {t: dict(c) for t, c in sorted(file.notes.items())},
        "seconds": round(file.seconds, 3),
    }
