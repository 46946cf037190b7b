"""To sign in as someone else: what is stored, what is told, what is guessed."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from tests.conftest import Clock
from tests.ground import SUPERUSER
from tests.models.conftest import Connect
from tests.models.intruder import Intruder, Target

SALT = "$argon2id$v=19$m=65536,t=3,p=4$AAAAAAAAAAAAAAAAAAAAAA=="
RIGHT = hashlib.sha256(b"what Argon2id made of the password").digest()
WRONG = b"\1" * 32
SIGN_IN = "SELECT * FROM app.sign_in(%s, %s, %s, %s, %s, null, %s, %s, %s)"
SIGN_UP = "SELECT app.sign_up(%s, %s, 'X', 'L', %s, 'X', 'UTC', %s, %s, %s, %s)"
TRIES = 10


class Account:
    """Somebody with a password."""

    def __init__(self, someone: Intruder) -> None:
        self.user, self.tenant, self.email = uuid4(), uuid4(), f"{uuid4()}@clinic.example"
        key = hashlib.sha256(self.user.bytes).digest()
        someone.ask(SIGN_UP, self.user, self.email, self.tenant, uuid4(), key, SALT, RIGHT)


@pytest.fixture
def victim(accomplice: Intruder) -> Account:
    return Account(accomplice)


def try_(
    someone: Intruder,
    email: str,
    proof: object,
    *,
    tenant: UUID | None = None,
    new_salt: str | None = None,
    new_hash: bytes | None = None,
    network: str | None = None,
) -> tuple[UUID | None, UUID | None, int | None]:
    key = hashlib.sha256(uuid4().bytes).digest()
    (row,) = someone.ask(SIGN_IN, email, proof, tenant, uuid4(), key, network, new_salt, new_hash)
    user, clinic, _, wait = row
    return user, clinic, wait


def test_the_right_hash_opens_a_session_in_any_case_of_the_address(
    intruder: Intruder, victim: Account
):
    for email in (victim.email, victim.email.upper()):
        assert try_(intruder, email, RIGHT) == (victim.user, victim.tenant, None)


def test_what_is_stored_of_a_password_opens_nothing(
    intruder: Intruder, victim: Account, connect: Connect
):
    stored = connect(SUPERUSER).execute(
        "SELECT password_digest FROM identity.users WHERE user_id = %s", [victim.user]
    )
    row = stored.fetchone()
    assert row is not None
    assert row[0] == hashlib.sha256(RIGHT).digest()
    assert try_(intruder, victim.email, row[0]) == (None, None, None)


@pytest.mark.parametrize("proof", [None, b"", b"\0" * 32, b"%", SALT.encode()])
def test_a_hash_that_is_none_opens_nothing(
    intruder: Intruder, victim: Account, a: Target, proof: bytes | None
):
    for email in (victim.email, a.clinic.owner.email, f"{uuid4()}@nobody.example"):
        assert try_(intruder, email, proof) == (None, None, None)


def test_the_salt_is_told_and_never_the_hash(intruder: Intruder, victim: Account, a: Target):
    told = "SELECT * FROM app.password_salt(%s, null)"
    assert intruder.ask(told, victim.email) == [(SALT, None)]
    for nobody in (a.clinic.owner.email, f"{uuid4()}@nobody.example", "%", "", None):
        assert intruder.ask(told, nobody) == [(None, None)]


@pytest.mark.promise("13.accounts.guesses")
def test_guesses_of_one_address_end_with_the_tenth(
    intruder: Intruder, victim: Account, clock: Clock, connect: Connect
):
    for _ in range(TRIES):
        assert try_(intruder, victim.email, WRONG) == (None, None, None)
    for proof in (WRONG, RIGHT):
        user, clinic, wait = try_(intruder, victim.email.upper(), proof)
        assert (user, clinic) == (None, None)
        assert wait is not None
        assert 890 < wait <= 900
    assert intruder.ask("SELECT salt FROM app.password_salt(%s, null)", victim.email) == [(None,)]
    events = connect(SUPERUSER).execute(
        "SELECT count(*) FROM app.security_events WHERE tenant_id = %s AND kind = 'sign_in_failed'",
        [victim.tenant],
    )
    assert events.fetchone() == (TRIES,)
    clock.move(timedelta(minutes=15))
    assert try_(intruder, victim.email, RIGHT) == (victim.user, victim.tenant, None)


def test_the_failures_of_an_address_that_nobody_has_are_counted_alike(intruder: Intruder):
    nobody = f"{uuid4()}@nobody.example"
    waits = [try_(intruder, nobody, WRONG)[2] for _ in range(TRIES + 1)]
    assert waits[:-1] == [None] * TRIES
    assert waits[-1] == 900


@pytest.mark.promise("13.accounts.guesses")
def test_guesses_of_many_addresses_end_with_the_hundredth_from_one_network(
    intruder: Intruder, victim: Account
):
    network = f"network {uuid4()}"
    for _ in range(100):
        nobody = f"{uuid4()}@nobody.example"
        assert try_(intruder, nobody, WRONG, network=network) == (None, None, None)
    user, _, wait = try_(intruder, victim.email, RIGHT, network=network)
    assert user is None
    assert wait is not None
    assert 890 < wait <= 900
    told = intruder.ask("SELECT * FROM app.password_salt(%s, %s)", victim.email, network)
    assert [salt for salt, _ in told] == [None]
    assert try_(intruder, victim.email, RIGHT, network="another")[0] == victim.user


def test_a_new_password_by_the_operator_ends_sessions_and_is_on_record(
    intruder: Intruder, owner: Intruder, victim: Account, connect: Connect
):
    change, new = "SELECT app.operator_set_password(%s, %s, %s, %s)", SALT.replace("A", "B")
    key = hashlib.sha256(uuid4().bytes).digest()
    intruder.ask(SIGN_IN, victim.email, RIGHT, None, uuid4(), key, None, None, None)
    for _ in range(TRIES):
        try_(intruder, victim.email, WRONG)
    intruder.refused(change, victim.email, new, WRONG, uuid4())
    owner.refused(change, f"{uuid4()}@nobody.example", new, WRONG, uuid4(), by="28000")
    by = uuid4()
    owner.ask(change, victim.email.upper(), new, WRONG, by)
    intruder.refused("SELECT * FROM app.begin_session(%s)", key, by="28000")
    assert try_(intruder, victim.email, RIGHT)[0] is None
    assert try_(intruder, victim.email, WRONG)[0] == victim.user
    events = connect(SUPERUSER).execute(
        "SELECT user_id, actor FROM app.security_events "
        "WHERE tenant_id = %s AND kind = 'password_set'",
        [victim.tenant],
    )
    assert events.fetchall() == [(victim.user, f"o:{by}")]


def test_a_try_waits_for_the_others_of_the_same_address(
    intruder: Intruder, accomplice: Intruder, victim: Account, connect: Connect
):
    for _ in range(TRIES - 1):
        try_(intruder, victim.email, WRONG)
    intruder.ask("BEGIN")
    assert try_(intruder, victim.email, WRONG) == (None, None, None)
    waiting = "SELECT FROM pg_locks WHERE pid = %s AND NOT granted"
    pid, superuser = accomplice.connection.info.backend_pid, connect(SUPERUSER)
    with ThreadPoolExecutor(1) as beside:
        another = beside.submit(try_, accomplice, victim.email, RIGHT)
        deadline = time.monotonic() + 2
        while not superuser.execute(waiting, [pid]).fetchall():
            assert time.monotonic() < deadline
        intruder.commit()
        user, _, wait = another.result()
    assert user is None
    assert wait is not None


def test_success_forgives_failures(intruder: Intruder, victim: Account):
    for _ in range(3):
        for _ in range(TRIES - 1):
            try_(intruder, victim.email, WRONG)
        assert try_(intruder, victim.email, RIGHT)[0] == victim.user


def test_failures_are_kept_for_no_longer_than_they_count(
    intruder: Intruder, clock: Clock, connect: Connect
):
    superuser = connect(SUPERUSER)

    emails = [f"{uuid4()}@nobody.example" for _ in range(3)]
    for email in emails:
        try_(intruder, email, WRONG)
    clock.move(timedelta(minutes=15, seconds=1))
    while superuser.execute("SELECT FROM identity.tries WHERE forget_at < app.now()").fetchall():
        before = superuser.execute("SELECT count(*) FROM identity.tries").fetchone()
        try_(intruder, f"{uuid4()}@nobody.example", WRONG)
        after = superuser.execute("SELECT count(*) FROM identity.tries").fetchone()
        assert before is not None
        assert after is not None
        assert after <= before
    digests = [hashlib.sha256(f"sign_in {email}".encode()).digest() for email in emails]
    assert not superuser.execute(
        "SELECT FROM identity.tries WHERE source_digest = ANY (%s)", [digests]
    ).fetchall()


def test_a_right_password_opens_no_clinic_of_others(intruder: Intruder, victim: Account, b: Target):
    assert try_(intruder, victim.email, RIGHT, tenant=b.id) == (victim.user, None, None)
    assert try_(intruder, victim.email, RIGHT, tenant=victim.tenant)[1] == victim.tenant


def test_a_password_is_changed_by_nobody_who_does_not_know_it(intruder: Intruder, victim: Account):
    new = SALT.replace("A", "B")
    try_(intruder, victim.email, WRONG, new_salt=new, new_hash=WRONG)
    assert try_(intruder, victim.email, WRONG)[0] is None
    try_(intruder, victim.email, RIGHT, new_salt=new, new_hash=WRONG)
    assert try_(intruder, victim.email, WRONG)[0] == victim.user


@pytest.mark.promise("13.accounts.argon2id")
@pytest.mark.parametrize(
    ("salt", "proof"),
    [("the password itself", RIGHT), ("$2b$12$salt", RIGHT), (SALT, None), (None, RIGHT)],
)
def test_only_argon2id_is_kept(intruder: Intruder, salt: str | None, proof: bytes | None):
    key = hashlib.sha256(uuid4().bytes).digest()
    values = (uuid4(), f"{uuid4()}@clinic.example", uuid4(), uuid4(), key, salt, proof)
    intruder.refused(SIGN_UP, *values, by="23514")


def test_an_address_is_told_to_whose_it_is_in_person(
    intruder: Intruder, worker: Intruder, a: Target
):
    nurse = a.clinic.nurse
    mine = "SELECT app.my_email()"
    assert intruder.value(mine) is None
    intruder.begin(nurse.token_hash)
    assert intruder.value(mine) is None
    intruder.rollback()
    intruder.sign_in(nurse.session_hash)
    assert intruder.value(mine) == nurse.email
    worker.refused(mine)


@pytest.mark.parametrize(
    "call",
    [
        "try_limit('sign_in')",
        "of_try('sign_in', 'x')",
        "try_wait('sign_in', 'x')",
        "take_turn('sign_in', 'x')",
        "count_try('sign_in', 'x')",
        "forget_tries('sign_in', 'x')",
        "session_idle()",
        "clinic_of(null, null)",
        "session_life()",
    ],
)
def test_the_parts_of_signing_in_are_nobodys_to_call(
    intruder: Intruder, worker: Intruder, owner: Intruder, call: str
):
    for someone in (intruder, worker, owner):
        someone.refused(f"SELECT identity.{call}")


@pytest.mark.promise("4.identity.doors-of-roles")
def test_the_worker_signs_nobody_in(worker: Intruder, victim: Account):
    key = hashlib.sha256(b"x").digest()
    worker.refused(SIGN_IN, victim.email, RIGHT, None, uuid4(), key, None, None, None)
    worker.refused("SELECT app.password_salt(%s, null)", victim.email)
