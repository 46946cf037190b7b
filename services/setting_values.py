"""What a setting may be: hosts, origins, networks, folders, keys, database URLs."""

import base64
import binascii
import ipaddress
import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

KEY_BYTES: Final = 32
"""Of an AES-256 key: the master key, and those that it wraps."""
_NOT_ENCODED: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|\s")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _host(value: str) -> str:
    parts = urlsplit(f"//{value}")
    if not parts.hostname or parts.netloc != value or "@" in value:
        raise ValueError("each part must be a host or host:port")
    return value.lower()


def _origin(value: str) -> str:
    parts = urlsplit(value)
    bare = f"{parts.scheme}://{parts.netloc}"
    if parts.scheme not in {"http", "https"} or not parts.hostname or value.rstrip("/") != bare:
        raise ValueError("must be scheme://host or scheme://host:port, without a path")
    return bare.lower()


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as wrong:
        raise ValueError("each part must be an IP address or a network") from wrong


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as wrong:
        raise ValueError("must be an IP address of this machine, or 0.0.0.0 for all") from wrong


def _file(value: Path) -> Path:
    if not value.exists():
        raise ValueError("must be a file; there is none of that name")
    return value


def _folder(value: Path) -> Path:
    try:
        return value.expanduser().resolve()
    except RuntimeError as wrong:
        raise ValueError("starts with ~ and there is no home folder") from wrong


def _folder_of_postgres(value: Path) -> Path:
    if missing := [name for name in ("postgres", "initdb") if not (value / name).is_file()]:
        raise ValueError(f"must be a folder that holds postgres and initdb; no {missing[0]} there")
    return value


def decode_key(text: str) -> bytes:
    """Gives the 32 bytes of a key in base64url, padded or not; ValueError if it is not one."""
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("must be 32 bytes in base64url (43 characters)")
    return key


def _master_key(value: SecretStr) -> SecretStr:
    decode_key(value.get_secret_value())
    return value


def _names_a_database(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"postgresql", "postgres"} and bool(parts.path.strip("/"))


def _database_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    # The driver repeats what it cannot read, and that may be a piece of the password.
    if _NOT_ENCODED.search(url):
        raise ValueError("must have blanks and % in a password percent-encoded (%20, %25)")
    if not _names_a_database(url):
        raise ValueError("must be the URL of a PostgreSQL database")
    return value


Hosts = Annotated[
    tuple[Annotated[str, AfterValidator(_host)], ...], NoDecode, BeforeValidator(_split)
]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)
]
Networks = Annotated[
    tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_split)
]
Folder = Annotated[Path, AfterValidator(_folder)]
Port = Annotated[int, Field(ge=1, le=65535)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
Address = Annotated[str, AfterValidator(_address)]
Origin = Annotated[str, AfterValidator(_origin)]
EnvFile = Annotated[Path, AfterValidator(_file)]
PostgresFolder = Annotated[Folder, AfterValidator(_folder_of_postgres)]
MasterKey = Annotated[SecretStr, AfterValidator(_master_key)]
