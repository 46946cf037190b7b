"""The first reading of a file: how much there is of what, and what refers to what."""

import re

import msgspec

from services.exchange.fhir_import.decode import decode, refuse_nul
from services.exchange.fhir_import.elements import Short
from services.exchange.fhir_import.kinds import KINDS, NAME_ONLY
from services.exchange.fhir_import.references import Index, id_of
from services.exchange.fhir_import.refusal import FileRefused
from services.exchange.fhir_import.report import Reason, Skipped, Tally
from services.exchange.fhir_import.source import Found, Source

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,39}", re.ASCII)
_MOST_TYPES = 200
"""FHIR R4 has fewer; a file that invents more is counted under one name."""
_OTHER = "(other types)"


class Head(msgspec.Struct, rename="camel"):
    """What every resource begins with."""

    resource_type: Short
    id: Short | None = None


class Survey:
    """Goes through the file once: what is wrong with its form is found before any write."""

    def __init__(self, source: Source, tally: Tally) -> None:
        self.index = Index()
        self.resources = 0
        self.kept = 0
        """Of the types that are stored."""
        self.ranks: set[int] = set()
        self._tally = tally
        self._seen: set[int] = set()
        self._types: set[str] = set()
        for found in source:
            self._look_at(found, in_bundle=source.is_bundle)

    def _look_at(self, found: Found, *, in_bundle: bool) -> None:
        self.resources += 1
        if not found.json:
            self._tally.skip("(none)", Skipped(Reason.NO_RESOURCE))
            return
        head = head_of(found)
        refuse_nul(found.json, found.place(head.resource_type))
        source_id = source_id_of(head, found)
        if source_id is None:
            self._tally.skip(self._counted(head.resource_type), Skipped(Reason.NO_ID))
            return
        self._refuse_second(source_id, found, head)
        self.index.add(found, head.resource_type, source_id, in_bundle=in_bundle)
        kind = KINDS.get(head.resource_type)
        if kind is None:
            reason = Reason.NAME_ONLY if head.resource_type in NAME_ONLY else Reason.TYPE
            self._tally.skip(self._counted(head.resource_type), Skipped(reason))
            return
        self.kept += 1
        self.ranks.add(kind.rank)

    def _refuse_second(self, source_id: str, found: Found, head: Head) -> None:
        # Hashes alone: a file may hold millions, and the text of their ids would not fit.
        key = hash(source_id)
        if key in self._seen:
            raise FileRefused(
                "the same type and id came before in this file.",
                place=found.place(head.resource_type),
                path="id",
            )
        self._seen.add(key)

    def _counted(self, resource_type: str) -> str:
        if len(self._types) < _MOST_TYPES:
            self._types.add(resource_type)
        return resource_type if resource_type in self._types else _OTHER


def head_of(found: Found) -> Head:
    """Type and id; FileRefused where there is no type of resource."""
    head = decode(found.json, Head, found.place(), offset=found.offset)
    if not _TYPE.fullmatch(head.resource_type):
        raise FileRefused(
            "expected a type of FHIR resource.", place=found.place(), path="resourceType"
        )
    return head


def source_id_of(head: Head, found: Found) -> str | None:
    """`Type/id`; None where neither the resource nor its entry gives an id."""
    resource_id = id_of(head.id, found.full_url)
    return f"{head.resource_type}/{resource_id}" if resource_id else None
