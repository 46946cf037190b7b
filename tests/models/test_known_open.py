"""What PostgreSQL leaves open to any role, and we cannot take away. None of it shows a row.

Each is asserted as open, so that a change is noticed; `OPEN` says why it is borne.
"""

from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.models.intruder import Intruder, Target

OPEN = {
    "notify": "NOTIFY cannot be revoked; nothing about a patient is ever put into a payload.",
    "own role": "A role may change its own password and defaults; injected SQL could lock us out, "
    "which the catalogue test and a failed login show. Nothing is disclosed.",
    "limits": "statement_timeout and its like are the session's own to lift; RESET ALL behind "
    "each call puts them back.",
    "lock": "LOCK TABLE needs no more than the right to write; it ends with the transaction, "
    "which the idle timeout ends.",
    "estimates": "pg_class estimates the rows of all clinics together: the volume, no content.",
    "locks": "pg_locks shows which tables are in use now: activity, no content.",
    "counters": "Transaction ids and WAL positions grow with everyone's writes: volume.",
    "deallocate": "Prepared statements are the session's: one may drop them, not learn their "
    "names; the connection is then replaced.",
    "sign-up": "It tells whether an e-mail is known; so does, to injected SQL, the salt that "
    "sign-in asks for. A later sign-up answers both the same.",
    "wrapped keys": "A process tries its master key on some keys before it serves, for which their "
    "places are needed: up to five clinics' ids. An id opens nothing, nor does a wrapped key.",
    "invoice numbers": "Unique in the clinic: a provider may learn that a number is taken.",
}


def test_notify_carries_words_to_whoever_listens(
    intruder: Intruder, accomplice: Intruder, a: Target
):
    accomplice.ask("LISTEN channel")
    intruder.begin(a.clinic.owner.token_hash)
    intruder.ask("NOTIFY channel, 'x'")
    intruder.commit()
    assert OPEN["notify"]
    assert [n.payload for n in accomplice.connection.notifies(timeout=5, stop_after=1)] == ["x"]


@pytest.mark.parametrize(
    "change", ["SET work_mem = '1MB'", "SET statement_timeout = 0", "PASSWORD 'x'"]
)
def test_a_role_changes_itself(intruder: Intruder, change: str):
    assert OPEN["own role"]
    with intruder.connection.transaction(force_rollback=True):
        intruder.ask(f"ALTER ROLE moonshot_app {change}")


@pytest.mark.parametrize("limit", ["statement_timeout", "lock_timeout", "work_mem"])
def test_a_session_lifts_its_limits_until_it_is_reset(intruder: Intruder, limit: str):
    assert OPEN["limits"]
    before = intruder.value(f"SHOW {limit}")
    intruder.ask(f"SET {limit} = '99999'")
    assert intruder.value(f"SHOW {limit}") != before
    intruder.ask("RESET ALL")
    assert intruder.value(f"SHOW {limit}") == before


def test_a_table_is_locked_until_the_transaction_ends(intruder: Intruder, accomplice: Intruder):
    assert OPEN["lock"]
    intruder.ask("BEGIN; LOCK TABLE app.patients IN EXCLUSIVE MODE")
    accomplice.ask("BEGIN")
    accomplice.refused("LOCK TABLE app.patients IN EXCLUSIVE MODE NOWAIT", by="55P03")
    intruder.rollback()
    accomplice.ask("LOCK TABLE app.patients IN EXCLUSIVE MODE NOWAIT")


def test_what_a_role_may_not_write_it_cannot_lock(intruder: Intruder):
    intruder.ask("BEGIN")
    intruder.refused("LOCK TABLE app.staff IN EXCLUSIVE MODE")
    intruder.refused("LOCK TABLE identity.secret IN ACCESS SHARE MODE")


def test_the_number_of_all_rows_is_estimated(intruder: Intruder, owner: Intruder, a: Target):
    assert OPEN["estimates"]
    owner.ask("ANALYZE app.lab_results")
    rows = intruder.value("SELECT reltuples FROM pg_class WHERE oid = 'app.lab_results'::regclass")
    assert rows >= 30


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("locks", "SELECT count(*) FROM pg_locks"),
        ("counters", "SELECT pg_current_wal_lsn()"),
        ("counters", "SELECT pg_current_xact_id()"),
    ],
)
def test_activity_is_seen_from_afar(intruder: Intruder, name: str, question: str):
    assert OPEN[name]
    assert intruder.ask(question)


def test_prepared_statements_are_dropped_by_any_statement(intruder: Intruder):
    assert OPEN["deallocate"]
    intruder.ask("PREPARE q AS SELECT 1")
    intruder.ask("DEALLOCATE ALL")
    intruder.refused("EXECUTE q", by="26000")


def test_sign_up_tells_that_an_email_is_known(intruder: Intruder, a: Target):
    assert OPEN["sign-up"]
    with pytest.raises(psycopg.errors.UniqueViolation):
        intruder.ask(
            "SELECT app.sign_up(%s, %s, 'X', 'L', %s, 'X', 'UTC', %s, '\\x00')",
            uuid4(),
            a.clinic.nurse.email,
            uuid4(),
            uuid4(),
        )


def test_the_ids_of_some_clinics_stand_beside_their_wrapped_keys(
    intruder: Intruder, owner: Intruder, a: Target
):
    assert OPEN["wrapped keys"]
    keys = "SELECT tenant_id, id, wrapped FROM app.tenant_keys"
    assert intruder.ask(keys) == []
    shown = intruder.ask("SELECT tenant_id, key_id, wrapped FROM app.some_wrapped_keys()")
    assert 0 < len(shown) <= 5
    assert set(shown) <= set(owner.ask(keys))


def test_a_provider_learns_that_an_invoice_number_is_taken(
    intruder: Intruder, owner: Intruder, a: Target
):
    assert OPEN["invoice numbers"]
    number = owner.value("SELECT number FROM app.invoices WHERE id = %s", a.invoice)
    intruder.sign_in(a.clinic.provider.session_hash)
    assert intruder.count("app.invoices") == 0
    values: tuple[Any, ...] = (a.id, uuid4(), a.patients[0], number, a.clinic.provider.user_id)
    intruder.refused(
        "INSERT INTO app.invoices (tenant_id, id, patient_id, number, provider_id, status, "
        "issued_on, due_on, total_cents) VALUES (%s, %s, %s, %s, %s, 'issued', now(), now(), 1)",
        *values,
        by="23505",
    )
