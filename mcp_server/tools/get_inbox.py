"""The tool get_inbox."""

from typing import Annotated

from msgspec import Meta

from mcp_server.budget import shortened
from mcp_server.text import Code, Label, MessageText, Ours, PersonName, Unit
from mcp_server.tool import Cursor, OfPatient, Result, read_tool
from mcp_server.wording import full_name, local, local_or_none, number
from models.permission import Permission
from models.vocabulary import Channel, InboxFilter, InboxKind, ResultFlag
from services.database.session import ClinicSession
from services.paging import Page
from services.practice import inbox
from services.practice.inbox import InboxItemFacts
from services.principal import Principal

_LONGEST_SUBJECT = 1_000
"""Bytes. The body may be as long as any untrusted text."""


class LabResult(Result, kw_only=True):
    """The result that a call is about."""

    loinc: Code
    name: Label
    value: float | None = None
    comparator: Annotated[Ours | None, Meta(description="A bound: <, <=, >=, >.")] = None
    unit: Unit | None = None
    text: Annotated[Label | None, Meta(description="Where it is no number.")] = None
    flag: ResultFlag | None = None
    collected: Ours


class InboxItem(Result, kw_only=True):
    """A message, a lab result to call about, or a task."""

    inbox_item_id: Ours
    kind: InboxKind
    channel: Channel | None = None
    received: Ours
    unread: Annotated[bool, Meta(description="Absent once somebody has opened it.")] = False
    due: Ours | None = None
    answered: Annotated[Ours | None, Meta(description="Absent while it waits.")] = None
    patient_id: OfPatient
    patient: PersonName
    assigned_to: Label | None = None
    subject: MessageText | None = None
    body: MessageText
    result: LabResult | None = None


class Inbox(Result, kw_only=True):
    """What waits, oldest first; then what was answered, last answered first."""

    items: list[InboxItem]
    next_cursor: Ours | None = None


@read_tool(title="Inbox", permission=Permission.VIEW_INBOX)
async def get_inbox(
    clinic: ClinicSession,
    filter: Annotated[  # noqa: A002 -- the argument's name in the catalogue
        InboxFilter,
        Meta(description="unread: nobody has opened it; labs, tasks: of that kind, read or not."),
    ] = InboxFilter.UNREAD,
    limit: Annotated[int, Meta(ge=1, le=100)] = 20,
    cursor: Cursor | None = None,
) -> Inbox:
    """Gives messages of patients, lab results to call about, and tasks: the oldest waiting first.

    Answered ones follow behind. Subject and body are as the patient or a colleague wrote them.
    Marks nothing as read; leaves out the clinic's own answers, and results for who sees no charts.
    """
    found = await inbox.items(clinic, filter, limit=limit, cursor=cursor)
    return _inbox(found, clinic.principal)


def _inbox(page: Page[InboxItemFacts], principal: Principal) -> Inbox:
    return Inbox(items=[_item(row, principal) for row in page.rows], next_cursor=page.next_cursor)


def _item(row: InboxItemFacts, principal: Principal) -> InboxItem:
    return InboxItem(
        inbox_item_id=str(row.id),
        kind=InboxKind(row.kind),
        channel=None if row.channel is None else Channel(row.channel),
        received=local(row.received_at, principal),
        unread=row.read_at is None and row.answered_at is None,
        due=local_or_none(row.due_at, principal),
        answered=local_or_none(row.answered_at, principal),
        patient_id=row.patient_id,
        patient=full_name(row.given_name, row.family_name),
        assigned_to=row.assigned_to,
        subject=row.subject and shortened(row.subject, _LONGEST_SUBJECT),
        body=row.body,
        result=_result(row, principal),
    )


def _result(row: InboxItemFacts, principal: Principal) -> LabResult | None:
    if row.loinc is None or row.label is None or row.collected_at is None:
        return None
    if not principal.may(Permission.VIEW_CHARTS):
        return None
    return LabResult(
        loinc=row.loinc,
        name=row.label,
        value=None if row.value is None else number(row.value),
        comparator=row.comparator,
        unit=row.unit,
        text=row.value_label,
        flag=None if row.flag is None else ResultFlag(row.flag),
        collected=local(row.collected_at, principal),
    )
