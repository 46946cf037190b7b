"""What an assistant proposes lies in the queue, or is held while untrusted text counts."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection, errors

from models.patient import Patient
from models.permission import GRANTS, Permission, Role
from models.vocabulary import DraftKind
from services.database.statement import statement
from services.drafts import proposals
from services.drafts.kind import digest
from services.errors import InvalidInput, NotFound, NotPermitted
from tests import factories
from tests.conftest import Clock
from tests.ground import APP, OWNER
from tests.mcp_server import people, rows
from tests.personas import Clinic
from tests.services.drafts.conftest import SOAP, Acts

pytestmark = pytest.mark.anyio

SMS = {"channel": "sms", "body": "Please call us to book your visit."}
PORTAL = {"channel": "portal", "body": "Please call us to book your visit."}
KINDS = {
    DraftKind.CHART_NOTE: (SOAP, Permission.DRAFT_CHARTS),
    DraftKind.MESSAGE: (SMS, Permission.DRAFT_MESSAGES),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", DraftKind)
async def test_who_may_propose_may_and_nobody_else(
    acts: Acts, clinic: Clinic, patient: Patient, role: Role, kind: DraftKind
):
    words, permission = KINDS[kind]
    person = getattr(clinic, role)
    if permission not in GRANTS[role]:
        with pytest.raises(NotPermitted):
            await acts.propose(person, patient, words)
        assert acts.all("pending_actions", clinic) == []
        return
    proposed = await acts.propose(person, patient, words)
    assert not proposed.held
    by = (person.user_id, person.credential_id)
    columns = "id, kind, status, patient_id, proposed, payload, proposed_by, credential_id"
    assert acts.all("pending_actions", clinic, columns) == [
        (proposed.id, kind, "pending", patient.id, words, words, *by)
    ]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", DraftKind)
def test_the_database_itself_knows_who_may_propose(
    connect: Callable[[str], Connection[Any]],
    clinic: Clinic,
    patient: Patient,
    role: Role,
    kind: DraftKind,
):
    app = connect(APP)
    with app.transaction(force_rollback=True):
        app.execute("SELECT app.begin_request(%s)", [getattr(clinic, role).token_hash])
        asked = (uuid4(), kind, patient.id)
        proposing = "SELECT app.propose(%s, %s, %s, null, '{}', 'x', null, '{}')"
        if KINDS[kind][1] in GRANTS[role]:
            assert app.execute(proposing, asked).fetchone()
        else:
            with pytest.raises(errors.InsufficientPrivilege):
                app.execute(proposing, asked)


async def test_a_credential_that_only_reads_proposes_nothing(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Callable[[str], Connection[Any]]
):
    credential_id, token = people.mint(connect(APP), clinic.provider, read_only=True)
    del credential_id
    app = connect(APP)
    with app.transaction(force_rollback=True):
        app.execute("SELECT app.begin_request(%s)", [token.hash])
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(
                "SELECT app.propose(%s, 'chart_note_draft', %s, null, '{}', 'x', null, '{}')",
                [uuid4(), patient.id],
            )
    assert acts.all("pending_actions", clinic) == []


async def test_a_person_proposes_nothing_and_a_credential_writes_no_row_by_itself(
    connect: Callable[[str], Connection[Any]], clinic: Clinic, patient: Patient
):
    app = connect(APP)
    with app.transaction(force_rollback=True):
        app.execute("SELECT app.begin_session(%s)", [clinic.provider.session_hash])
        with pytest.raises(errors.InsufficientPrivilege):
            app.execute(
                "SELECT app.propose(%s, 'chart_note_draft', %s, null, '{}', 'x', null, '{}')",
                [uuid4(), patient.id],
            )
    for begin in (("begin_request", "token_hash"), ("begin_session", "session_hash")):
        for table in ("pending_actions", "held_proposals", "mcp_taints"):
            with app.transaction(force_rollback=True):
                app.execute(
                    f"SELECT app.{begin[0]}(%s)".encode(), [getattr(clinic.provider, begin[1])]
                )
                with pytest.raises(errors.InsufficientPrivilege, match="permission denied"):
                    app.execute(f"INSERT INTO app.{table} (id) VALUES (%s)".encode(), [uuid4()])


async def test_after_untrusted_text_it_is_held_and_stands_in_no_queue(
    acts: Acts, clinic: Clinic, patient: Patient
):
    taint = acts.taint(clinic, clinic.provider)
    proposed = await acts.propose(clinic.provider, patient)
    assert (proposed.held, proposed.taint_ids) == (True, [taint])
    assert acts.all("pending_actions", clinic) == []
    columns = "id, status, payload, payload_sha256, proposed_by, taint_ids"
    assert acts.all("held_proposals", clinic, columns) == [
        (proposed.id, "held", SOAP, digest(SOAP), clinic.provider.user_id, [taint])
    ]
    other = await acts.propose(clinic.nurse, patient)
    assert not other.held, "what another person's assistant read does not count"


async def test_the_taint_of_any_credential_of_the_person_counts(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Callable[[str], Connection[Any]]
):
    _, token = people.mint(connect(APP), clinic.provider)
    acts.taint(clinic, clinic.provider)
    app = connect(APP)
    with app.transaction(force_rollback=True):
        app.execute("SELECT app.begin_request(%s)", [token.hash])
        found = app.execute(
            "SELECT held FROM app.propose(%s, 'chart_note_draft', %s, null, '{}', 'x', null, '{}')",
            [uuid4(), patient.id],
        ).fetchone()
    assert found == (True,)


@pytest.mark.parametrize(
    ("ago", "held"), [("11 hours 59 minutes 50 seconds", True), ("12 hours", False)]
)
async def test_a_taint_counts_for_twelve_hours(
    acts: Acts, clinic: Clinic, patient: Patient, ago: str, *, held: bool
):
    acts.taint(clinic, clinic.provider, ago=ago)
    assert (await acts.propose(clinic.provider, patient)).held is held


async def test_a_new_conversation_clears_one_s_own_credential_alone(
    acts: Acts, clinic: Clinic, patient: Patient
):
    acts.taint(clinic, clinic.provider)
    acts.taint(clinic, clinic.nurse)
    credential = clinic.provider.credential_id

    async def begin(by: Any, of: Any) -> None:
        await acts.person(by, lambda session: proposals.begin_conversation(session, of))

    for stranger in (clinic.nurse, clinic.owner):
        with pytest.raises(NotFound):
            await begin(stranger, credential)
    with pytest.raises(errors.InsufficientPrivilege):
        await acts.assistant(clinic.provider, lambda c: proposals.begin_conversation(c, credential))
    await begin(clinic.provider, credential)
    assert not (await acts.propose(clinic.provider, patient)).held
    assert (await acts.propose(clinic.nurse, patient)).held
    events = acts.all("security_events", clinic, "kind, user_id, subject_id")
    assert ("conversation_begun", clinic.provider.user_id, credential) in events


@pytest.mark.parametrize("tainted", [False, True])
async def test_a_retry_finds_what_is_there(
    acts: Acts, clinic: Clinic, patient: Patient, clock: Clock, *, tainted: bool
):
    if tainted:
        acts.taint(clinic, clinic.provider)
    first = await acts.propose(clinic.provider, patient, client_request_id="one")
    assert await acts.propose(clinic.provider, patient, client_request_id="one") == first
    with pytest.raises(InvalidInput, match="client_request_id"):
        await acts.propose(clinic.provider, patient, {"plan": "Another."}, client_request_id="one")
    assert (await acts.propose(clinic.provider, patient)).id == first.id, "the same words"
    clock.move(timedelta(minutes=10))
    again = await acts.propose(clinic.provider, patient)
    assert again.id != first.id
    other = await acts.propose(clinic.nurse, patient, client_request_id="one")
    assert other.id not in {first.id, again.id}, "another's"
    assert await acts.propose(clinic.provider, patient, client_request_id="one") == first


async def test_two_at_once_are_one(acts: Acts, clinic: Clinic, patient: Patient):
    found = await asyncio.gather(
        *(acts.propose(clinic.provider, patient, client_request_id="one") for _ in range(4))
    )
    assert len({proposed.id for proposed in found}) == 1
    assert len(acts.all("pending_actions", clinic)) == 1


@pytest.mark.promise("7.taint.one-transaction")
async def test_a_taint_waits_for_a_proposal_and_a_proposal_for_a_taint(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Callable[[str], Connection[Any]]
):
    reader = connect(APP)
    with reader.transaction():
        reader.execute("SELECT app.begin_request(%s)", [clinic.provider.token_hash])
        reader.execute("SELECT app.record_taint(%s, %s, 'get_inbox')", [uuid4(), uuid4()])
        writing = asyncio.create_task(acts.propose(clinic.provider, patient))
        await until_waiting(connect)
        assert not writing.done()
    assert (await writing).held, "it saw the taint that was written meanwhile"


async def until_waiting(connect: Callable[[str], Connection[Any]]) -> None:
    """Until somebody waits for a row."""
    with connect(OWNER) as owner:
        for _ in range(500):
            if owner.execute("SELECT FROM pg_locks WHERE NOT granted").fetchone() is not None:
                return
            await asyncio.sleep(0.01)
    pytest.fail("nobody waits")


async def test_the_holder_releases_exactly_these_words_once(
    acts: Acts, clinic: Clinic, patient: Patient
):
    acts.taint(clinic, clinic.provider)
    held = await acts.propose(clinic.provider, patient, client_request_id="one")

    async def release(by: Any, sha256: str = digest(SOAP)) -> Any:
        return await acts.person(by, lambda session: proposals.release(session, held.id, sha256))

    for stranger in (clinic.nurse, clinic.owner):
        with pytest.raises(NotFound):
            await release(stranger)
    with pytest.raises(NotFound):
        await release(clinic.provider, digest({"plan": "Other words."}))
    with pytest.raises(errors.InsufficientPrivilege):
        await acts.assistant(clinic.provider, lambda c: proposals.release(c, held.id, digest(SOAP)))
    draft_id = await release(clinic.provider)
    with pytest.raises(NotFound):
        await release(clinic.provider)
    columns = "id, status, payload, held_proposal_id, client_request_id"
    assert acts.all("pending_actions", clinic, columns) == [
        (draft_id, "pending", SOAP, held.id, "one")
    ]
    events = acts.all("security_events", clinic, "kind, subject_id")
    assert ("proposal_released", held.id) in events
    again = await acts.propose(clinic.provider, patient, client_request_id="one")
    assert (again.id, again.held) == (draft_id, False), "a retry finds it where it now is"


async def test_what_is_discarded_or_over_is_not_released(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Callable[[str], Connection[Any]]
):
    acts.taint(clinic, clinic.provider)
    held = await acts.propose(clinic.provider, patient)
    with pytest.raises(NotFound):
        await acts.person(clinic.nurse, lambda s: proposals.discard(s, held.id))
    await acts.person(clinic.provider, lambda s: proposals.discard(s, held.id))
    over = await acts.propose(clinic.provider, patient, {"plan": "Later."})
    connect(OWNER).execute(
        "UPDATE app.held_proposals SET expires_at = app.now() WHERE id = %s", [over.id]
    )
    for id_, words in ((held.id, SOAP), (over.id, {"plan": "Later."})):
        with pytest.raises(NotFound):
            await acts.person(
                clinic.provider,
                lambda s, id_=id_, words=words: proposals.release(s, id_, digest(words)),
            )
    assert acts.all("pending_actions", clinic) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, "soap"),
        ({"subjective": " \n\u200b"}, "soap"),
        ({"assessments": "x"}, "assessments"),
        ({"plan": "x" * 20_001}, "plan"),
        ({"channel": "fax", "body": "x"}, "channel"),
        ({"channel": "sms", "body": " "}, "body"),
        ({"channel": "sms", "body": "x" * 1_601}, "body"),
        ({"channel": "sms", "body": "See https://clinic.example/x"}, "body"),
        ({"channel": "sms", "body": "See bit.ly/abc"}, "body"),
        ({"channel": "portal", "body": "x", "to": "y"}, "to"),
    ],
)
async def test_words_that_are_no_proposal_are_refused_by_their_part(
    acts: Acts, clinic: Clinic, patient: Patient, words: dict[str, str], told: str
):
    with pytest.raises(InvalidInput) as refused:
        await acts.propose(clinic.provider, patient, words)
    assert list(refused.value.problems) == [told]
    assert acts.all("pending_actions", clinic) == []


async def test_words_are_kept_as_a_person_sees_them(acts: Acts, clinic: Clinic, patient: Patient):
    said = {"plan": "Cafe\u0301\u202e \r\nnext\u200b line\t\x00 \n"}
    await acts.propose(clinic.provider, patient, said)
    assert acts.all("pending_actions", clinic, "payload") == [({"plan": "Café\nnext line"},)]


@pytest.mark.parametrize(
    ("change", "words", "told"),
    [
        ("UPDATE app.patient_consents SET granted = false", SMS, "opted out"),
        ("DELETE FROM app.patient_consents", PORTAL, "not agreed"),
        ("UPDATE app.patients SET phone = null", SMS, "telephone"),
        ("UPDATE app.patients SET status = 'deceased'", PORTAL, "died"),
    ],
)
async def test_who_may_not_be_written_to_is_not(
    acts: Acts,
    clinic: Clinic,
    patient: Patient,
    connect: Callable[[str], Connection[Any]],
    *,
    change: str,
    words: dict[str, str],
    told: str,
):
    connect(OWNER).execute(f"{change} WHERE tenant_id = %s".encode(), [clinic.tenant_id])
    with pytest.raises(InvalidInput, match=told):
        await acts.propose(clinic.provider, patient, words)


async def test_patients_and_visits_of_others_are_not_there(
    acts: Acts,
    clinic: Clinic,
    other_clinic: Clinic,
    patient: Patient,
    connect: Callable[[str], Connection[Any]],
):
    theirs = rows.patient(other_clinic.tenant_id, "Ada Elsewhere")
    another = rows.patient(clinic.tenant_id, "Ada Another")
    visit = rows.encounter(another, rows.utc("2026-01-05T15:00"))
    own = rows.encounter(patient, rows.utc("2026-01-05T15:00"))
    owner = connect(OWNER)
    with owner.transaction():
        factories.save(owner, theirs, another, visit, own)
    for words in (SOAP, SMS):
        with pytest.raises(NotFound):
            await acts.propose(clinic.provider, theirs, words)
    with pytest.raises(InvalidInput, match="encounter_id"):
        await acts.propose(clinic.provider, patient, encounter_id=visit.id)
    assert (await acts.propose(clinic.provider, patient, encounter_id=own.id)).id


async def test_nothing_is_left_of_a_proposal_that_was_not_committed(
    acts: Acts, clinic: Clinic, patient: Patient
):
    async def fail(session: Any) -> None:
        await proposals.propose(session, DraftKind.CHART_NOTE, patient.id, SOAP)
        await session.rows(statement("SELECT 1 / 0"))

    with pytest.raises(errors.DivisionByZero):
        await acts.assistant(clinic.provider, fail)
    assert acts.all("pending_actions", clinic) == []
