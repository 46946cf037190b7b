"""A clinic with rows for every tool to find, in which every word of its own is recognised again."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from models.base import ClinicRow
from models.patient import Patient
from tests import factories
from tests.mcp_server import rows
from tests.personas import Clinic


@dataclass(frozen=True)
class Furnished:
    """Three patients, and two or more of everything else; all its texts hold `word`."""

    clinic: Clinic
    word: str
    now: datetime
    birth_year: int
    patients: list[Patient] = field(default_factory=list[Patient])
    rows: list[ClinicRow] = field(default_factory=list[ClinicRow])

    @property
    def panel(self) -> str:
        return f"{self.word}_panel"

    @property
    def marker(self) -> str:
        """Out of range, and rising, with every patient."""
        return f"{self.word}-2"

    @property
    def ids(self) -> dict[str, UUID]:
        """One id of each kind that there is in the clinic, by what it is of."""
        people = {f"{p.role} (person)": p.user_id for p in self.clinic.people}
        credentials = {f"{p.role} (credential)": p.credential_id for p in self.clinic.people}
        of_rows = {type(row).__name__: row.id for row in self.rows}
        return {"tenant": self.clinic.tenant_id} | people | credentials | of_rows

    @property
    def weight(self) -> Decimal:
        """What every patient of this clinic weighs, and nobody else: vital signs hold no words."""
        return Decimal(f"{self.birth_year % 100}.{self.birth_year % 100}")

    @property
    def words(self) -> dict[str, str]:
        """Texts by which someone might look for something of this clinic."""
        first = self.patients[0]
        return {
            "name": f"{first.given_name} {first.family_name}",
            "mrn": first.mrn,
            "birth date": str(first.birth_date),
            "phone": str(first.phone),
            "e-mail": str(first.email),
            "panel": self.panel,
        }

    @property
    def marks(self) -> list[str]:
        """What betrays this clinic wherever it is found."""
        ids = {*self.ids.values(), *(row.id for row in self.rows)}
        return [self.word, str(self.weight), *(str(i) for i in ids), *self.words.values()]


def furnish(clinic: Clinic, word: str, now: datetime, birth_year: int) -> Furnished:
    """Says what is in the clinic; nothing is saved yet. `word` is of letters."""
    made = Furnished(clinic, word, now, birth_year)
    panel = rows.panel(clinic.tenant_id, made.panel, (f"{word}-1",), optional=f"{word}-2")
    made.rows.extend([*panel, rows.interval(panel[0], f"{word}_interval", [f"{word}-drug"])])
    for number in range(3):
        patient = _patient(made, number)
        made.patients.append(patient)
        made.rows.extend([patient, *_chart(patient, made, number)])
    made.rows.sort(key=lambda row: type(row).__name__ != "Patient")
    return made


def _patient(made: Furnished, number: int) -> Patient:
    word = made.word
    return rows.patient(
        made.clinic.tenant_id,
        f"{word.title()} Family{'abc'[number]}",
        mrn=f"{word.upper()}-{number}",
        birth_date=factories.DAY.replace(year=made.birth_year, month=5 + number),
        phone=f"+1{made.birth_year}555010{number}",
        email=f"{word}{number}@example.test",
        address_line=f"{number} {word} street",
        city=word,
        preferred_name=word,
        primary_provider_id=made.clinic.provider.user_id,
    )


def _chart(patient: Patient, made: Furnished, number: int) -> list[ClinicRow]:
    word, now, staff = made.word, made.now, made.clinic.provider.user_id
    owner = made.clinic.owner
    before = [now - timedelta(days=400 + number, minutes=minute) for minute in range(3)]
    after = [now + timedelta(hours=hour, minutes=number) for hour in (1, 30)]
    started = (now - timedelta(days=500)).date()
    labs = [
        factories.lab_result(
            patient,
            loinc=f"{word}-{marker}",
            label=f"{word} marker {marker}",
            collected_at=at,
            unit=word,
        )
        for marker in (1, 2)
        for at in before
    ]
    recent = [
        factories.lab_result(
            patient,
            loinc=f"{word}-2",
            label=f"{word} marker 2",
            value=Decimal(9 - month),
            collected_at=now - timedelta(days=30 * month, minutes=number),
            unit=word,
        )
        for month in (1, 2, 3, 4)
    ]
    visit = rows.encounter(patient, before[0], type_label=f"{word} visit")
    drugs = [
        rows.medication(
            patient,
            f"{word} drug {n}",
            ingredient_rxnorm=f"{word}-drug",
            started_on=started,
            prescriber_id=staff,
            route_label=word,
            frequency_label=word,
            supply_days=30,
        )
        for n in range(3)
    ]
    visits = [
        rows.appointment(
            patient,
            at,
            provider_id=staff,
            status="proposed",
            type_label=f"{word} visit",
            reason_system="ICD-10-CM",
            reason_code=f"{word}-r",
            reason_label=f"{word} reason",
        )
        for at in after
    ]
    return [
        *labs,
        *recent,
        *drugs,
        *visits,
        *(rows.vital(patient, at, weight_kg=made.weight) for at in before),
        visit,
        rows.diagnosis(visit, f"{word}-d", f"{word} diagnosis"),
        rows.order(visit, f"{word}-o", f"{word} order"),
        *(rows.condition(patient, f"{word}-c{n}") for n in range(3)),
        *(rows.allergy(patient, f"{word} allergen {n}") for n in range(3)),
        *(rows.note(patient, at, plan=f"{word} is well.") for at in before),
        *(rows.intake_form(patient, at, sleep=f"{word} sleeps well.") for at in before),
        rows.encounter(patient, before[0], follow_up_due_on=started, provider_name=word),
        *(rows.inbox_item(patient, at, subject=word, body=f"{word} asks") for at in before),
        rows.condition(patient, f"{word}-c"),
        rows.appointment(patient, before[0], status="noshow", type_label=f"{word} visit"),
        rows.appointment(patient, after[0], status="cancelled", type_label=f"{word} visit"),
        rows.lead(patient.tenant_id, now),
        *factories.finances(patient, staff),
        rows.coverage(patient, f"{word} payer", member_id=f"{word}-member"),
        rows.consent(patient, "sms", granted=True, decided_at=before[0]),
        rows.consent(patient, "portal_messages", granted=True, decided_at=before[0]),
        rows.proposal(patient, owner.user_id, owner.credential_id, created_at=before[0]),
        *rows.membership(patient, f"{word} plan {number}"),
    ]
