"""To become someone else: another role, another person, the owner, the operator."""

import hashlib
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.models.intruder import DENIED, Intruder, Target, insertion
from tests.personas import MINT, SIGN_UP

IDENTITY = (
    "secret",
    "clock",
    "users",
    "token_digests",
    "refresh_digests",
    "oauth_clients",
    "oauth_authorizations",
    "sessions",
    "tries",
)
MINT_ALL = "SELECT app.mint_credential(%s, %s, %s, %s, 'x', %s, 'abcd', false, null, {})"


def fresh() -> bytes:
    return hashlib.sha256(uuid4().bytes).digest()


@pytest.mark.promise("4.identity.hashes")
@pytest.mark.parametrize("table", IDENTITY)
def test_identity_tables_are_out_of_reach(
    intruder: Intruder, worker: Intruder, owner: Intruder, a: Target, table: str
):
    for someone in (intruder, worker, owner):
        someone.refused(f"SELECT * FROM identity.{table}")
        someone.refused(f"UPDATE identity.{table} SET ctid = ctid", by="42501")
    intruder.begin(a.clinic.owner.token_hash)
    intruder.refused(f"SELECT count(*) FROM identity.{table}")


@pytest.mark.promise("4.identity.hashes")
def test_no_column_that_can_be_read_holds_a_secret(intruder: Intruder, worker: Intruder):
    for someone in (intruder, worker):
        seen = someone.ask(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema IN ('app', 'identity', 'jobs') "
            "AND column_name ~ 'hash|digest|secret|passw|token|wrapped|key$'"
        )
        # Hashes of agreements, of tokens never; wrapped keys open only with the master key.
        assert set(seen) == {
            ("mcp_attestations", "evidence_hash"),
            ("tenant_keys", "wrapped"),
            ("spruce_outbound", "idempotency_key"),
            ("mcp_audit_log", "tokens_in"),
            ("mcp_audit_log", "tokens_out"),
            ("usage_events", "tokens_in"),
            ("usage_events", "tokens_out"),
            ("lab_panels", "key"),
            ("lab_intervals", "key"),
        }


@pytest.mark.promise("5.credentials.hash-alone")
def test_what_is_stored_of_a_token_opens_nothing(intruder: Intruder, owner: Intruder, a: Target):
    with owner.connection.transaction():
        owner.ask("SET LOCAL ROLE moonshot_auth")
        tokens = owner.ask("SELECT digest FROM identity.token_digests WHERE tenant_id = %s", a.id)
        sessions = owner.ask("SELECT digest FROM identity.sessions WHERE tenant_id = %s", a.id)
    assert len(tokens) == len(sessions) == 7
    for (digest,) in tokens:
        intruder.refused("SELECT app.begin_request(%s)", digest, by="28000")
    for (digest,) in sessions:
        intruder.refused("SELECT app.begin_session(%s)", digest, by="28000")


def test_a_token_is_no_session_and_a_session_no_token(intruder: Intruder, a: Target):
    owner = a.clinic.owner
    intruder.refused("SELECT app.begin_session(%s)", owner.token_hash, by="28000")
    intruder.refused("SELECT app.begin_request(%s)", owner.session_hash, by="28000")


@pytest.mark.parametrize("begin", ["begin_request", "begin_session"])
@pytest.mark.parametrize("key", [None, b"", b"\0" * 32, b"%"])
def test_a_key_that_is_none_begins_nothing(intruder: Intruder, begin: str, key: bytes | None):
    intruder.refused(f"SELECT app.{begin}(%s::bytea)", key, by="28000")


def test_ones_own_place_among_the_staff_cannot_be_changed(intruder: Intruder, a: Target):
    for begin, key in (
        (intruder.begin, a.clinic.front_desk.token_hash),
        (intruder.sign_in, a.clinic.front_desk.session_hash),
    ):
        begin(key)
        intruder.refused("UPDATE app.staff SET roles = '{owner}'")
        intruder.refused("UPDATE app.staff SET use_ai = true, active = true")
        intruder.refused(
            "INSERT INTO app.staff (tenant_id, user_id, display_name, roles, use_ai, active) "
            "VALUES (%s, %s, 'x', '{owner}', true, true)",
            a.id,
            a.clinic.front_desk.user_id,
        )
        intruder.rollback()


