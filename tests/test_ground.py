"""The ground itself: tests reach nothing but loopback, and each finds the clock set right."""

import socket
from datetime import timedelta

import pytest

from tests.conftest import Clock
from tests.ground import OWNER, Database
from tests.personas import Clinic


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "clinic.example"])
def test_nothing_beyond_loopback_is_reached(host: str):
    with pytest.raises(RuntimeError, match="loopback only"):
        socket.create_connection((host, 443), timeout=1)


def test_loopback_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


@pytest.mark.parametrize("days", [1, 2])
def test_a_moved_clock_is_set_right_behind_each_test(database: Database, clock: Clock, days: int):
    with database.connect(OWNER) as owner:
        moved = "SELECT app.now() - pg_catalog.now()"
        assert owner.execute(moved).fetchone() == (timedelta(0),)
        clock.move(timedelta(days=days))
        assert owner.execute(moved).fetchone() == (timedelta(days=days),)


def test_a_clinic_has_a_person_in_each_role_with_a_key_of_ones_own(
    clinic: Clinic, other_clinic: Clinic, production: Clinic
):
    people = [person for of in (clinic, other_clinic, production) for person in of.people]
    assert len(people) == 21
    for key in ("user_id", "email", "token_hash", "session_hash", "credential_id"):
        assert len({getattr(person, key) for person in people}) == 21
