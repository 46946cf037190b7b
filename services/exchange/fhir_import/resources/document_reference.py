"""DocumentReference with plain text to chart_notes."""

import binascii
from base64 import b64decode
from collections.abc import Sequence

from models.chart import ChartNote
from services.exchange.fhir_import.dates import When
from services.exchange.fhir_import.elements import (
    Attachment,
    Element,
    Reference,
    Resource,
    Short,
)
from services.exchange.fhir_import.mapping import Context, kept_status
from services.exchange.fhir_import.refusal import Wrong
from services.exchange.fhir_import.report import Reason, Skipped

_SIGNED = {"final": "final", "amended": "amended"}
_CHARSETS = {"utf-8", "utf8", "us-ascii", "iso-8859-1", "windows-1252"}
"""Python knows more by name, some of which unpack archives."""


class Content(Element):
    """The document in one format."""

    attachment: Attachment | None = None


class DocumentContext(Element):
    """Where it was written."""

    encounter: tuple[Reference, ...] = ()


class DocumentReferenceResource(Resource):
    """FHIR DocumentReference."""

    status: Short | None = None
    doc_status: Short | None = None
    subject: Reference | None = None
    date: When | None = None
    content: tuple[Content, ...] = ()
    context: DocumentContext | None = None


def to_row(resource: DocumentReferenceResource, context: Context) -> ChartNote:
    """Take a current, signed document that comes as plain text."""
    kept_status(resource.status, {"current": "current"}, frozenset({"superseded"}))
    kept_status(resource.doc_status or "final", _SIGNED, frozenset({"preliminary"}))
    patient_id = context.patient(resource.subject, "subject")
    written_at = context.needed_at(resource.date)
    visits = resource.context.encounter if resource.context else ()
    return ChartNote(
        tenant_id=context.tenant_id,
        id=context.id,
        source_id=context.source_id,
        patient_id=patient_id,
        encounter_id=context.encounter(visits[0] if visits else None),
        narrative=_text(resource.content),
        signed_at=written_at,
    )


def _text(contents: Sequence[Content]) -> str:
    for number, content in enumerate(contents):
        attachment = content.attachment
        kind, charset = _format(attachment)
        if attachment is None or kind != "text/plain":
            continue
        if attachment.data is None:
            raise Skipped(Reason.ELSEWHERE if attachment.url else Reason.NO_VALUE)
        return _decoded(attachment.data, charset, f"content[{number}].attachment.data")
    raise Skipped(Reason.NOT_TEXT)


def _format(attachment: Attachment | None) -> tuple[str, str]:
    declared = (attachment.content_type or "" if attachment else "").lower()
    kind, *parameters = (part.strip() for part in declared.split(";"))
    named = (p.removeprefix("charset=").strip('"') for p in parameters if p.startswith("charset="))
    return kind, next(named, "utf-8")


def _decoded(data: str, charset: str, path: str) -> str:
    try:
        octets = b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(path, "expected base64.") from None
    try:
        text = octets.decode(charset) if charset in _CHARSETS else None
    except UnicodeError:
        text = None
    if text is None or "\0" in text:
        raise Skipped(Reason.NOT_DECODABLE)
    if not text.strip():
        raise Skipped(Reason.NO_VALUE)
    return text
