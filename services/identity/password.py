"""Passwords: what is asked of one, and its hash by Argon2id (RFC 9106), in threads of its own."""

import asyncio
import base64
import os
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from argon2 import Type, low_level, profiles

SHORTEST = 12
LONGEST = 200

_PARAMETERS = profiles.RFC_9106_LOW_MEMORY
_SALT = re.compile(r"\$argon2id\$v=(\d+)\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/=-]+)", re.ASCII)
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
"""Each hash takes 64 MiB: however many sign in at once, no more than two are made."""


@dataclass(frozen=True, slots=True, repr=False)
class Hashed:
    """A password as it goes to the database, which keeps SHA-256 of the hash."""

    salt: str
    hash: bytes


def problem(password: str, *others: str) -> str | None:
    """What is wrong with a new password, if something is; it may be none of the others."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"must be {SHORTEST} to {LONGEST} characters"
    if _plain(password) in {_plain(other) for other in others}:
        return "must be something other than the e-mail address or the name of the clinic"
    return None


async def hashed(password: str) -> Hashed:
    """With a new salt and the parameters of today."""
    salt = new_salt()
    return Hashed(salt, await hash_with(salt, password))


async def hash_with(salt: str, password: str) -> bytes:
    """With a salt as it was kept; ValueError for one that is none."""
    found = _SALT.fullmatch(salt)
    if found is None:
        raise ValueError("This is no salt of Argon2id.")
    version, memory, time, lanes = (int(number) for number in found.groups()[:4])
    return await asyncio.get_running_loop().run_in_executor(
        _THREADS,
        lambda: low_level.hash_secret_raw(
            unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass"),
            base64.b64decode(found[5]),
            time_cost=time,
            memory_cost=memory,
            parallelism=lanes,
            hash_len=_PARAMETERS.hash_len,
            type=Type.ID,
            version=version,
        ),
    )


def new_salt() -> str:
    """The parameters of today with random bytes, written as in the PHC string format."""
    salt = base64.b64encode(os.urandom(_PARAMETERS.salt_len)).decode()
    return f"{_now()}{salt}"


def is_outdated(salt: str) -> bool:
    """Whether it was made with other parameters than those of today."""
    return not salt.startswith(_now())


def _now() -> str:
    with_ = _PARAMETERS
    return (
        f"$argon2id$v={with_.version}$m={with_.memory_cost},t={with_.time_cost},"
        f"p={with_.parallelism}$"
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