def test_credentials_and_the_clinic_cannot_be_written(intruder: Intruder, a: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    intruder.refused("UPDATE app.mcp_credentials SET revoked_at = NULL, expires_at = 'infinity'")
    intruder.refused("UPDATE app.mcp_credentials SET role = 'owner'")
    intruder.refused("INSERT INTO app.mcp_credentials SELECT * FROM app.mcp_credentials")
    intruder.refused("UPDATE app.tenants SET sandbox_expires_at = 'infinity'")
    intruder.refused("UPDATE app.tenants SET tier = 'production', plan_paid_until = 'infinity'")
    intruder.refused("UPDATE app.mcp_request_rates SET requests = 0")
    intruder.refused("DELETE FROM app.mcp_request_rates")


@pytest.mark.promise("3.credentials.for-oneself")
@pytest.mark.parametrize(
    "person", ["provider", "nurse", "front_desk", "biller", "growth", "auditor"]
)
def test_nobody_mints_above_ones_own_roles(intruder: Intruder, a: Target, person: str):
    me = getattr(a.clinic, person)
    for role in ("owner", "owner+provider", "", "OWNER", f"{me.role}+owner", None):
        intruder.sign_in(me.session_hash)
        mint = MINT_ALL.format("app.now() + interval '1 day'")
        intruder.refused(mint, uuid4(), fresh(), role, "token", "mcl_test_")
        intruder.rollback()


@pytest.mark.promise("1.promise.writes-nothing")
def test_a_credential_mints_rotates_revokes_and_adds_nothing(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.owner.token_hash)
    intruder.refused(MINT, uuid4(), fresh(), "owner", "mcl_test_", "abcd", "1 day")
    intruder.refused(
        "SELECT app.rotate_credential(%s, %s, %s, 'abcd', interval '0')",
        a.clinic.owner.credential_id,
        uuid4(),
        fresh(),
    )
    intruder.refused(
        "SELECT app.add_sandbox_colleague(%s, 'x@sandbox.invalid', 'X', null, null, 'owner')",
        uuid4(),
    )
    for person in a.clinic.people:
        assert intruder.value("SELECT app.revoke_credential(%s)", person.credential_id) is False
    intruder.refused("SELECT app.end_session()", by="28000")


def test_without_a_context_nothing_is_minted_rotated_or_revoked(intruder: Intruder, a: Target):
    intruder.refused(MINT, uuid4(), fresh(), "owner", "mcl_test_", "abcd", "1 day")
    credential = a.clinic.owner.credential_id
    intruder.refused(
        "SELECT app.rotate_credential(%s, %s, %s, 'abcd', interval '0')",
        credential,
        uuid4(),
        fresh(),
    )
    assert intruder.value("SELECT app.revoke_credential(%s)", credential) is False
    intruder.refused("SELECT app.end_session()", by="28000")


def test_a_known_hash_cannot_be_bound_to_ones_own_credential(
    intruder: Intruder, a: Target, b: Target
):
    for known in (b.clinic.owner.token_hash, a.clinic.owner.token_hash):
        intruder.sign_in(a.clinic.front_desk.session_hash)
        values = ("front_desk", "mcl_test_", "abcd", "1 day")
        intruder.refused(MINT, uuid4(), known, *values, by="23505")
        intruder.rollback()


@pytest.mark.promise("3.credentials.others-hands-off")
def test_another_persons_credential_is_neither_rotated_nor_revoked(
    intruder: Intruder, a: Target, b: Target
):
    rotate = "SELECT app.rotate_credential(%s, %s, %s, 'abcd', interval '0')"
    revoke = "SELECT app.revoke_credential(%s)"
    intruder.sign_in(a.clinic.front_desk.session_hash)
    for victim in (a.clinic.owner, b.clinic.front_desk):
        intruder.refused(rotate, victim.credential_id, uuid4(), fresh())
        assert intruder.value(revoke, victim.credential_id) is False
    intruder.rollback()
    intruder.sign_in(a.clinic.owner.session_hash)
    intruder.refused(rotate, a.clinic.front_desk.credential_id, uuid4(), fresh())
    assert intruder.value(revoke, b.clinic.owner.credential_id) is False
    assert intruder.value(revoke, None) is False
    # Who manages AI does revoke anyone's of the same clinic.
    assert intruder.value(revoke, a.clinic.front_desk.credential_id) is True


def test_sign_up_takes_over_nothing(intruder: Intruder, a: Target, b: Target):
    def arguments(**over: object) -> list[object]:
        given = {
            "user": uuid4(),
            "email": f"{uuid4()}@sandbox.invalid",
            "name": "X",
            "licence": "L",
            "tenant": uuid4(),
            "clinic": "X",
            "zone": "UTC",
            "session": uuid4(),
            "hash": fresh(),
        }
        return list((given | over).values())

    owner = b.clinic.owner
    for taken in (
        {"user": owner.user_id},
        {"email": owner.email},
        {"email": owner.email.upper()},
        {"tenant": b.id},
        {"session": owner.session_id},
        {"hash": owner.session_hash},
    ):
        intruder.refused(SIGN_UP, *arguments(**taken), by="23505")
    for name in ("user", "email", "tenant", "name", "licence", "clinic", "zone", "session", "hash"):
        with pytest.raises(psycopg.IntegrityError):
            intruder.ask(SIGN_UP, *arguments(**{name: None}))
    intruder.begin(a.clinic.owner.token_hash)
    intruder.refused(SIGN_UP, *arguments(), by="28000")


@pytest.mark.promise("4.identity.listed-functions")
@pytest.mark.parametrize(
    "call",
    [
        "operator_open_sandbox('x', 'x', 'x', null, 'x', 'UTC', null, 'x')",
        "operator_session(gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'x')",
        "operator_clinics('x')",
        "operator_job(gen_random_uuid(), gen_random_uuid(), 'x', null)",
        "stamp_outbox()",
        "enqueue_outbox()",
        "refuse_change()",
    ],
)
def test_the_operators_doors_are_closed(intruder: Intruder, worker: Intruder, a: Target, call: str):
    worker.refused(f"SELECT app.{call}")
    intruder.refused(f"SELECT app.{call}")
    intruder.sign_in(a.clinic.owner.session_hash)
    intruder.refused(f"SELECT app.{call}")


@pytest.mark.parametrize("role", ["nobody", "", "owner,provider", None])
def test_a_colleague_has_a_known_role(intruder: Intruder, a: Target, role: str | None):
    intruder.sign_in(a.clinic.owner.session_hash)
    add = "SELECT app.add_sandbox_colleague(%s, %s, 'X', null, 'L', %s)"
    intruder.refused(add, uuid4(), f"{uuid4()}@sandbox.invalid", role, by="23514")


def test_only_the_owner_adds_a_colleague(intruder: Intruder, a: Target):
    for person in a.clinic.people:
        if person is not a.clinic.owner:
            intruder.sign_in(person.session_hash)
            intruder.refused(
                "SELECT app.add_sandbox_colleague(%s, %s, 'X', null, 'L', 'owner')",
                uuid4(),
                f"{uuid4()}@sandbox.invalid",
            )
            intruder.rollback()


@pytest.mark.parametrize(
    "email", ["someone@clinic.example", "x@sandbox.invalid.example", "X@SANDBOX.INVALID", ""]
)
def test_a_colleague_takes_no_address_that_someone_may_own(
    intruder: Intruder, a: Target, email: str
):
    intruder.sign_in(a.clinic.owner.session_hash)
    add = "SELECT app.add_sandbox_colleague(%s, %s, 'X', null, 'L', 'provider')"
    intruder.refused(add, uuid4(), email)
    intruder.refused(add, uuid4(), None, by="23502")


def test_a_known_person_is_no_colleague_to_be_added(intruder: Intruder, a: Target, b: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    add = "SELECT app.add_sandbox_colleague(%s, %s, 'X', null, 'L', 'provider')"
    owner = b.clinic.owner
    intruder.refused(add, owner.user_id, f"{uuid4()}@sandbox.invalid", by="23505")
    intruder.refused(add, uuid4(), owner.email, by="23505")


def agreement(tenant_id: UUID, signer: UUID) -> tuple[str, list[object]]:
    columns = ("agreement", "addendum_version", "ip", "user_agent", "evidence_hash", "signature")
    words = dict.fromkeys(columns, "x") | {"agreement": "ai_access_addendum", "record": "{}"}
    times = {"signed_at": "2026-03-02", "expires_at": "2027-03-02"}
    ids = {"tenant_id": tenant_id, "id": uuid4(), "signed_by_user_id": signer}
    return insertion("mcp_attestations", {**ids, **words, **times})


@pytest.mark.promise("9.attestations.by-the-owner")
def test_an_agreement_is_signed_by_the_owner_in_person(intruder: Intruder, a: Target):
    owner, provider = a.clinic.owner, a.clinic.provider
    for begin, key, signer in (
        (intruder.sign_in, provider.session_hash, owner.user_id),
        (intruder.sign_in, provider.session_hash, provider.user_id),
        (intruder.sign_in, owner.session_hash, provider.user_id),
        (intruder.begin, owner.token_hash, owner.user_id),
    ):
        begin(key)
        statement, values = agreement(a.id, signer)
        intruder.refused(statement, *values, by=DENIED)
        intruder.rollback()
    intruder.sign_in(owner.session_hash)
    statement, values = agreement(a.id, owner.user_id)
    assert intruder.changed(statement, *values) == 1


def test_a_clinic_has_one_key_in_use(intruder: Intruder, a: Target, b: Target):
    key = {"id": uuid4(), "purpose": "audit_hmac", "wrapped": b"mine"}
    intruder.sign_in(a.clinic.front_desk.session_hash)
    statement, values = insertion("tenant_keys", {"tenant_id": a.id, **key})
    intruder.refused(statement, *values, by="23505")
    statement, values = insertion("tenant_keys", {"tenant_id": b.id, **key})
    intruder.refused(statement, *values)
    intruder.refused("UPDATE app.tenant_keys SET retired_at = now()")
    intruder.refused("DELETE FROM app.tenant_keys")
    assert intruder.count("app.tenant_keys") == 1
    intruder.refused("SELECT 1 FROM app.tenant_keys FOR UPDATE")
