"""The form of a credential, which says by itself whether it can be one."""

import hashlib
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tenant import Tier
from services.identity.token import LENGTH, Token, new_token, read_token

BASE62 = set(string.ascii_letters + string.digits)
SAMPLE = "mcl_test_" + "0" * 36


@pytest.mark.promise("2.sandbox.prefix", "5.credentials.form")
@pytest.mark.parametrize(
    ("tier", "prefix"), [("sandbox", "mcl_test_"), ("production", "mcl_live_")]
)
def test_a_token_names_its_tier_and_is_read_again(tier: str, prefix: str):
    token = new_token(Tier(tier))
    assert token.text.startswith(prefix)
    assert len(token.text) == LENGTH == 9 + 36 + 6
    assert set(token.text[9:]) <= BASE62
    assert read_token(token.text) == token
    assert (token.prefix, token.last_four) == (prefix, token.text[-4:])


def test_no_two_are_alike():
    assert len({new_token(Tier.SANDBOX).text for _ in range(1000)}) == 1000


@pytest.mark.promise("5.credentials.hash-alone")
def test_only_its_hash_leaves_the_process():
    token = new_token(Tier.SANDBOX)
    assert token.hash == hashlib.sha256(token.text.encode()).digest()
    for shown in (repr(token), str(token), f"{token}"):
        assert token.text[9:-4] not in shown


@pytest.mark.promise("5.credentials.form")
def test_the_checksum_is_crc32_in_base62():
    assert read_token(SAMPLE + checksum(SAMPLE)) == Token(SAMPLE + checksum(SAMPLE))


def checksum(text: str) -> str:
    """CRC32 by its definition, bit by bit; then base62, digits before capitals before the rest."""
    crc = 0xFFFFFFFF
    for byte in text.encode():
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    alphabet = string.digits + string.ascii_uppercase + string.ascii_lowercase
    digits = ""
    while crc:
        crc, digit = divmod(crc, 62)
        digits = alphabet[digit] + digits
    return digits.rjust(6, "0")


@settings(max_examples=40)
@given(st.integers(0, LENGTH - 1), st.sampled_from(sorted(BASE62)))
def test_a_slip_of_one_character_is_noticed(at: int, character: str):
    token = new_token(Tier.SANDBOX).text
    changed = token[:at] + character + token[at + 1 :]
    assert changed == token or read_token(changed) is None


@pytest.mark.parametrize("at", range(9, LENGTH - 1))
def test_two_neighbours_that_changed_places_are_noticed(at: int):
    token = new_token(Tier.SANDBOX).text
    swapped = token[:at] + token[at + 1] + token[at] + token[at + 2 :]
    assert swapped == token or read_token(swapped) is None


@settings(max_examples=40)
@given(st.text(max_size=80))
def test_another_text_is_none(text: str):
    assert read_token(text) is None


@pytest.mark.parametrize("wrong", ["mcl_live_", "mcl_prod_", "MCL_TEST_", "sk-proj-x"])
def test_a_right_checksum_under_another_prefix_is_none(wrong: str):
    body = wrong + "0" * 36
    token = read_token(body + checksum(body))
    assert (token is None) == (wrong != "mcl_live_")


def test_what_only_looks_like_one_is_none():
    token = new_token(Tier.SANDBOX).text
    for wrong in (token + " ", " " + token, token + "\n", token.upper(), token.replace("_", "-")):
        assert read_token(wrong) is None
