"""Keys at rest open with their master key, in their place, unchanged; and not otherwise."""

from uuid import UUID

import pytest

from models.base import uuid7
from services.keys import KeyRing, WrongMasterKey, new_key
from services.setting_values import KEY_BYTES

RING = KeyRing(b"m" * 32)


@pytest.fixture
def place() -> dict[str, UUID]:
    return {"tenant_id": uuid7(), "key_id": uuid7()}


@pytest.mark.promise("15.keys.wrapped")
def test_a_key_opens_in_its_place(place: dict[str, UUID]):
    key = new_key()
    assert len(key) == KEY_BYTES
    wrapped = RING.wrap(key, **place)
    assert key not in wrapped
    assert RING.open(wrapped, **place) == key


def test_no_two_keys_and_no_two_wrappings_are_alike(place: dict[str, UUID]):
    key = new_key()
    assert key != new_key()
    assert RING.wrap(key, **place) != RING.wrap(key, **place)


@pytest.mark.promise("15.keys.wrapped")
def test_a_key_does_not_open_in_another_place(place: dict[str, UUID]):
    wrapped = RING.wrap(new_key(), **place)
    for other in ("tenant_id", "key_id"):
        with pytest.raises(WrongMasterKey):
            RING.open(wrapped, **place | {other: uuid7()})
    swapped = {"tenant_id": place["key_id"], "key_id": place["tenant_id"]}
    with pytest.raises(WrongMasterKey):
        RING.open(wrapped, **swapped)


@pytest.mark.promise("15.keys.wrapped")
def test_a_key_does_not_open_with_another_master_key(place: dict[str, UUID]):
    wrapped = RING.wrap(new_key(), **place)
    with pytest.raises(WrongMasterKey):
        KeyRing(b"n" * 32).open(wrapped, **place)


def test_a_key_that_was_changed_in_one_bit_does_not_open(place: dict[str, UUID]):
    wrapped = RING.wrap(new_key(), **place)
    for at in range(len(wrapped)):
        changed = wrapped[:at] + bytes([wrapped[at] ^ 1]) + wrapped[at + 1 :]
        with pytest.raises(WrongMasterKey):
            RING.open(changed, **place)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 20, 27])
def test_a_key_that_was_cut_off_does_not_open(place: dict[str, UUID], length: int):
    wrapped = RING.wrap(new_key(), **place)
    with pytest.raises(WrongMasterKey):
        RING.open(wrapped[:length], **place)
