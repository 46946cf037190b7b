"""The 36 parts in the synthetic clinic, with the cases that the clinic must show.

Names, birthdays and numbers are by chance; who has which part is not.
"""

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


_F, _M = Sex.FEMALE, Sex.MALE
_ACTIVE = MembershipStatus.ACTIVE
_ESSENTIAL, _OPTIMIZE, _LONGEVITY = "Essential", "Optimize", "Longevity"


def _part(
    key: str,
    sex: Sex,
    ages: tuple[int, int],
    plans: str,
    days: tuple[int, int, int],
    *cases: Case,
    agenda: Agenda = Agenda.BOOKED,
    member: Enrolment | None = None,
    undrawn: int = 0,
    owner: bool = True,
) -> Part:
    return Part(
        key=key,
        sex=sex,
        ages=ages,
        plans=tuple(plans.split()),
        first=days[0],
        last=days[1],
        next=days[2],
        agenda=agenda,
        member=member,
        cases=frozenset(cases),
        undrawn=undrawn,
        owner=owner,
    )


CAST: tuple[Part, ...] = (
    # Testosterone
    _part(
        "john_smith",
        _M,
        (46, 48),
        "testosterone_im vitamin_d",
        (575, 92, 0),
        Case.JOHN_SMITH,
        agenda=Agenda.TODAY_ANYWAY,
        member=Enrolment(_OPTIMIZE, _ACTIVE, 18),
    ),
    _part(
        "jon_smyth",
        _M,
        (51, 55),
        "testosterone_gel",
        (424, 41, 49),
        Case.JON_SMYTH,
        owner=False,
    ),
    _part(
        "rising_hematocrit",
        _M,
        (43, 47),
        "testosterone_im",
        (400, 9, 20),
        Case.RISING_HEMATOCRIT,
        member=Enrolment(_OPTIMIZE, _ACTIVE, 13),
    ),
    _part("t_overdue", _M, (56, 60), "testosterone_im hypertension", (640, 60, 30), undrawn=235),
    _part(
        "t_subcutaneous",
        _M,
        (34, 40),
        "testosterone_sc estradiol_control",
        (320, 33, 52),
        member=Enrolment(_ESSENTIAL, _ACTIVE, 10),
        owner=False,
    ),
    _part(
        "t_missed",
        _M,
        (62, 66),
        "testosterone_gel statin",
        (505, 101, 0),
        Case.HIGH_PSA,
        agenda=Agenda.MISSED,
    ),
    _part(
        "t_past_due",
        _M,
        (53, 57),
        "testosterone_im",
        (365, 25, 46),
        Case.OWES,
        member=Enrolment(_OPTIMIZE, MembershipStatus.PAST_DUE, 12),
        owner=False,
    ),
    _part(
        "t_lapsed",
        _M,
        (48, 52),
        "testosterone_im",
        (560, 128, 0),
        agenda=Agenda.UNBOOKED,
        member=Enrolment(_ESSENTIAL, MembershipStatus.LAPSED, 15),
        undrawn=230,
    ),
    _part(
        "t_new",
        _M,
        (38, 42),
        "testosterone_im",
        (0, 0, 1),
        Case.ORDERS_IN_INTAKE,
        agenda=Agenda.TOMORROW_ANYWAY,
    ),
    # Menopause
    _part(
        "m_steady",
        _F,
        (51, 55),
        "menopause vitamin_d",
        (610, 20, 54),
        member=Enrolment(_ESSENTIAL, _ACTIVE, 19),
        owner=False,
    ),
    _part(
        "m_missed_rebooked",
        _F,
        (48, 52),
        "menopause",
        (330, 99, 12),
        agenda=Agenda.MISSED_REBOOKED,
        owner=False,
    ),
    _part(
        "m_cancelled",
        _F,
        (55, 59),
        "menopause statin",
        (450, 97, 0),
        agenda=Agenda.CANCELLED,
        owner=False,
    ),
    _part(
        "m_thyroid",
        _F,
        (46, 50),
        "menopause hypothyroidism",
        (540, 38, 45),
        Case.RUNS_OUT,
        member=Enrolment(_OPTIMIZE, _ACTIVE, 16),
    ),
    _part(
        "m_inactive",
        _F,
        (49, 53),
        "menopause",
        (690, 410, 0),
        Case.INACTIVE,
        agenda=Agenda.ENDED,
        member=Enrolment(_ESSENTIAL, MembershipStatus.CANCELLED, 22),
    ),
    # Weight
    _part(
        "w_new_member",
        _F,
        (39, 43),
        "semaglutide prediabetes",
        (75, 16, 40),
        member=Enrolment(_OPTIMIZE, _ACTIVE, 1),
    ),
    _part(
        "w_accent",
        _M,
        (34, 38),
        "tirzepatide",
        (290, 30, 33),
        Case.ACCENT,
        Case.RUNS_OUT_AUTHORIZATION,
        owner=False,
    ),
    _part(
        "w_diabetes",
        _M,
        (52, 56),
        "semaglutide diabetes hypertension",
        (480, 7, 21),
        Case.HIGH_POTASSIUM,
        member=Enrolment(_OPTIMIZE, _ACTIVE, 15),
    ),
    _part(
        "w_missed",
        _F,
        (31, 35),
        "tirzepatide",
        (260, 96, 0),
        Case.NO_SMS,
        agenda=Agenda.MISSED,
        owner=False,
    ),
    _part(
        "w_paused",
        _F,
        (43, 47),
        "tirzepatide",
        (350, 85, 0),
        agenda=Agenda.UNBOOKED,
        member=Enrolment(_OPTIMIZE, MembershipStatus.PAUSED, 11),
    ),
    _part(
        "w_overdue",
        _F,
        (27, 31),
        "semaglutide",
        (410, 88, 0),
        agenda=Agenda.TOMORROW,
        undrawn=225,
        owner=False,
    ),
    _part(
        "w_cancelled_rebooked",
        _M,
        (58, 62),
        "tirzepatide statin",
        (520, 95, 15),
        Case.ORDERS_IN_MESSAGE,
        agenda=Agenda.CANCELLED_REBOOKED,
    ),
    _part("w_young", _F, (23, 27), "semaglutide", (150, 24, 36), owner=False),
    # Thyroid
    _part(
        "h_tomorrow",
        _F,
        (36, 40),
        "hypothyroidism",
        (455, 93, 0),
        agenda=Agenda.TOMORROW,
        member=Enrolment(_ESSENTIAL, _ACTIVE, 14),
    ),
    _part(
        "h_overdue",
        _F,
        (42, 46),
        "hypothyroidism liothyronine",
        (595, 70, 28),
        Case.RUNS_OUT_LABS,
        undrawn=220,
        owner=False,
    ),
    _part(
        "h_today",
        _F,
        (65, 69),
        "hypothyroidism hypertension",
        (670, 90, 0),
        agenda=Agenda.TODAY,
        member=Enrolment(_ESSENTIAL, _ACTIVE, 21),
    ),
    _part(
        "h_missed_rebooked",
        _M,
        (48, 52),
        "hypothyroidism",
        (375, 103, 9),
        agenda=Agenda.MISSED_REBOOKED,
    ),
    _part("h_new", _F, (29, 33), "thyroiditis", (35, 35, 22), owner=False),
    # Longevity
    _part(
        "l_infusions",
        _M,
        (64, 68),
        "longevity vitamin_d",
        (500, 47, 50),
        Case.INFUSIONS,
        member=Enrolment(_LONGEVITY, _ACTIVE, 16),
        owner=False,
    ),
    _part(
        "l_unused_benefit",
        _F,
        (57, 61),
        "longevity",
        (530, 142, 31),
        member=Enrolment(_LONGEVITY, _ACTIVE, 17),
    ),
    _part("l_overdue", _M, (69, 73), "longevity hypertension", (700, 66, 35), undrawn=410),
    _part(
        "l_deceased",
        _M,
        (77, 81),
        "longevity hypertension",
        (660, 190, 0),
        Case.DECEASED,
        agenda=Agenda.ENDED,
        member=Enrolment(_LONGEVITY, MembershipStatus.CANCELLED, 21),
        owner=False,
    ),
    _part(
        "l_injections",
        _F,
        (53, 57),
        "longevity vitamin_b12",
        (430, 12, 48),
        Case.INJECTIONS,
        Case.LOW_POTASSIUM,
        member=Enrolment(_LONGEVITY, MembershipStatus.CANCELLED, 13),
    ),
    # Aesthetics: no labs
    _part("a_package", _F, (41, 45), "aesthetics", (340, 29, 53), Case.OWES, owner=False),
    _part("a_desire", _F, (33, 37), "aesthetics desire", (210, 50, 42), Case.OWES),
    _part(
        "a_hair",
        _M,
        (26, 32),
        "hair",
        (390, 318, 0),
        Case.RUNS_OUT_VISIT,
        Case.OWES,
        agenda=Agenda.UNBOOKED,
        owner=False,
    ),
    _part("a_today", _F, (25, 29), "aesthetics", (120, 105, 0), agenda=Agenda.TODAY, owner=False),
)
