"""A file as a row of resources that can be read again from the start: a bundle, or NDJSON."""

import codecs
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from services.exchange.fhir_import.decode import Json, decode
from services.exchange.fhir_import.elements import Short
from services.exchange.fhir_import.refusal import FileRefused, Place

MEGABYTE = 1_000_000
_BUNDLES = ("transaction", "collection", "batch", "searchset")
_NDJSON = {".ndjson", ".jsonl"}
_BOM = codecs.BOM_UTF8
_STEP = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """In bytes. A bundle is held in memory as a whole, NDJSON a resource at a time."""

    bundle: int = 512 * MEGABYTE
    resource: int = 5 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Found:
    """One resource, not yet decoded, and where it stands."""

    position: str
    json: Json
    """Empty for an entry without a resource."""
    full_url: str | None = None
    offset: int = 0
    """Of its first byte in the file, where `json` was not part of something already decoded."""

    def place(self, resource_type: str | None = None) -> Place:
        """Where it stands, to say it to a person."""
        return Place(self.position, resource_type, self.full_url)


class Source(Protocol):
    """Gives the same resources each time it is gone through."""

    is_bundle: bool

    def __iter__(self) -> Iterator[Found]: ...


class _Head(msgspec.Struct, rename="camel"):
    resource_type: str
    type: str | None = None


class _Entry(msgspec.Struct, rename="camel"):
    full_url: Short | None = None
    resource: msgspec.Raw = msgspec.Raw()


class _Bundle(msgspec.Struct, rename="camel"):
    entry: tuple[_Entry, ...] = ()


def opened(path: Path, limits: Limits) -> Source:
    """Look at the file and say what it is; FileRefused for what is neither bundle nor NDJSON."""
    try:
        size = _size(path)
        if _is_ndjson(path, limits):
            return _Lines(path, limits)
        if size > limits.bundle:
            raise FileRefused(
                f"the bundle has {size} bytes, more than the limit of {limits.bundle}. "
                "Raise the limit, or export NDJSON, which is read line by line."
            )
        return _Entries(path.read_bytes(), limits)
    except OSError as error:
        raise FileRefused(_unreadable(error)) from None


def type_of_first(path: Path, limits: Limits) -> str | None:
    """The type of the resource on the first line; None where that is no resource."""
    try:
        _size(path)
        with path.open("rb") as file:
            first = file.readline(limits.resource + 1).removeprefix(_BOM)
        return msgspec.json.decode(first, type=_Head).resource_type
    except (OSError, ValueError, RecursionError, FileRefused):
        return None


def _is_ndjson(path: Path, limits: Limits) -> bool:
    """Whether each line is a resource: by the first line, or else by the name."""
    found = type_of_first(path, limits)
    return path.suffix.lower() in _NDJSON if found is None else found != "Bundle"


def _size(path: Path) -> int:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise FileRefused("is no file: name the files themselves.")
    if found.st_size == 0:
        raise FileRefused("is empty.")
    return found.st_size


def _unreadable(error: OSError) -> str:
    return f"cannot be read: {os.strerror(error.errno) if error.errno else 'no reason given'}."


class _Entries:
    """The entries of a bundle. The structure is decoded once, each resource when it is used."""

    is_bundle = True

    def __init__(self, text: bytes, limits: Limits) -> None:
        if text.startswith(_BOM):  # as blanks, so that offsets stay true
            text = b"   " + text[3:]
        _refuse_encoding(text)
        head = decode(text, _Head, None)
        if head.resource_type != "Bundle":
            raise FileRefused("is not a FHIR Bundle, nor NDJSON with one resource a line.")
        if head.type not in _BUNDLES:
            raise FileRefused(f"must be a bundle of one of these types: {', '.join(_BUNDLES)}.")
        self._entries = decode(text, _Bundle, Place("Bundle")).entry
        self._limits = limits

    def __iter__(self) -> Iterator[Found]:
        for number, entry in enumerate(self._entries):
            found = Found(f"Bundle.entry[{number}]", entry.resource, entry.full_url)
            _refuse_size(len(memoryview(entry.resource)), found, self._limits)
            yield found


class _Lines:
    """The lines of an NDJSON file; blank ones do not count as resources, but as lines."""

    is_bundle = False

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._state = _state_of(path)

    def __iter__(self) -> Iterator[Found]:
        try:
            with self._path.open("rb") as file:
                yield from self._found_in(file)
            changed = _state_of(self._path) != self._state
        except OSError as error:
            raise FileRefused(_unreadable(error)) from None
        if changed:
            raise FileRefused("was changed while it was being read. Run it again.")

    def _found_in(self, file: BinaryIO) -> Iterator[Found]:
        offset = number = 0
        while line := file.readline(self._limits.resource + 2):
            number += 1
            start, offset = offset, offset + len(line)
            if number == 1:
                line = line.removeprefix(_BOM)
            found = Found(f"line {number}", line, offset=start)
            _refuse_size(len(line.rstrip(b"\r\n")), found, self._limits)
            try:
                _ = line.isascii() or line.decode()
            except UnicodeDecodeError as error:
                what = f"is not UTF-8: byte {start + error.start} of the file."
                raise FileRefused(what, place=found.place()) from None
            if line.strip():
                yield found


def _state_of(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _refuse_size(size: int, found: Found, limits: Limits) -> None:
    if size > limits.resource:
        raise FileRefused(
            f"the resource has more than {limits.resource} bytes. Raise the limit, or take it out.",
            place=found.place(),
        )


def _refuse_encoding(text: bytes) -> None:
    if text.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(text), _STEP):
        before = len(decoder.getstate()[0])
        try:
            decoder.decode(text[start : start + _STEP], final=start + _STEP >= len(text))
        except UnicodeDecodeError as error:
            byte = start - before + error.start
            raise FileRefused(f"is not UTF-8: byte {byte} of the file.") from None
