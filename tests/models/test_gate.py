"""Who is answered when: the gate that a credential and a session pass at each call."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from psycopg import Connection
from psycopg.errors import CheckViolation

from models.attestation import Agreement
from services.errors import REFUSALS
from tests.conftest import Clock
from tests.ground import SUPERUSER
from tests.models.intruder import Intruder
from tests.personas import MINT, Clinic, attest

REQUEST = "SELECT app.begin_request(%s)"
YEAR = timedelta(days=365)


def fresh() -> bytes:
    return hashlib.sha256(uuid4().bytes).digest()


def mint(app: Intruder, role: str, expires: str = "1 day", prefix: str = "mcl_test_") -> bytes:
    token = fresh()
    app.ask(MINT, uuid4(), token, role, prefix, "abcd", expires)
    return token


def refuse_for(app: Intruder, token: bytes, reason: str) -> None:
    assert reason in REFUSALS
    assert app.refused(REQUEST, token, by="MC403").startswith(reason)


@pytest.mark.promise("3.people.one-role")
def test_each_person_is_answered_in_the_role_of_the_credential(intruder: Intruder, clinic: Clinic):
    for person in clinic.people:
        intruder.begin(person.token_hash)
        assert intruder.ask("SELECT app.tenant(), app.user_id(), app.actor(), app.role()") == [
            (clinic.tenant_id, person.user_id, f"c:{person.credential_id}", person.role)
        ]
        intruder.rollback()


@pytest.mark.promise("2.sandbox.thirty-days")
def test_a_sandbox_runs_out_after_thirty_days(intruder: Intruder, clinic: Clinic, clock: Clock):
    clock.move(timedelta(days=30, minutes=-1))
    assert intruder.ask(REQUEST, clinic.owner.token_hash)
    clock.move(timedelta(minutes=2))
    refuse_for(intruder, clinic.owner.token_hash, "sandbox_expired")


def test_a_credential_expires(intruder: Intruder, production: Clinic, clock: Clock):
    clock.move(timedelta(days=90, minutes=-1))
    assert intruder.ask(REQUEST, production.owner.token_hash)
    clock.move(timedelta(minutes=2))
    intruder.refused(REQUEST, production.owner.token_hash, by="28000")


def test_a_session_expires(intruder: Intruder, clinic: Clinic, clock: Clock):
    clock.move(timedelta(minutes=9))
    intruder.sign_in(clinic.owner.session_hash)
    intruder.rollback()
    clock.move(timedelta(minutes=2))
    intruder.refused("SELECT app.begin_session(%s)", clinic.owner.session_hash, by="28000")


def test_a_session_ends_when_its_person_signs_out(
    intruder: Intruder, clinic: Clinic, other_clinic: Clinic
):
    intruder.sign_in(clinic.owner.session_hash)
    intruder.ask("SELECT app.end_session()")
    intruder.commit()
    intruder.refused("SELECT app.begin_session(%s)", clinic.owner.session_hash, by="28000")
    for other in (clinic.nurse, other_clinic.owner):
        intruder.sign_in(other.session_hash)
        intruder.rollback()


@pytest.mark.promise("15.policy-time.one")
def test_policy_time_is_what_the_app_sees_of_the_clock(intruder: Intruder, clock: Clock):
    # Plain now() is app.now() on the path of the runtime roles.
    moved = "SELECT app.now() - pg_catalog.now()"
    assert intruder.value(moved) == timedelta(0)
    clock.move(timedelta(days=-3, microseconds=7))
    assert intruder.value(moved) == timedelta(days=-3, microseconds=7)


@pytest.mark.promise(
    "2.production.granted",
    "2.production.paid",
    "3.people.at-each-call",
    "9.gate.answering",
    "9.gate.withdrawn",
)
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE app.tenants SET closed_at = app.now()", "clinic_closed"),
        ("UPDATE app.tenants SET consent_withdrawn_at = app.now()", "consent_withdrawn"),
        ("UPDATE app.tenants SET plan_paid_until = app.now()", "plan_unpaid"),
        ("UPDATE app.tenants SET plan_paid_until = NULL", "plan_unpaid"),
        ("UPDATE app.staff SET use_ai = false", "use_ai_not_granted"),
        ("UPDATE app.staff SET roles = '{growth}'", "role_withdrawn"),
        ("UPDATE app.staff SET roles = '{}'", "role_withdrawn"),
    ],
)
def test_production_is_not_answered(
    intruder: Intruder, owner: Intruder, production: Clinic, change: str, reason: str
):
    assert intruder.ask(REQUEST, production.provider.token_hash)
    assert owner.changed(f"{change} WHERE tenant_id = %s", production.tenant_id)
    refuse_for(intruder, production.provider.token_hash, reason)


def test_who_no_longer_works_there_is_not_known(
    intruder: Intruder, owner: Intruder, production: Clinic
):
    owner.ask("UPDATE app.staff SET active = false WHERE tenant_id = %s", production.tenant_id)
    intruder.refused(REQUEST, production.nurse.token_hash, by="28000")
    begin = "SELECT app.begin_session(%s)"
    intruder.refused(begin, production.nurse.session_hash, by="28000")


def test_a_role_taken_away_stays_away_from_a_sandbox_too(
    intruder: Intruder, owner: Intruder, clinic: Clinic
):
    demoted = "UPDATE app.staff SET roles = '{provider}' WHERE user_id = %s"
    owner.ask(demoted, clinic.owner.user_id)
    refuse_for(intruder, clinic.owner.token_hash, "role_withdrawn")


def forget(owner: Intruder, clinic: Clinic, agreement: Agreement) -> None:
    owner.ask("ALTER TABLE app.mcp_attestations DISABLE TRIGGER keep_rows")
    owner.ask(
        "DELETE FROM app.mcp_attestations WHERE tenant_id = %s AND agreement = %s",
        clinic.tenant_id,
        agreement,
    )
    owner.ask("ALTER TABLE app.mcp_attestations ENABLE ALWAYS TRIGGER keep_rows")


@pytest.mark.promise("2.production.agreements", "5.refusals.agreement", "9.gate.answering")
@pytest.mark.parametrize("agreement", Agreement)
def test_each_agreement_must_be_signed_in_the_version_in_force(
    intruder: Intruder, owner: Intruder, production: Clinic, agreement: Agreement
):
    assert intruder.ask(REQUEST, production.owner.token_hash)
    intruder.rollback()
    forget(owner, production, agreement)
    refuse_for(intruder, production.owner.token_hash, "agreement_missing")
    attest(owner.connection, production, agreement, lasts=YEAR, version="ai-access-2020-01")
    refuse_for(intruder, production.owner.token_hash, "agreement_missing")
    attest(owner.connection, production, agreement, lasts=YEAR)
    assert intruder.ask(REQUEST, production.owner.token_hash)


@pytest.mark.promise("9.attestations.year")
def test_no_agreement_lasts_longer_than_a_year(owner: Intruder, production: Clinic):
    for lasts in (timedelta(days=365, seconds=1), timedelta(0)):
        with pytest.raises(CheckViolation):
            attest(owner.connection, production, Agreement.AI_ACCESS, lasts=lasts)


@pytest.mark.promise("5.refusals.agreement", "9.attestations.never-changed", "9.gate.expired")
def test_an_agreement_expires_and_signing_again_renews_it(
    intruder: Intruder, owner: Intruder, production: Clinic, clock: Clock
):
    intruder.sign_in(production.owner.session_hash)
    token = mint(intruder, "owner", "364 days", "mcl_live_")
    intruder.commit()
    clock.move(timedelta(days=363, hours=23))
    assert intruder.ask(REQUEST, token)
    owner.ask(
        "UPDATE app.mcp_credentials SET created_at = app.now(), "
        "expires_at = app.now() + interval '9 days' WHERE tenant_id = %s",
        production.tenant_id,
    )
    clock.move(timedelta(days=2))
    refuse_for(intruder, token, "agreement_expired")
    attest(owner.connection, production, Agreement.AI_ACCESS, lasts=YEAR)
    refuse_for(intruder, token, "agreement_expired")
    attest(owner.connection, production, Agreement.BUSINESS_ASSOCIATE, lasts=YEAR)
    assert intruder.ask(REQUEST, token)


@pytest.mark.promise("2.both.no-shared-rows")
def test_what_belongs_to_sandboxes_stays_there(
    intruder: Intruder, owner: Intruder, production: Clinic
):
    operator_session = "SELECT app.operator_session(%s, %s, %s, %s)"
    person = (production.tenant_id, production.owner.user_id)
    owner.refused(operator_session, *person, uuid4(), fresh(), by="28000")
    intruder.sign_in(production.owner.session_hash)
    add = "SELECT app.add_sandbox_colleague(%s, %s, 'X', null, 'L', 'provider')"
    intruder.refused(add, uuid4(), f"{uuid4()}@sandbox.invalid")


def test_the_operator_acts_for_people_of_a_sandbox_and_leaves_an_event(
    intruder: Intruder, owner: Intruder, clinic: Clinic, other_clinic: Clinic
):
    operator_session = "SELECT app.operator_session(%s, %s, %s, %s)"
    stranger = (clinic.tenant_id, other_clinic.nurse.user_id)
    owner.refused(operator_session, *stranger, uuid4(), fresh(), by="28000")
    session, key = uuid4(), fresh()
    owner.ask(operator_session, clinic.tenant_id, clinic.nurse.user_id, session, key)
    intruder.sign_in(key)
    event = "SELECT kind, actor FROM app.security_events WHERE id = %s"
    assert intruder.ask(event, session) == [("operator_session", f"o:{session}")]


def test_a_sandbox_says_who_opened_it_the_operator_or_its_person(
    intruder: Intruder, owner: Intruder, clinic: Clinic
):
    tenant, session, key = uuid4(), uuid4(), fresh()
    owner.ask(
        "SELECT app.operator_open_sandbox(%s, 'X', 'L', %s, 'More', 'UTC', %s, %s)",
        clinic.owner.email,
        tenant,
        session,
        key,
    )
    event = "SELECT actor, user_id FROM app.security_events WHERE kind = 'sandbox_opened'"
    intruder.sign_in(key)
    assert intruder.ask(event) == [(f"o:{session}", clinic.owner.user_id)]
    intruder.rollback()
    intruder.sign_in(clinic.owner.session_hash)
    assert intruder.ask(event) == [(f"s:{clinic.owner.session_id}", clinic.owner.user_id)]


ONE_TOO_MANY = "SELECT current_setting('app.one_too_many', true)"
INTO_THE_MINUTE = "SELECT app.now() - date_trunc('minute', app.now())"
RATE = "SELECT requests, refused FROM app.mcp_request_rates WHERE id = %s"


@pytest.mark.promise("5.refusals.request-rate")
def test_the_601st_request_of_a_minute_is_refused_and_the_next_minute_is_new(
    intruder: Intruder, owner: Intruder, clinic: Clinic, clock: Clock
):
    token, of = clinic.nurse.token_hash, clinic.nurse.credential_id

    def count() -> str:
        intruder.ask("RESET ALL")
        intruder.ask("SELECT app.count_request(%s)", token)
        ((left,),) = intruder.ask(ONE_TOO_MANY)
        return left or ""

    # Far enough from the minute's end, whenever the test runs.
    clock.move(timedelta(seconds=10) - intruder.value(INTO_THE_MINUTE))
    assert count() == ""
    owner.ask("UPDATE app.mcp_request_rates SET requests = 599 WHERE id = %s", of)
    assert (count(), owner.ask(RATE, of)) == ("", [(600, 0)])
    refused, seconds = count().split()
    assert (refused, owner.ask(RATE, of)) == ("1", [(601, 1)])
    assert 0 < int(seconds) <= 50
    intruder.refused(REQUEST, token, by="MC429")
    assert count().startswith("2 ")
    clock.move(timedelta(minutes=2))
    assert (count(), owner.ask(RATE, of)) == ("", [(1, 0)])
    intruder.ask(REQUEST, token)


@pytest.mark.parametrize(
    ("into", "ahead", "told"),
    [(0, 0, 60), (30, 0, 30), (59.5, 0, 1), (59.999999, 0, 1), (59.5, 1, 60), (30, 1, 60)],
)
def test_whoever_asks_too_much_is_told_the_seconds_until_the_minute_that_counts_has_passed(
    connect: Callable[[str], Connection[Any]], clinic: Clinic, into: float, ahead: int, told: int
):
    admin = Intruder(connect(SUPERUSER))
    admin.ask("SELECT app.count_request(%s)", clinic.nurse.token_hash)
    # Policy time stands still in a transaction.
    with admin.connection.transaction(force_rollback=True):
        admin.ask(
            "UPDATE identity.clock SET moved_by = "
            "date_trunc('minute', pg_catalog.now()) - pg_catalog.now() + %s",
            timedelta(seconds=into),
        )
        admin.ask(
            "UPDATE app.mcp_request_rates SET requests = 600, "
            "minute = date_trunc('minute', app.now()) + %s WHERE id = %s",
            timedelta(minutes=ahead),
            clinic.nurse.credential_id,
        )
        admin.ask("SELECT app.count_request(%s)", clinic.nurse.token_hash)
        assert admin.ask(ONE_TOO_MANY) == [(f"1 {told}",)]


def test_a_count_needs_the_hash_and_counts_for_its_credential_alone(
    intruder: Intruder, owner: Intruder, clinic: Clinic
):
    count = "SELECT app.count_request(%s)"
    everything = "SELECT * FROM app.mcp_request_rates ORDER BY id"
    before = owner.ask(everything)
    for none in (fresh(), b"", None):
        intruder.ask(count, none)
    assert owner.ask(everything) == before
    intruder.ask(count, clinic.nurse.token_hash)
    intruder.begin(clinic.owner.token_hash)
    assert intruder.ask("SELECT id FROM app.mcp_request_rates") == [(clinic.nurse.credential_id,)]
