"""How much a client reads: an answer beside the resources that hold the same, as FHIR JSON.

The resources are those that Synthea made for twelve patients, without a space between their parts,
and only those of which rows were made. Nothing is measured where they are not beside the tree.
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from bench.answers import Furnished, called, size
from bench.ground import Ground
from models.permission import Role
from services.database import operator
from services.database.catalogue import clinic_tables
from services.database.pool import Pool
from services.exchange.fhir_import.run import JOB, import_files
from services.settings import PROJECT

SYNTHEA: Final = PROJECT.parent / "shared" / "data" / "synthea-r4"
PART: Final = 10
"""The goal: at most so much of the resources' size, one to."""

Resource = Mapping[str, Any]
Record = list[Resource]
"""What a patient's bundle holds."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a tool answers of all twelve, on all its pages, and what holds the same."""

    tool: str
    answers: int
    """Bytes."""
    resources: int
    """Bytes."""
    count: int
    """Resources."""

    @property
    def row(self) -> str:
        """A line of a Markdown table."""
        times = self.resources / self.answers
        met = "yes" if times >= PART else "no"
        return (
            f"| `{self.tool}` | {self.count} | {self.resources:,} | {self.answers:,} "
            f"| 1 : {times:.1f} | {met} |"
        )


Same = Callable[[Resource], bool]


def _of_type(name: str) -> Same:
    return lambda resource: resource["resourceType"] == name


def _observation(category: str) -> Same:
    def chosen(resource: Resource) -> bool:
        codings = [c for each in resource.get("category", []) for c in each.get("coding", [])]
        return resource["resourceType"] == "Observation" and any(
            coding.get("code") == category for coding in codings
        )

    return chosen


_VITAL_SIGN: Final = _observation("vital-signs")


def _all(same: Same) -> Callable[[Record], Record]:
    return lambda record: [each for each in record if same(each)]


def _last_visit(record: Record) -> Record:
    visits = _all(_of_type("Encounter"))(record)
    last = max(visits, key=lambda visit: datetime.fromisoformat(visit["period"]["start"]))
    its = [each for each in record if _encounter(each).endswith(last["id"])]
    return [last, *(each for each in its if each["resourceType"] in _OF_A_VISIT)]


def _encounter(resource: Resource) -> str:
    """What a resource says of the visit that it belongs to."""
    held = resource.get("encounter") or resource.get("context") or {}
    return held.get("reference", "")


_SAME: Final[Mapping[str, Callable[[Record], Record]]] = {
    "get_patient": _all(_of_type("Patient")),
    "get_labs": _all(_observation("laboratory")),
    "get_vitals": _all(_VITAL_SIGN),
    "get_problem_list": _all(_of_type("Condition")),
    "get_medications": _all(_of_type("MedicationRequest")),
    "get_visit_facts": _last_visit,
}
_OF_A_VISIT: Final = frozenset(("Observation", "Condition", "MedicationRequest"))
_WIDEST: Final[Mapping[str, Any]] = {"get_medications": {"active_only": False}}


def report(ground: Ground, port: int, furnished: Furnished) -> Iterator[str]:
    """Lines of Markdown; the sandbox holds the twelve patients behind them."""
    if not SYNTHEA.is_dir():
        yield "- Answers beside FHIR JSON: not measured, the Synthea patients are not here."
        return
    bundles = {path: _resources(path) for path in sorted(SYNTHEA.glob("*.json"))}
    asyncio.run(_take_in(ground, furnished, list(bundles)))
    patients = _taken(ground, furnished, bundles.values())
    yield ""
    yield "| tool, of 12 patients | resources | bytes as FHIR JSON | of our answers | | goal met |"
    yield "|---|--:|--:|--:|--:|---|"
    for tool in _SAME:
        yield _beside(tool, patients, port, furnished.tokens[Role.OWNER]).row


def _resources(path: Path) -> Record:
    return [entry["resource"] for entry in json.loads(path.read_bytes())["entry"]]


async def _take_in(ground: Ground, furnished: Furnished, files: Sequence[Path]) -> None:
    owner, worker = Pool(ground.owner_url, size=1), Pool(ground.worker_url, size=1)
    try:
        job = await operator.enqueue(owner, furnished.sandbox.tenant_id, JOB)
        if not (await import_files(worker, job, files)).complete:
            raise RuntimeError("The Synthea patients were not taken in.")
    finally:
        await owner.close()
        await worker.close()


def _taken(ground: Ground, furnished: Furnished, bundles: Iterable[Record]) -> dict[str, Record]:
    """By the id of a patient, the resources of which there is a row."""
    tenant_id = furnished.sandbox.tenant_id
    query = sql.SQL(" UNION ").join(
        sql.SQL("SELECT source_id, id FROM {} WHERE tenant_id = %(tenant_id)s").format(
            sql.Identifier("app", table.name)
        )
        for table in clinic_tables().values()
        if "source_id" in table.columns
    )
    with psycopg.connect(ground.owner_url) as connection:
        rows = dict(connection.execute(query, {"tenant_id": tenant_id}).fetchall())
    taken: dict[str, Record] = {}
    for bundle in bundles:
        (patient,) = filter(_of_type("Patient"), bundle)
        taken[str(rows[_source(patient)])] = [
            each for each in bundle if _source(each) in rows or _VITAL_SIGN(each)
        ]
    return taken


def _source(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _beside(tool: str, taken: Mapping[str, Record], port: int, token: str) -> Beside:
    answers = sum(
        size(page) for patient_id in taken for page in _pages(tool, patient_id, port, token)
    )
    same = [each for record in taken.values() for each in _SAME[tool](record)]
    return Beside(tool, answers, sum(map(size, same)), len(same))


def _pages(tool: str, patient_id: str, port: int, token: str) -> Iterator[Mapping[str, Any]]:
    given = {"patient_id": patient_id, **_WIDEST.get(tool, {})}
    page = called(port, token, tool, given)
    yield page
    while cursor := page.get("next_cursor"):
        page = called(port, token, tool, {**given, "cursor": cursor})
        yield page
