"""What is written together: references are checked, then each table takes its rows at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from models.base import ChartRow
from models.encounter import Encounter
from models.patient import Patient
from services.database.session import ClinicSession
from services.database.statement import statement
from services.exchange.fhir_import.kinds import KINDS
from services.exchange.fhir_import.mapping import Context, Mapped
from services.exchange.fhir_import.refusal import FileRefused
from services.exchange.fhir_import.report import Note, Reason, Skipped, Tally
from services.exchange.fhir_import.writers import Writers, existing

# Locked in one order, so that two imports of the same patients follow each other.
_PATIENTS = statement("SELECT id FROM patients WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_ENCOUNTERS = statement("SELECT id, patient_id FROM encounters WHERE id = ANY(:ids)")
_APPOINTMENTS = statement("SELECT id, patient_id FROM appointments WHERE id = ANY(:ids)")
_RECORD_NUMBERS = statement("SELECT mrn, id FROM patients WHERE mrn = ANY(:numbers)")


class Store:
    """One file's way into the tables, in one transaction."""

    def __init__(self, session: ClinicSession, tally: Tally) -> None:
        self._session = session
        self._tally = tally
        self._patients: set[UUID] = set()
        """Known to be there."""
        self._skipped_patients: set[str] = set()
        self._writers = Writers(session)

    async def put(self, mapped: Sequence[Mapped], skipped: Sequence[Context]) -> None:
        """Write resources of one rank, and count each; FileRefused for an unknown patient."""
        self._skipped_patients.update(c.source_id for c in skipped if c.resource_type == "Patient")
        await self._note_stale(skipped)
        await self._refuse_known_numbers(mapped)
        known = await self._with_known_patient(mapped)
        await self._check_visits(known)
        by_table: defaultdict[str, list[Mapped]] = defaultdict(list)
        for one in known:
            by_table[type(one.row).__name__].append(one)
        for of_table in by_table.values():
            await self._write(of_table)

    async def _write(self, mapped: Sequence[Mapped]) -> None:
        outcomes = await self._writers.put(mapped)
        for one, outcome in zip(mapped, outcomes, strict=True):
            resource_type = one.context.resource_type
            if isinstance(outcome, Reason):
                self._tally.skip(resource_type, Skipped(outcome))
                continue
            self._tally.take(resource_type, outcome)
            self._tally.note(resource_type, one.context.notes)
            if one.context.unseen:
                self._tally.miss(one.context.unseen)
            if isinstance(one.row, Patient):
                self._patients.add(one.row.id)

    async def _with_known_patient(self, mapped: Sequence[Mapped]) -> list[Mapped]:
        wanted = {one.row.patient_id for one in mapped if isinstance(one.row, ChartRow)}
        if missing := wanted - self._patients:
            rows = await self._session.rows(_PATIENTS, ids=list(missing))
            self._patients.update(patient_id for (patient_id,) in rows)
        return [one for one in mapped if self._is_known(one)]

    def _is_known(self, one: Mapped) -> bool:
        if not isinstance(one.row, ChartRow) or one.row.patient_id in self._patients:
            return True
        context = one.context
        if context.patient_source in self._skipped_patients:
            self._tally.skip(context.resource_type, Skipped(Reason.PATIENT_SKIPPED))
            return False
        raise FileRefused(
            "refers to a patient who is neither in this file nor was imported before. "
            "Import that patient first.",
            place=context.place,
            path=context.patient_path,
        )

    async def _check_visits(self, mapped: Sequence[Mapped]) -> None:
        """Leave out a visit that is not there, or is another patient's."""
        await self._check(mapped, "encounter_id", Note.NO_ENCOUNTER)
        visits = [one for one in mapped if isinstance(one.row, Encounter)]
        await self._check(visits, "appointment_id", Note.NO_APPOINTMENT)

    async def _check(self, mapped: Sequence[Mapped], column: str, absent: Note) -> None:
        wanted = {i for one in mapped if (i := getattr(one.row, column, None)) is not None}
        if not wanted:
            return
        question = _ENCOUNTERS if absent is Note.NO_ENCOUNTER else _APPOINTMENTS
        rows = await self._session.rows(question, ids=list(wanted))
        patient_of = dict[UUID, UUID](rows)  # pyright: ignore[reportArgumentType] -- pairs
        for one in mapped:
            visit = getattr(one.row, column, None)
            patient = patient_of.get(visit) if visit else None
            if visit is None or (isinstance(one.row, ChartRow) and patient == one.row.patient_id):
                continue
            setattr(one.row, column, None)
            one.context.notes.append(absent if patient is None else Note.OTHER_PATIENT)

    async def _refuse_known_numbers(self, mapped: Sequence[Mapped]) -> None:
        """A record number is one patient's: a second one is a question for a person."""
        patients = [(one, one.row) for one in mapped if isinstance(one.row, Patient)]
        if not patients:
            return
        numbers = list({row.mrn for _, row in patients})
        rows = await self._session.rows(_RECORD_NUMBERS, numbers=numbers)
        owner = {str(number): patient_id for number, patient_id in rows}
        for one, row in patients:
            if owner.setdefault(row.mrn, row.id) != row.id:
                raise FileRefused(
                    "another patient of this clinic has the same medical record number.",
                    place=one.context.place,
                    path="identifier",
                )

    async def _note_stale(self, skipped: Iterable[Context]) -> None:
        """Say of what is skipped now that it had been taken: nothing is deleted here."""
        by_type: defaultdict[str, list[UUID]] = defaultdict(list)
        for context in skipped:
            by_type[context.resource_type].append(context.id)
        for resource_type, ids in by_type.items():
            there = await existing(self._session, KINDS[resource_type].table, ids)
            self._tally.note(resource_type, [Note.STALE] * len(there))
