"""What was taken, what was not, and why: every resource is counted once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
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
    IMPOSSIBLE_VALUE = "a number that it cannot have"
    FREE_TEXT = "an answer in free text"
    COMPONENTS = "several values in one laboratory observation"
    VITAL_SIGN = "a vital sign that is not kept"
    UNIT = "the unit cannot be converted"
    NOT_UCUM = "the unit is missing or not UCUM"
    COMPARATOR = "a vital sign that is only a bound"
    NOT_A_SCORE = "not between 0 and 10"
    NO_DATE = "no date"
    PARTIAL_DATE = "only a year or a month is given where a date is needed"
    FUTURE = "it is dated in the future"
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
    RANGE_UNIT = "a reference range in another unit than the value was left out"
    RANGE = "a reference range that cannot be was left out"
    FLAG = "the laboratory's interpretation and its range disagree: its interpretation was kept"
    FUTURE_DATE = "a date in the future was left out"
    GENDER = "a gender that FHIR does not know was taken as unknown"


UNSEEN = (
    "Current drugs and problems that no lab protocol sees by their codes. Most ask for no labs. "
    "Where one does, find_labs_due leaves its patients out: have the file say the problem in "
    "ICD-10-CM, or the drug by the name or the ingredient code that RxNorm gives it, and take the "
    "file again"
)
"""The heading of what the report lists by code."""


class Skipped(Exception):
    """A mapper's word that a resource is not stored."""

    def __init__(self, reason: Reason, detail: str | None = None) -> None:
        super().__init__(reason)
        self.label = f"{reason}: {detail}" if detail else str(reason)
        """`detail` is one of FHIR's own words, never what the file says."""


@dataclass(frozen=True, slots=True)
class UnseenCode:
    """A code of something current by which no lab protocol can find a patient."""

    resource_type: str
    system: str
    code: str
    name: str | None = field(compare=False)
    """What the terminology calls it, as the file says: never words that somebody wrote there."""


class Outcome(StrEnum):
    """What storing a resource did."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


_NOT_KEPT = {Reason.NO_RESOURCE, Reason.TYPE, Reason.NAME_ONLY}
"""Reasons that say nothing against a resource: its type has no place here."""

Counts = Mapping[str, Mapping[str, int]]
"""By resource type, then by outcome, reason or note."""

MOST_UNSEEN = 10_000
"""Distinct codes that are counted of a file: a file may hold any number."""
MOST_SHOWN = 50


class Tally:
    """Counts while a file is being read."""

    def __init__(self) -> None:
        self.taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.skipped: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.notes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.unseen: Counter[UnseenCode] = Counter()

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

    def miss(self, code: UnseenCode) -> None:
        """Count one that is stored, and that no lab protocol can see."""
        if code in self.unseen or len(self.unseen) < MOST_UNSEEN:
            self.unseen[code] += 1


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file. Refused, nothing of it was taken and nothing is counted."""

    name: str
    resources: int = 0
    taken: Counts = field(default_factory=dict[str, Mapping[str, int]])
    skipped: Counts = field(default_factory=dict[str, Mapping[str, int]])
    notes: Counts = field(default_factory=dict[str, Mapping[str, int]])
    unseen: Counter[UnseenCode] = field(default_factory=Counter[UnseenCode])
    seconds: float = 0.0
    refused: str | None = None

    @property
    def nothing_taken(self) -> bool:
        """Whether it has resources of types that are kept, and none of them could be taken."""
        kept = (label for by in self.skipped.values() for label in by if label not in _NOT_KEPT)
        return self.refused is None and not count(self.taken) and any(kept)


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
            unseen=sum((file.unseen for file in self.files), Counter[UnseenCode]()),
            seconds=sum(file.seconds for file in self.files),
        )

    def as_json(self) -> dict[str, Any]:
        """For machines: each file, then the total."""
        codes, more = self.most_unseen()
        return {
            "complete": self.complete,
            "files": [_as_json(file) for file in self.files],
            "total": _as_json(self.total),
            "unseen_by_lab_protocols": {
                "what_to_do": UNSEEN,
                "codes": [asdict(code) | {"count": number} for code, number in codes],
                "more_codes": more,
            },
        }

    def most_unseen(self) -> tuple[list[tuple[UnseenCode, int]], int]:
        """The codes that no lab protocol sees, most frequent first, and how many more there are."""
        unseen = self.total.unseen
        ranked = sorted(unseen.items(), key=lambda item: (-item[1], item[0].system, item[0].code))
        return ranked[:MOST_SHOWN], max(0, len(ranked) - MOST_SHOWN)


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
        "nothing_taken": file.nothing_taken,
        "resources": file.resources,
        "taken": {t: dict(c) for t, c in sorted(file.taken.items())},
        "skipped": {t: dict(c) for t, c in sorted(file.skipped.items())},
        "notes": {t: dict(c) for t, c in sorted(file.notes.items())},
        "seconds": round(file.seconds, 3),
    }
