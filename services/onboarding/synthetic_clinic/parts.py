"""What a part in the synthetic clinic is made of: schedule, plans of care, membership, cases."""

from dataclasses import dataclass
from enum import StrEnum, auto

from models.vocabulary import MembershipStatus, Sex


class Agenda(StrEnum):
    """What the schedule shows besides the regular visits."""

    BOOKED = auto()
    TODAY = auto()
    TODAY_ANYWAY = auto()
    """Today, also where the clinic is closed."""
    TOMORROW = auto()
    TOMORROW_ANYWAY = auto()
    MISSED = auto()
    """Not come last week, and not booked since."""
    MISSED_REBOOKED = auto()
    CANCELLED = auto()
    """Cancelled last week, and not booked since."""
    CANCELLED_REBOOKED = auto()
    UNBOOKED = auto()
    """Told to come back, and nothing booked."""
    ENDED = auto()
    """No longer in care."""


class Case(StrEnum):
    """What a part has to show besides its schedule."""

    JOHN_SMITH = auto()
    JON_SMYTH = auto()
    ACCENT = auto()
    RISING_HEMATOCRIT = auto()
    HIGH_POTASSIUM = auto()
    LOW_POTASSIUM = auto()
    HIGH_PSA = auto()
    NO_SMS = auto()
    DECEASED = auto()
    INACTIVE = auto()
    RUNS_OUT = auto()
    """A medication runs out within ten days, and nothing blocks the refill."""
    RUNS_OUT_LABS = auto()
    RUNS_OUT_VISIT = auto()
    RUNS_OUT_AUTHORIZATION = auto()
    INFUSIONS = auto()
    INJECTIONS = auto()
    OWES = auto()
    ORDERS_IN_INTAKE = auto()
    """The intake form tries to give orders to an assistant."""
    ORDERS_IN_MESSAGE = auto()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A membership: which plan, where it stands, how many months old."""

    plan: str
    status: MembershipStatus
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One patient's part."""

    key: str
    sex: Sex
    ages: tuple[int, int]
    plans: tuple[str, ...]
    first: int
    """Days since the first visit; 0 where it is still to come."""
    last: int
    """Days since the last visit before the agenda's."""
    next: int = 0
    """Days until the next visit, where one is booked."""
    agenda: Agenda = Agenda.BOOKED
    member: Enrolment | None = None
    cases: frozenset[Case] = frozenset()
    undrawn: int = 0
    """Days since when no labs were drawn although they were due."""
    owner: bool = True
    """Whether the owner treats this patient, or the second provider."""
