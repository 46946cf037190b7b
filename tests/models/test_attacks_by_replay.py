"""A context copied, kept or rolled back: elsewhere, and later, it is worth nothing."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from tests.ground import APP
from tests.models.intruder import SETTINGS, Intruder, Target

STASH = ", ".join(
    f"set_config('stash.s{n}', current_setting('{name}'), false)" for n, name in enumerate(SETTINGS)
)
UNSTASH = ", ".join(
    f"set_config('{name}', current_setting('stash.s{n}'), true)" for n, name in enumerate(SETTINGS)
)


@pytest.mark.promise("4.context.of-a-transaction")
def test_a_context_does_not_outlive_its_transaction(intruder: Intruder, a: Target):
    for end in ("COMMIT", "ROLLBACK", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN"):
        intruder.begin(a.clinic.owner.token_hash)
        intruder.ask(end)
        assert intruder.count() == 0
        assert not intruder.context().tag
        intruder.rollback()


@pytest.mark.promise("4.context.of-a-transaction")
def test_an_error_leaves_no_context(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.owner.token_hash)
    intruder.connection.execute("SET LOCAL statement_timeout = 20")
    intruder.ask("SAVEPOINT s")
    intruder.refused("SELECT pg_sleep(1)", by="57014")
    intruder.rollback()
    assert intruder.count() == 0
    assert not intruder.context().tag


@pytest.mark.promise("4.context.replayed")
def test_a_context_worn_in_the_next_transaction_shows_no_rows(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.owner.token_hash)
    context = intruder.context()
    intruder.commit()
    intruder.ask("BEGIN")
    intruder.wear(context)
    assert intruder.count() == 0


def test_a_context_kept_in_the_session_shows_no_rows(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.owner.token_hash)
    intruder.wear(intruder.context(), local=False)
    intruder.commit()
    assert intruder.context().tag
    assert intruder.count() == 0


def test_a_context_is_worthless_in_a_second_transaction_of_one_message(
    intruder: Intruder, a: Target
):
    # Both transactions of one message begin at the same now(), in the same backend.
    token = a.clinic.owner.token_hash.hex()
    assert (
        intruder.value(
            f"BEGIN; SELECT app.begin_request('\\x{token}'); SELECT {STASH}; COMMIT; "
            f"BEGIN; SELECT {UNSTASH}; SELECT count(*) FROM app.patients; COMMIT"
        )
        == 0
    )


@pytest.mark.promise("4.context.replayed")
def test_a_context_worn_on_another_connection_shows_no_rows(
    intruder: Intruder, accomplice: Intruder, a: Target
):
    intruder.begin(a.clinic.owner.token_hash)
    accomplice.ask("BEGIN")
    accomplice.wear(intruder.context())
    assert accomplice.count() == 0
    assert intruder.count() == 3


def test_a_context_worn_in_its_own_snapshot_elsewhere_shows_no_rows(
    intruder: Intruder, accomplice: Intruder, a: Target
):
    intruder.ask("BEGIN ISOLATION LEVEL REPEATABLE READ")
    intruder.ask("SELECT app.begin_request(%s)", a.clinic.owner.token_hash)
    snapshot = intruder.value("SELECT pg_export_snapshot()")
    accomplice.ask("BEGIN ISOLATION LEVEL REPEATABLE READ")
    accomplice.ask(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
    accomplice.wear(intruder.context())
    assert accomplice.count() == 0


def test_a_second_beginning_in_one_transaction_is_refused(intruder: Intruder, a: Target, b: Target):
    intruder.begin(a.clinic.owner.token_hash)
    for beginning, key in (
        ("SELECT app.begin_request(%s)", b.clinic.owner.token_hash),
        ("SELECT app.begin_request(%s)", a.clinic.biller.token_hash),
        ("SELECT app.begin_session(%s)", b.clinic.owner.session_hash),
    ):
        intruder.refused(beginning, key, by="28000")
    assert (intruder.count(), intruder.count_of(b.id)) == (3, 0)


def test_savepoints_give_back_what_was_and_never_another(intruder: Intruder, a: Target, b: Target):
    intruder.begin(a.clinic.owner.token_hash)
    intruder.ask("SAVEPOINT s")
    intruder.set("app.current_tenant", b.id)
    assert intruder.count() == 0
    intruder.ask("ROLLBACK TO s")
    assert (intruder.count(), intruder.count_of(b.id)) == (3, 0)


def test_a_beginning_rolled_back_is_none(intruder: Intruder, a: Target, b: Target):
    intruder.ask("BEGIN; SAVEPOINT s")
    intruder.ask("SELECT app.begin_request(%s)", a.clinic.owner.token_hash)
    context = intruder.context()
    intruder.ask("ROLLBACK TO s")
    assert intruder.count() == 0
    # With the other clinic's own hash one may begin again, and sees that clinic alone.
    intruder.ask("SELECT app.begin_request(%s)", b.clinic.owner.token_hash)
    assert (intruder.count(), intruder.count_of(a.id)) == (3, 0)
    intruder.set("app.current_tenant", context.tenant)
    assert intruder.count() == 0


def test_a_context_holds_within_subtransactions(intruder: Intruder, a: Target):
    intruder.sign_in(a.clinic.owner.session_hash)
    intruder.ask("SAVEPOINT s")
    assert intruder.changed("UPDATE app.patients SET city = city") == 3
    assert intruder.count() == 3
    intruder.ask("RELEASE s")
    assert intruder.count() == 3


def test_a_prepared_transaction_carries_no_context_over(intruder: Intruder, a: Target):
    intruder.begin(a.clinic.owner.token_hash)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        intruder.ask("PREPARE TRANSACTION 'x'")
    assert intruder.count() == 0


@pytest.mark.promise("4.context.replayed")
def test_a_context_is_gone_after_a_reconnect(
    connect: Callable[[str], Connection[Any]], intruder: Intruder, a: Target
):
    intruder.begin(a.clinic.owner.token_hash)
    context = intruder.context()
    intruder.connection.close()
    again = Intruder(connect(APP))
    again.ask("BEGIN")
    again.wear(context)
    assert again.count() == 0
