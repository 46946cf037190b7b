"""The life of a credential: minted, rotated and revoked by its person, each step an event."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest

from models.attestation import Agreement
from tests.conftest import Clock
from tests.models.intruder import Intruder
from tests.models.test_gate import forget
from tests.personas import MINT, Clinic

REQUEST = "SELECT app.begin_request(%s)"


def fresh() -> bytes:
    return hashlib.sha256(uuid4().bytes).digest()


def mint(app: Intruder, role: str, expires: str = "1 day", prefix: str = "mcl_test_") -> bytes:
    token = fresh()
    app.ask(MINT, uuid4(), token, role, prefix, "abcd", expires)
    return token


@pytest.mark.promise("5.credentials.addendum-first")
def test_no_production_credential_outlives_the_addendum(intruder: Intruder, production: Clinic):
    intruder.sign_in(production.owner.session_hash)
    minting = (MINT, uuid4(), fresh(), "owner", "mcl_live_", "abcd")
    said = intruder.refused(*minting, "365 days 1 second", by="42501")
    assert "not allowed" in said
    assert mint(intruder, "owner", "364 days 23 hours", "mcl_live_")


@pytest.mark.promise("9.gate.minting")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE app.staff SET use_ai = false", "use_ai_not_granted"),
        ("UPDATE app.tenants SET consent_withdrawn_at = app.now()", "consent_withdrawn"),
        ("UPDATE app.tenants SET plan_paid_until = NULL", "plan_unpaid"),
    ],
)
def test_no_production_credential_is_minted_without(
    intruder: Intruder, owner: Intruder, production: Clinic, change: str, reason: str
):
    owner.ask(f"{change} WHERE tenant_id = %s", production.tenant_id)
    intruder.sign_in(production.nurse.session_hash)
    minting = (MINT, uuid4(), fresh(), "nurse", "mcl_live_", "abcd", "1 day")
    assert reason in intruder.refused(*minting, by="MC403")


@pytest.mark.promise("9.gate.minting")
@pytest.mark.parametrize("agreement", Agreement)
def test_no_production_credential_is_minted_unless_each_agreement_is_signed(
    intruder: Intruder, owner: Intruder, production: Clinic, agreement: Agreement
):
    forget(owner, production, agreement)
    intruder.sign_in(production.nurse.session_hash)
    minting = (MINT, uuid4(), fresh(), "nurse", "mcl_live_", "abcd", "1 day")
    assert "agreement_missing" in intruder.refused(*minting, by="MC403")


@pytest.mark.promise("2.sandbox.every-member")
def test_in_a_sandbox_nobody_need_be_granted_it(
    intruder: Intruder, owner: Intruder, clinic: Clinic
):
    owner.ask("UPDATE app.staff SET use_ai = false WHERE tenant_id = %s", clinic.tenant_id)
    for person in clinic.people:
        intruder.sign_in(person.session_hash)
        token = mint(intruder, person.role)
        intruder.commit()
        assert intruder.ask(REQUEST, token)


@pytest.mark.promise("2.sandbox.prefix", "2.production.prefix")
def test_a_prefix_names_the_tier(intruder: Intruder, clinic: Clinic, production: Clinic):
    for of, wrong in ((clinic, "mcl_live_"), (production, "mcl_test_")):
        intruder.sign_in(of.nurse.session_hash)
        for prefix in (wrong, "", None):
            intruder.refused(MINT, uuid4(), fresh(), "nurse", prefix, "abcd", "1 day")
        intruder.rollback()


@pytest.mark.promise("5.credentials.year")
@pytest.mark.parametrize("lasts", ["0", "-1 second", "365 days 1 second", "infinity", None])
def test_a_credential_lives_up_to_a_year(intruder: Intruder, clinic: Clinic, lasts: str | None):
    intruder.sign_in(clinic.nurse.session_hash)
    intruder.refused(MINT, uuid4(), fresh(), "nurse", "mcl_test_", "abcd", lasts)
    assert mint(intruder, "nurse", "365 days")


@pytest.mark.parametrize("missing", ["p_id", "p_hash", "p_kind", "p_name", "p_read_only"])
def test_a_credential_lacks_nothing(intruder: Intruder, clinic: Clinic, missing: str):
    given = {
        "p_id": "gen_random_uuid()",
        "p_hash": "sha256('x')",
        "p_role": "'nurse'",
        "p_kind": "'token'",
        "p_name": "'x'",
        "p_prefix": "'mcl_test_'",
        "p_last_four": "'abcd'",
        "p_read_only": "false",
        "p_tools": "null",
        "p_expires": "app.now() + interval '1 day'",
    } | {missing: "null"}
    intruder.sign_in(clinic.nurse.session_hash)
    named = ", ".join(f"{name} => {value}" for name, value in given.items())
    intruder.refused(f"SELECT app.mint_credential({named})", by="23502")


def test_a_rotated_credential_lives_on_for_its_grace(
    intruder: Intruder, clinic: Clinic, clock: Clock
):
    me, new = clinic.nurse, fresh()
    rotate = "SELECT app.rotate_credential(%s, %s, %s, 'wxyz', %s)"
    intruder.sign_in(me.session_hash)
    for grace in ("-1 second", "24 hours 1 second", None):
        intruder.refused(rotate, me.credential_id, uuid4(), fresh(), grace, by="22023")
    intruder.refused(rotate, None, uuid4(), fresh(), "1 hour")
    intruder.ask(rotate, me.credential_id, uuid4(), new, "1 hour")
    intruder.commit()
    for token in (me.token_hash, new):
        assert intruder.ask(REQUEST, token)
    clock.move(timedelta(minutes=61))
    intruder.refused(REQUEST, me.token_hash, by="28000")
    assert intruder.ask(REQUEST, new)


def test_an_expired_or_revoked_credential_is_not_rotated(
    intruder: Intruder, owner: Intruder, clinic: Clinic
):
    rotate = "SELECT app.rotate_credential(%s, %s, %s, 'wxyz', '0')"
    for change in ("revoked_at = app.now()", "revoked_at = NULL, expires_at = app.now()"):
        owner.ask(
            f"UPDATE app.mcp_credentials SET {change} WHERE user_id = %s", clinic.nurse.user_id
        )
        intruder.sign_in(clinic.nurse.session_hash)
        intruder.refused(rotate, clinic.nurse.credential_id, uuid4(), fresh())
        intruder.rollback()


def test_a_revoked_credential_fails_at_the_next_call_on_another_connection(
    intruder: Intruder, accomplice: Intruder, clinic: Clinic
):
    accomplice.begin(clinic.nurse.token_hash)
    accomplice.commit()
    intruder.sign_in(clinic.owner.session_hash)
    revoke = "SELECT app.revoke_credential(%s)"
    assert intruder.value(revoke, clinic.nurse.credential_id) is True
    assert intruder.value(revoke, clinic.nurse.credential_id) is False
    intruder.commit()
    accomplice.refused(REQUEST, clinic.nurse.token_hash, by="28000")


@pytest.mark.promise("5.credentials.events")
def test_each_step_in_a_credentials_life_is_an_event(intruder: Intruder, clinic: Clinic):
    intruder.sign_in(clinic.nurse.session_hash)
    rotate = "SELECT app.rotate_credential(%s, %s, %s, 'wxyz', '0')"
    new = uuid4()
    intruder.ask(rotate, clinic.nurse.credential_id, new, fresh())
    intruder.ask("SELECT app.revoke_credential(%s)", new)
    kinds = intruder.ask(
        "SELECT kind, subject_id, actor FROM app.security_events "
        "WHERE user_id = %s AND kind LIKE 'credential%%'",
        clinic.nurse.user_id,
    )
    actor = f"s:{clinic.nurse.session_id}"
    assert {(kind, subject) for kind, subject, _ in kinds} == {
        ("credential_minted", clinic.nurse.credential_id),
        ("credential_minted", new),
        ("credential_rotated", clinic.nurse.credential_id),
        ("credential_revoked", new),
    }
    assert {by for _, _, by in kinds} == {actor}
