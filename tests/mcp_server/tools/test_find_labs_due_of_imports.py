"""find_labs_due for imported charts: product codes, problems in SNOMED CT, and what stays dark.

The clinic has the protocols that every clinic starts with.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from services.clinical import lab_protocol_rows
from services.database import operator
from services.database.pool import Pool
from services.exchange.fhir_import.report import ImportReport
from services.exchange.fhir_import.run import JOB, import_files
from tests.ground import OWNER, WORKER, Database
from tests.mcp_server.endpoint import Endpoint
from tests.mcp_server.tools.thyroid_house import LATE_EVENING, TODAY, Ask, Write, days
from tests.personas import Clinic
from tests.services.exchange.records import (
    Resource,
    bundle,
    coded,
    condition,
    lab,
    medication,
    patient,
    quantity,
)

pytestmark = pytest.mark.anyio

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED_CT = "http://snomed.info/sct"

Import = Callable[..., Awaitable[ImportReport]]


@pytest.fixture
def house(clinic_at: Callable[[str], Clinic], write: Write) -> Clinic:
    clinic = clinic_at(LATE_EVENING)
    write(*lab_protocol_rows.rows(clinic.tenant_id))
    return clinic


@pytest.fixture
async def take(database: Database, house: Clinic, tmp_path: Path) -> AsyncGenerator[Import]:
    """Imports a bundle with one patient, as `moonshot import-fhir` does."""
    owner, worker = Pool(database.url(OWNER), size=1), Pool(database.url(WORKER), size=1)

    async def take(*resources: Resource) -> ImportReport:
        path = tmp_path / "chart.json"
        path.write_text(json.dumps(bundle(patient(), *resources)))
        job = await operator.enqueue(owner, house.tenant_id, JOB)
        report = await import_files(worker, job, [path])
        assert report.complete
        return report

    yield take
    await owner.close()
    await worker.close()


def prescribed(code: str, display: str | None = None, **over: Any) -> Resource:
    """A product of RxNorm, taken for a hundred days."""
    given: dict[str, Any] = {
        "medicationCodeableConcept": coded(RXNORM, code, display),
        "authoredOn": str(TODAY - days(100)),
    }
    return medication(**given | over)


def problem(code: str, **over: Any) -> Resource:
    since = {"onsetDateTime": str(TODAY - days(100))}
    return condition(code=coded(SNOMED_CT, code, "A problem"), **since | over)


def unseen(report: ImportReport) -> list[tuple[str, str, str, str | None, int]]:
    return [
        (code.resource_type, code.system, code.code, code.name, number)
        for code, number in report.most_unseen()[0]
    ]


def told(ask: Ask, clinic: Clinic) -> list[tuple[str, str]]:
    found = ask(clinic, "find_labs_due", within_days=180)["due"]
    assert all(due["patient"] == "Ottoline Quillfeather" for due in found)
    return [(due["panel"], due["because"]) for due in found]


@pytest.mark.promise("6.find-labs-due.imports")
async def test_a_chart_with_a_product_code_alone_is_listed_until_it_was_drawn(
    take: Import, house: Clinic, ask: Ask
) -> None:
    report = await take(prescribed("966222"))
    assert unseen(report) == []
    (due,) = ask(house, "find_labs_due")["due"]
    assert (due["panel"], due["because"]) == ("thyroid", "Thyroid hormone replacement")
    assert (due["due"], due["days_overdue"]) == (str(TODAY - days(44)), 44)
    drawn: dict[str, Any] = {
        "code": coded("http://loinc.org", "3016-3", "TSH"),
        "valueQuantity": quantity(2.1, "m[IU]/L"),
    }
    await take(lab(effectiveDateTime=f"{TODAY - days(10)}T10:00:00-04:00", **drawn))
    assert ask(house, "find_labs_due")["due"] == []


NAMED = {
    "Atorvastatin 80 MG Oral Tablet": "lipids",
    "amlodipine 5 MG / atorvastatin 10 MG Oral Tablet [Caduet]": "lipids",
    "rosuvastatin calcium 20 MG Oral Tablet": "lipids",
    "estradiol 1 MG / norethindrone acetate 0.5 MG Oral Tablet": "lipids",
    "84 HR estradiol 0.00417 MG/HR Transdermal System": "lipids",
    "Levothyroxine Sodium 0.05 MG Oral Tablet [Synthroid]": "thyroid",
    "1 ML testosterone enanthate 200 MG/ML Injection": "testosterone",
    "60 ACTUAT testosterone 20.25 MG/ACTUAT Topical Gel": "testosterone",
    "0.25 MG, 0.5 MG Dose 1.5 ML semaglutide 1.34 MG/ML Pen Injector [Ozempic]": "weight_loss",
    "NDA215866 0.5 ML tirzepatide 30 MG/ML Auto-Injector": "weight_loss",
    "liothyronine": "thyroid",
    "thyroid (USP) 60 MG Oral Tablet [Armour Thyroid]": "thyroid",
    "simvastatin 20 MG Oral Tablet": "lipids",
    "pravastatin sodium 40 MG Oral Tablet": "lipids",
    "24 HR lovastatin 40 MG Extended Release Oral Tablet": "lipids",
    "fluvastatin 20 MG Oral Capsule": "lipids",
    "pitavastatin calcium 2 MG Oral Tablet": "lipids",
    "ezetimibe 10 MG / simvastatin 40 MG Oral Tablet": "lipids",
    "1 ML estradiol valerate 20 MG/ML Injection": "lipids",
}
"""Names as RxNorm writes them, under a code that nobody knows."""


@pytest.mark.parametrize("display", NAMED)
async def test_a_product_is_known_by_the_name_that_rxnorm_gives_it(
    display: str, take: Import, house: Clinic, ask: Ask
) -> None:
    report = await take(prescribed("99999999", display))
    assert unseen(report) == []
    assert [panel for panel, _ in told(ask, house)] == [NAMED[display]]


@pytest.mark.parametrize(
    "display",
    [
        None,
        "methyltestosterone 10 MG Oral Capsule",
        "ethinyl estradiol 0.02 MG / norethindrone 1 MG Oral Tablet",
        "testosterone-like cream 5 MG/ML",
        "Take levothyroxine 75 in the morning",
        "Klonopin",
        "lisinopril 10 MG Oral Tablet",
        "{21 (estradiol 1 MG Oral Tablet) } Pack",
        "estradiol 0.1 MG/GM Vaginal Cream",
        "estradiol 0.01 MG Vaginal Insert [Vagifem]",
    ],
)
async def test_a_product_that_is_not_known_is_counted_and_never_guessed(
    display: str | None, take: Import, house: Clinic, ask: Ask
) -> None:
    report = await take(prescribed("99999999", display))
    assert unseen(report) == [("MedicationRequest", "RxNorm", "99999999", display, 1)]
    assert told(ask, house) == []


async def test_words_beside_the_code_are_not_the_name_of_the_product(
    take: Import, house: Clinic, ask: Ask
) -> None:
    concept = coded(RXNORM, "99999999") | {"text": "levothyroxine 75 ug"}
    report = await take(prescribed("99999999", medicationCodeableConcept=concept))
    assert unseen(report) == [("MedicationRequest", "RxNorm", "99999999", None, 1)]
    assert told(ask, house) == []


async def test_any_of_a_product_s_codes_may_tell_its_ingredient(
    take: Import, house: Clinic, ask: Ask
) -> None:
    codings = [{"system": RXNORM, "code": code} for code in ("99999999", "10582")]
    await take(prescribed("99999999", medicationCodeableConcept={"coding": codings}))
    assert told(ask, house) == [("thyroid", "Thyroid hormone replacement")]


async def test_what_is_no_longer_taken_or_had_is_not_counted(take: Import) -> None:
    over = prescribed("99999999", status="stopped")
    gone = problem("195662009", clinicalStatus=coded("", "resolved"))
    report = await take(over, gone)
    assert report.total.taken.keys() == {"Patient", "MedicationRequest", "Condition"}
    assert unseen(report) == []


PROBLEMS = {
    "44054006": ("metabolic", "Type 2 diabetes"),
    "714628002": ("metabolic", "Prediabetes"),
    "15777000": ("metabolic", "Prediabetes"),
    "34713006": ("vitamins", "Vitamin D or B12 deficiency"),
    "190634004": ("vitamins", "Vitamin D or B12 deficiency"),
}


@pytest.mark.promise("6.find-labs-due.imports")
@pytest.mark.parametrize("code", PROBLEMS)
async def test_a_problem_in_snomed_ct_is_a_reason_and_stays_as_it_was_recorded(
    code: str, take: Import, house: Clinic, ask: Ask, connect: Callable[[str], Any]
) -> None:
    report = await take(problem(code))
    assert unseen(report) == []
    assert told(ask, house) == [PROBLEMS[code]]
    recorded = connect(OWNER).execute(
        "SELECT system, code FROM app.conditions WHERE tenant_id = %s", [house.tenant_id]
    )
    assert recorded.fetchall() == [("SNOMED CT", code)]


@pytest.mark.parametrize("code", ["46635009", "440540061", "440540"])
async def test_a_problem_that_is_not_known_is_counted_and_never_guessed(
    code: str, take: Import, house: Clinic, ask: Ask
) -> None:
    report = await take(problem(code))
    assert unseen(report) == [("Condition", "SNOMED CT", code, "A problem", 1)]
    assert told(ask, house) == []


async def test_taking_a_chart_again_fills_in_what_an_earlier_import_did_not_know(
    take: Import, house: Clinic, ask: Ask, connect: Callable[[str], Any]
) -> None:
    await take(prescribed("966222"))
    connect(OWNER).execute(
        "UPDATE app.medications SET ingredient_rxnorm = NULL WHERE tenant_id = %s",
        [house.tenant_id],
    )
    assert told(ask, house) == []
    report = await take(prescribed("966222"))
    assert report.total.taken["MedicationRequest"] == {"changed": 1}
    assert told(ask, house) == [("thyroid", "Thyroid hormone replacement")]


def since(number: int, **over: Any) -> Resource:
    """A prescription of the same tablets, so many days ago."""
    return prescribed("966222", id=f"m{number}", authoredOn=str(TODAY - days(number)), **over)


def drawn(number: int) -> Resource:
    return lab(
        code=coded("http://loinc.org", "3016-3", "TSH"),
        valueQuantity=quantity(2, "m[IU]/L"),
        effectiveDateTime=f"{TODAY - days(number)}T13:00:00Z",
    )


async def test_a_prescription_that_ended_nobody_knows_when_makes_no_gap_before_the_next(
    take: Import, house: Clinic, ask: Ask
) -> None:
    await take(since(760, status="stopped"), since(30), drawn(700))
    (due,) = ask(house, "find_labs_due")["due"]
    assert (due["last_drawn"], due["days_overdue"]) == (str(TODAY - days(700)), 520)


@pytest.mark.parametrize(("supply", "overdue"), [(350, 20), (289, None)])
async def test_a_prescription_lasts_as_long_as_its_supply_even_if_another_came_between(
    supply: int, overdue: int | None, take: Import, house: Clinic, ask: Ask
) -> None:
    dispense = {"expectedSupplyDuration": quantity(supply, "d")}
    ended = {
        "dosageInstruction": [
            {
                "timing": {
                    "repeat": {
                        "boundsPeriod": {
                            "start": str(TODAY - days(390)),
                            "end": str(TODAY - days(380)),
                        }
                    }
                }
            }
        ]
    }
    await take(
        since(400, status="stopped", dispenseRequest=dispense),
        since(390, status="stopped", **ended),
        since(50),
        drawn(200),
    )
    found = ask(house, "find_labs_due", within_days=14)["due"]
    assert [due.get("days_overdue") for due in found] == [overdue]


async def test_the_tool_says_that_it_does_not_see_everything(
    house: Clinic, endpoint: Endpoint
) -> None:
    listed = endpoint.ask("tools/list", token=house.provider.token.text).result
    (tool,) = [t for t in listed["tools"] if t["name"] == "find_labs_due"]
    assert "imported drugs of unknown ingredient" in tool["description"]
    assert "SNOMED CT" in tool["description"]
