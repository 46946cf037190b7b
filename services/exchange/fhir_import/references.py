"""What a file says about its own resources, so that references within it can be followed."""

import re
from collections.abc import Sequence
from uuid import UUID, uuid5

from services.exchange.fhir_import.decode import decode
from services.exchange.fhir_import.elements import (
    CodeableConcept,
    HumanName,
    Identifier,
    Reference,
    Resource,
)
from services.exchange.fhir_import.source import Found

_LOGICAL = re.compile(r"(?P<type>[A-Z][A-Za-z]{1,39})/(?P<id>[A-Za-z0-9.-]{1,64})(/_history/.*)?")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_URN = "urn:uuid:"
_SEVERAL = ""
"""In the place of a resource: an identifier that two of them have."""


def row_id(tenant_id: UUID, source_id: str) -> UUID:
    """The same for the same resource whenever, and from whichever file, it is taken."""
    return uuid5(tenant_id, source_id)


def id_of(resource_id: str | None, full_url: str | None) -> str | None:
    """A resource's id, else the one at the end of its fullUrl; None where there is neither."""
    text = resource_id or (full_url or "").removeprefix(_URN).rsplit("/", 1)[-1]
    return text if _ID.fullmatch(text) else None


class _Person(Resource):
    name: tuple[HumanName, ...] = ()


class _Role(Resource):
    practitioner: Reference | None = None


class _Medication(Resource):
    code: CodeableConcept | None = None


class _Numbered(Resource):
    identifier: tuple[Identifier, ...] = ()


class Index:
    """Full URLs, identifiers, names of people and codes of medications, each by resource."""

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}
        self._identifiers: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self._roles: dict[str, Reference] = {}
        self._medications: dict[str, CodeableConcept] = {}

    def add(self, found: Found, resource_type: str, source_id: str, *, in_bundle: bool) -> None:
        """Note what others may ask of this resource."""
        if found.full_url:
            self._urls[found.full_url] = source_id
        place = found.place(resource_type)
        match resource_type:
            case "Practitioner":
                name = full_name(decode(found.json, _Person, place).name)
                self._people[source_id] = name or ""
            case "PractitionerRole":
                role = decode(found.json, _Role, place).practitioner
                self._roles[source_id] = role or Reference()
            case "Medication":
                code = decode(found.json, _Medication, place).code
                self._medications[source_id] = code or CodeableConcept()
            case "Patient" | "Encounter" if in_bundle:
                for identifier in decode(found.json, _Numbered, place).identifier:
                    self._add_identifier(resource_type, identifier, source_id)
            case _:
                pass

    def _add_identifier(self, resource_type: str, number: Identifier, source_id: str) -> None:
        key = _key(resource_type, f"{number.system or ''}|{number.value}")
        known = self._identifiers.setdefault(key, source_id)
        if known != source_id:
            self._identifiers[key] = _SEVERAL

    def resolve(self, reference: Reference, expected: str, full_url: str | None) -> str | None:
        """The `Type/id` that it points to; None if that cannot be known.

        `full_url` is of the entry in which it stands: what is relative is relative to that. A
        urn:uuid that is not in the file is an id of the expected type, as in files that were
        split by their exporter.
        """
        text = reference.reference
        if text is None:
            number = reference.identifier
            if number is None or number.value is None:
                return None
            return self._identified(expected, f"{number.system or ''}|{number.value}")
        if text in self._urls:
            return self._urls[text]
        if text.startswith(_URN):
            rest = text.removeprefix(_URN)
            return f"{expected}/{rest}" if _ID.fullmatch(rest) else None
        resource_type, marked, token = text.partition("?identifier=")
        if marked:
            return self._identified(resource_type, token)
        return self._logical(text, full_url)

    def kind_of(self, reference: Reference, full_url: str | None) -> str | None:
        """The type of resource that it points to, as far as that can be known."""
        target = self.resolve(reference, "", full_url)
        return target.partition("/")[0] or None if target else None

    def _identified(self, resource_type: str, token: str) -> str | None:
        return self._identifiers.get(_key(resource_type, token)) or None

    def _logical(self, text: str, full_url: str | None) -> str | None:
        base, absolute = _base(full_url), "://" in text
        if absolute and (base is None or not text.startswith(base)):
            return None
        match = _LOGICAL.fullmatch(text.removeprefix(base or ""))
        if match is None:
            return None
        source_id = f"{match['type']}/{match['id']}"
        return self._urls.get(f"{base}{source_id}", source_id)

    def person(self, reference: Reference | None, full_url: str | None) -> str | None:
        """The name of a practitioner: from the file, else as it stands beside the reference."""
        if reference is None:
            return None
        target = self.resolve(reference, "Practitioner", full_url) or ""
        role = self._roles.get(target)
        if role is not None:
            target = self.resolve(role, "Practitioner", full_url) or ""
            reference = role if role.display else reference
        return self._people.get(target) or (reference.display or "")[:200].strip() or None

    def medication(self, reference: Reference, full_url: str | None) -> CodeableConcept | None:
        """The code of a Medication in the file."""
        return self._medications.get(self.resolve(reference, "Medication", full_url) or "")


def chosen_name(names: Sequence[HumanName]) -> HumanName | None:
    """The official name, else the usual one, else the first that is still in use."""
    for use in ("official", "usual"):
        for name in names:
            if name.use == use:
                return name
    return next((n for n in names if n.use not in {"old", "maiden", "nickname"}), None)


def full_name(names: Sequence[HumanName]) -> str | None:
    """A name in one line, without titles."""
    name = chosen_name(names)
    if name is None:
        return None
    parts = [part for part in (*name.given, name.family) if part]
    return " ".join(" ".join(parts).split()) or name.text


def _key(resource_type: str, token: str) -> str:
    return f"{resource_type}?{token}"


def _base(full_url: str | None) -> str | None:
    """`https://server/fhir/` of `https://server/fhir/Patient/1`."""
    if full_url is None or "://" not in full_url:
        return None
    parts = full_url.rsplit("/", 2)
    return f"{parts[0]}/" if len(parts) == 3 else None  # noqa: PLR2004 -- base, type, id
