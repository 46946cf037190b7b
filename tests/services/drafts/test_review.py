"""What a person does with a proposal; nothing is signed by who may not, twice, or halfway."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection, errors

from models.patient import Patient
from models.permission import GRANTS, Role
from models.vocabulary import DraftKind
from services.drafts import review
from services.drafts.kind import digest
from services.drafts.kinds import KINDS
from services.errors import (
    AccessRefused,
    Conflict,
    InvalidInput,
    NotFound,
    NotPermitted,
    ProofNeeded,
)
from services.identity.accounts import new_session_key
from tests.ground import APP, OWNER, SUPERUSER
from tests.personas import Clinic, Person
from tests.services.drafts.conftest import SOAP, Acts

pytestmark = pytest.mark.anyio

SMS = {"channel": "sms", "body": "Please call us."}
PORTAL = {"channel": "portal", "body": "Please call us."}
WORDS = {DraftKind.CHART_NOTE: SOAP, DraftKind.MESSAGE: PORTAL}


async def sign(acts: Acts, person: Person, draft_id: UUID, version: int = 1) -> None:
    await acts.person(person, lambda session: review.sign(session, draft_id, version))


async def edit(
    acts: Acts, person: Person, draft_id: UUID, version: int, words: dict[str, str]
) -> int:
    return await acts.person(person, lambda s: review.edit(s, draft_id, version, words))


def written(acts: Acts, clinic: Clinic) -> list[tuple[Any, ...]]:
    """All that a signature may bring about."""
    return [
        row
        for table in ("chart_notes", "portal_messages", "spruce_outbound", "outbox")
        for row in acts.all(table, clinic)
    ]


@pytest.mark.promise("8.signing.note")
async def test_a_signed_note_is_in_the_chart_with_who_and_when_and_both_hashes(
    acts: Acts, clinic: Clinic, patient: Patient
):
    proposed = await acts.propose(clinic.nurse, patient)
    edited = {"subjective": "Feels well.", "plan": "Back in May."}
    assert await edit(acts, clinic.nurse, proposed.id, 1, edited) == 2
    await sign(acts, clinic.provider, proposed.id, 2)
    people = (clinic.nurse.user_id, clinic.provider.user_id)
    hashes = (digest(SOAP), digest(edited))
    columns = (
        "patient_id, subjective, objective, plan, author_id, signer_id, pending_action_id, "
        "proposed_sha256, signed_sha256"
    )
    assert acts.all("chart_notes", clinic, columns) == [
        (patient.id, "Feels well.", None, "Back in May.", *people, proposed.id, *hashes)
    ]
    columns = "status, proposed, payload, decided_by, decided_at = app.now()"
    ((status, words, payload, by, _),) = acts.all("pending_actions", clinic, columns)
    assert (status, words, payload, by) == ("signed", SOAP, edited, clinic.provider.user_id)


@pytest.mark.promise("8.outbound.portal")
async def test_a_signed_portal_message_is_there_at_once(
    acts: Acts, clinic: Clinic, patient: Patient
):
    proposed = await acts.propose(clinic.front_desk, patient, PORTAL)
    await sign(acts, clinic.nurse, proposed.id)
    columns = "patient_id, body, signer_id, pending_action_id"
    assert acts.all("portal_messages", clinic, columns) == [
        (patient.id, PORTAL["body"], clinic.nurse.user_id, proposed.id)
    ]
    assert acts.all("outbox", clinic) == []


@pytest.mark.promise("8.signing.message")
async def test_a_signed_sms_is_queued_with_the_job_that_sends_it(
    acts: Acts, clinic: Clinic, patient: Patient
):
    proposed = await acts.propose(clinic.front_desk, patient, SMS)
    await sign(acts, clinic.nurse, proposed.id)
    columns = "id, to_phone, body, status, signer_id, pending_action_id"
    ((id_, *rest),) = acts.all("spruce_outbound", clinic, columns)
    assert rest == [patient.phone, SMS["body"], "queued", clinic.nurse.user_id, proposed.id]
    assert acts.all("outbox", clinic, "kind, ref_id, created_by") == [
        ("send_message", id_, clinic.nurse.user_id)
    ]


@pytest.mark.promise("8.signing.needs-permission")
@pytest.mark.parametrize("kind", DraftKind)
@pytest.mark.parametrize("role", Role)
async def test_only_who_may_sign_signs(
    acts: Acts, clinic: Clinic, patient: Patient, role: Role, kind: DraftKind
):
    proposed = await acts.propose(clinic.provider, patient, WORDS[kind])
    person = getattr(clinic, role)
    # The sandbox's owner is a provider as well.
    held = GRANTS[role] | (GRANTS[Role.PROVIDER] if role is Role.OWNER else frozenset())
    if KINDS[kind].signing in held:
        await sign(acts, person, proposed.id)
        assert len(written(acts, clinic)) == 1
    else:
        with pytest.raises(NotPermitted):
            await sign(acts, person, proposed.id)
        assert written(acts, clinic) == []


@pytest.mark.promise("8.signing.needs-permission")
@pytest.mark.parametrize("kind", DraftKind)
@pytest.mark.parametrize("role", Role)
async def test_sql_of_one_s_own_signs_no_more_than_that(
    acts: Acts,
    clinic: Clinic,
    patient: Patient,
    connect: Callable[[str], Connection[Any]],
    *,
    role: Role,
    kind: DraftKind,
):
    """What an injected statement could do in a session, or with a credential."""
    proposed = await acts.propose(clinic.provider, patient, WORDS[kind])
    person: Person = getattr(clinic, role)
    held = GRANTS[role] | (GRANTS[Role.PROVIDER] if role is Role.OWNER else frozenset())
    may = KINDS[kind].signing in held
    signing = "UPDATE app.pending_actions SET status = 'signed', decided_by = %s WHERE id = %s"
    tables = {
        DraftKind.CHART_NOTE: "chart_notes (signed_at, plan",
        DraftKind.MESSAGE: "portal_messages (sent_at, body",
    }
    inserting = (
        f"INSERT INTO app.{tables[kind]}, tenant_id, id, patient_id, signer_id, pending_action_id) "
        "VALUES (now(), 'Forged', app.tenant(), gen_random_uuid(), %s, %s, %s)"
    ).encode()
    other = clinic.provider if role is Role.NURSE else clinic.nurse
    forged = [
        (signing.encode(), [other.user_id, proposed.id]),
        (inserting, [patient.id, other.user_id, proposed.id]),
        (inserting, [patient.id, other.user_id, None]),
        (inserting, [patient.id, person.user_id, None]),
    ]
    own = [
        (signing.encode(), [person.user_id, proposed.id]),
        (inserting, [patient.id, person.user_id, proposed.id]),
    ]
    app, session = connect(APP), new_session_key()
    # In the session of a sandbox's making, which its owner still has here, more may be written.
    connect(OWNER).execute(
        "SELECT app.operator_session(%s, %s, %s, %s)",
        [clinic.tenant_id, person.user_id, session.session_id, session.hash],
    )
    for statement, values in forged + ([] if may else own):
        with app.transaction(force_rollback=True):
            app.execute("SELECT app.begin_session(%s)", [session.hash])
            with pytest.raises(errors.InsufficientPrivilege):
                app.execute(statement, values)
    for statement, values in forged + own:
        with app.transaction(force_rollback=True):
            app.execute("SELECT app.begin_request(%s)", [person.token_hash])
            try:
                assert app.execute(statement, values).rowcount == 0, "it sees nothing to change"
            except errors.InsufficientPrivilege:
                app.execute("ROLLBACK")
                app.execute("BEGIN")
    assert written(acts, clinic) == []


@pytest.mark.promise("8.signing.one-wins")
async def test_many_sign_at_once_and_one_wins(acts: Acts, clinic: Clinic, patient: Patient):
    proposed = await acts.propose(clinic.provider, patient)
    signers = [clinic.provider, clinic.owner] * 5

    async def attempt(person: Person) -> str:
        try:
            await sign(acts, person, proposed.id)
        except Conflict as conflict:
            return str(conflict)
        return "signed"

    said = await asyncio.gather(*(attempt(person) for person in signers))
    assert said.count("signed") == 1
    (told,) = set(said) - {"signed"}
    ((by,),) = acts.all("chart_notes", clinic, "signer_id")
    winner = clinic.owner if by == clinic.owner.user_id else clinic.provider
    assert told == f"{winner.name} has signed this already."


@pytest.mark.promise("8.drafts.rejected")
async def test_who_comes_too_late_is_told_of_what(acts: Acts, clinic: Clinic, patient: Patient):
    proposed = await acts.propose(clinic.provider, patient)
    await edit(acts, clinic.nurse, proposed.id, 1, {"plan": "Other."})
    for late in (
        edit(acts, clinic.provider, proposed.id, 1, SOAP),
        sign(acts, clinic.provider, proposed.id, 1),
    ):
        with pytest.raises(Conflict, match="edited meanwhile"):
            await late
    await acts.person(
        clinic.provider, lambda s: review.reject(s, proposed.id, 2, "Not this patient.")
    )
    with pytest.raises(Conflict, match="Provider has rejected"):
        await sign(acts, clinic.provider, proposed.id, 2)
    columns = "status, reject_reason, decided_by"
    assert acts.all("pending_actions", clinic, columns) == [
        ("rejected", "Not this patient.", clinic.provider.user_id)
    ]
    assert written(acts, clinic) == []


async def test_what_was_decided_stays_decided(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Callable[[str], Connection[Any]]
):
    proposed = await acts.propose(clinic.provider, patient)
    await sign(acts, clinic.provider, proposed.id)
    app = connect(APP)
    with app.transaction(force_rollback=True):
        app.execute("SELECT app.begin_session(%s)", [clinic.provider.session_hash])
        changing = "UPDATE app.pending_actions SET status = 'pending' WHERE id = %s"
        assert app.execute(changing, [proposed.id]).rowcount == 0


@pytest.mark.promise("8.drafts.expires")
async def test_a_draft_is_over_after_fourteen_days(
    acts: Acts, clinic: Clinic, patient: Patient, connect: Callable[[str], Connection[Any]]
):
    proposed = await acts.propose(clinic.provider, patient)
    ((exact,),) = acts.all(
        "pending_actions", clinic, "expires_at - created_at = interval '14 days'"
    )
    assert exact
    connect(OWNER).execute(
        "UPDATE app.pending_actions SET expires_at = app.now() WHERE id = %s", [proposed.id]
    )
    with pytest.raises(Conflict, match="14 days"):
        await sign(acts, clinic.provider, proposed.id)


@pytest.mark.promise("8.signing.checked-then", "8.signing.proof-again")
@pytest.mark.parametrize(
    ("change", "words", "error", "told"),
    [
        ("UPDATE app.tenants SET sandbox_expires_at = app.now()", SOAP, AccessRefused, "run out"),
        ("UPDATE app.staff SET roles = '{growth}'", SOAP, NotPermitted, "edit_charts"),
        ("UPDATE app.patient_consents SET granted = false", PORTAL, InvalidInput, "opted out"),
        ("UPDATE identity.sessions SET proved_at = NULL", SOAP, ProofNeeded, "your password"),
        (
            "UPDATE identity.sessions SET proved_at = app.now() - interval '15 minutes'",
            PORTAL,
            ProofNeeded,
            "your password",
        ),
    ],
)
async def test_what_a_signature_needs_is_asked_at_that_moment(
    acts: Acts,
    clinic: Clinic,
    patient: Patient,
    connect: Callable[[str], Connection[Any]],
    *,
    change: str,
    words: dict[str, str],
    error: type[Exception],
    told: str,
):
    proposed = await acts.propose(clinic.provider, patient, words)
    connect(SUPERUSER).execute(f"{change} WHERE tenant_id = %s".encode(), [clinic.tenant_id])
    with pytest.raises(error, match=told):
        await sign(acts, clinic.provider, proposed.id)
    assert written(acts, clinic) == []
    assert acts.all("pending_actions", clinic, "status") == [("pending",)]


async def test_a_draft_shows_who_made_it_through_what(acts: Acts, clinic: Clinic, patient: Patient):
    proposed = await acts.propose(clinic.nurse, patient)
    found = await acts.person(clinic.provider, lambda s: review.draft(s, proposed.id))
    assert (found.given_name, found.family_name) == ("Rosa", "Delgado")
    assert (found.proposer, found.connection, found.connection_revoked_at) == (
        "Nurse",
        "Assistant",
        None,
    )
    for stranger in (clinic.biller, clinic.growth, clinic.auditor):
        with pytest.raises(NotPermitted):
            await acts.person(stranger, lambda s: review.draft(s, proposed.id))


async def test_another_clinic_s_draft_is_not_there(
    acts: Acts, clinic: Clinic, other_clinic: Clinic, patient: Patient
):
    proposed = await acts.propose(clinic.provider, patient)
    for act in (
        lambda s: review.draft(s, proposed.id),
        lambda s: review.sign(s, proposed.id, 1),
        lambda s: review.edit(s, proposed.id, 1, SOAP),
        lambda s: review.reject(s, proposed.id, 1, ""),
    ):
        with pytest.raises(NotFound):
            await acts.person(other_clinic.provider, act)
