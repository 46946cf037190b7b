"""Passwords: what is refused, and that the hash is Argon2id's own."""

import base64

import argon2
import pytest

from services.identity import password as passwords

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"


@pytest.mark.promise("13.accounts.argon2id")
async def test_the_hash_is_the_one_that_argon2id_makes():
    hashed = await passwords.hashed(PASSWORD)
    # The library's own verifier takes salt and hash when they are put together (PHC string format).
    *parameters, salt = hashed.salt.split("$")
    salt = salt.rstrip("=")
    whole = "$".join([*parameters, salt, base64.b64encode(hashed.hash).decode().rstrip("=")])
    assert argon2.PasswordHasher().verify(whole, PASSWORD)
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(whole, PASSWORD + "x")


async def test_each_salt_is_another_and_each_gives_its_own_hash():
    one, two = await passwords.hashed(PASSWORD), await passwords.hashed(PASSWORD)
    assert one.salt != two.salt
    assert one.hash != two.hash
    assert await passwords.hash_with(one.salt, PASSWORD) == one.hash


async def test_a_letter_written_in_two_ways_is_one_letter():
    salt = passwords.new_salt()
    composed, apart = "Zo\u00eb and the horse", "Zoe\u0308 and the horse"
    assert await passwords.hash_with(salt, composed) == await passwords.hash_with(salt, apart)


async def test_what_is_no_salt_is_refused():
    for salt in ("", "$2b$12$abc", "$argon2id$v=19$m=1,t=1$abc"):
        with pytest.raises(ValueError, match="no salt of Argon2id"):
            await passwords.hash_with(salt, PASSWORD)


def test_other_parameters_than_those_of_today_are_outdated():
    salt = passwords.new_salt()
    assert not passwords.is_outdated(salt)
    assert passwords.is_outdated(salt.replace("t=3", "t=2"))


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("x" * 11, "12 to 200"),
        ("x" * 201, "12 to 200"),
        ("Ada@Clinic.example", "something other"),
        ("  moonshot   CLINIC ", "something other"),
        ("x" * 12, None),
        ("x" * 200, None),
    ],
)
def test_a_password_is_long_enough_and_no_name(password: str, said: str | None):
    problem = passwords.problem(password, "ada@clinic.example", "Moonshot Clinic")
    assert said in problem if said and problem else problem == said


async def test_nothing_shows_a_password_or_its_hash():
    hashed = await passwords.hashed(PASSWORD)
    assert hashed.hash.hex() not in repr(hashed)
    assert repr(hashed.hash) not in repr(hashed)
