"""What happens to one patient, as far as it is written."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from models.appointment import Appointment
from models.encounter import Encounter
from models.growth import Membership
from models.lab import LabResult
from models.medication import Medication
from models.patient import Patient
from models.vital import Vital
from services.onboarding.synthetic_clinic.care_plans import CARE_PLANS, CarePlan
from services.onboarding.synthetic_clinic.codes import Coding
from services.onboarding.synthetic_clinic.parts import Agenda, Case, Part


@dataclass(frozen=True, slots=True)
class VisitKind:
    """What a visit is for."""

    type: Coding
    minutes: int
    telehealth: bool = False
    by_nurse: bool = False


@dataclass(slots=True)
class Visit:
    """A visit in the diary. It has an encounter once the patient was seen."""

    kind: VisitKind
    day: date
    appointment: Appointment
    encounter: Encounter | None
    draws: bool
    vital: Vital | None = None


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A dose that was taken from a day on, until the next or the end."""

    started_on: date
    effect: float


@dataclass(slots=True)
class TakenCourse:
    """A drug as it was really taken."""

    ingredient: str
    steps: list[TakenStep]
    stopped_on: date | None


@dataclass(slots=True)
class Story:
    """One patient's story."""

    part: Part
    patient: Patient
    provider_id: UUID
    visits: list[Visit] = field(default_factory=list["Visit"])
    medications: list[Medication] = field(default_factory=list["Medication"])
    courses: list[TakenCourse] = field(default_factory=list["TakenCourse"])
    membership: Membership | None = None
    results: list[LabResult] = field(default_factory=list["LabResult"])

    @property
    def plans(self) -> list[CarePlan]:
        """What the patient is treated for; the first is what he came for."""
        return [CARE_PLANS[key] for key in self.part.plans]

    @property
    def plan(self) -> CarePlan:
        """What the patient came for."""
        return self.plans[0]

    @property
    def seen(self) -> list[Visit]:
        """Visits that took place, oldest first."""
        return [visit for visit in self.visits if visit.encounter is not None]

    @property
    def in_care(self) -> bool:
        """Whether the clinic still treats this patient."""
        return self.part.agenda is not Agenda.ENDED

    def has(self, case: Case) -> bool:
        """Whether this part shows the case."""
        return case in self.part.cases

    def age_on(self, day: date) -> int:
        """Whole years."""
        born = self.patient.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    @property
    def ended_on(self) -> date | None:
        """The last day of care, where there is one."""
        if self.patient.deceased_on:
            return self.patient.deceased_on
        return None if self.in_care else self.seen[-1].day + timedelta(days=30)
