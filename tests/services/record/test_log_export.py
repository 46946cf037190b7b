"""The log as a file: all of it, harmless in a spreadsheet, and on record itself."""

import csv
import io
import json
from typing import Any
from uuid import UUID

import pytest

from models.base import uuid7
from services.database import opening
from services.database.pool import Pool
from services.errors import NotAuthenticated
from services.identity import accounts
from services.record import log_export
from services.record.log import Filters
from services.record.log_export import Form, export
from tests.ground import SUPERUSER
from tests.personas import Clinic, Person
from tests.services.record.logged import Connect, call, save

pytestmark = pytest.mark.anyio


async def exported(pool: Pool, person: Person, form: Form, **filters: Any) -> str:
    begin = opening.session(person.session_hash)
    return b"".join([part async for part in export(pool, begin, Filters(**filters), form)]).decode()


def events(connect: Connect, clinic: Clinic) -> list[tuple[UUID, str, dict[str, Any]]]:
    return (
        connect(SUPERUSER)
        .execute(
            "SELECT user_id, actor, detail FROM app.security_events "
            "WHERE tenant_id = %s AND kind = 'audit_exported'",
            [clinic.tenant_id],
        )
        .fetchall()
    )


@pytest.mark.promise("10.page.export")
@pytest.mark.parametrize("form", Form)
async def test_every_row_is_in_the_file_over_several_batches(
    pool: Pool, clinic: Clinic, connect: Connect, form: Form
):
    written = [call(clinic, clinic.nurse, n) for n in range(2 * log_export.BATCH + 1)]
    save(connect, *written)
    text = await exported(pool, clinic.owner, form)
    rows = (
        list(csv.DictReader(io.StringIO(text, newline="")))
        if form is Form.CSV
        else [json.loads(line) for line in text.splitlines()]
    )
    assert [UUID(row["id"]) for row in rows] == [row.id for row in reversed(written)]
    assert {row["person"] for row in rows} == {"Nurse"}
    assert rows[-1]["at"] in {"2026-03-02T12:00:00+00:00", "2026-03-02T12:00:00Z"}


@pytest.mark.promise("10.page.export")
async def test_both_forms_say_the_same(pool: Pool, clinic: Clinic, connect: Connect):
    patients = [uuid7(), uuid7()]
    arguments = {"query": {"h": "ab", "len": 3}}
    save(connect, call(clinic, clinic.nurse, args_redacted=arguments, patient_refs=patients))
    (row,) = csv.DictReader(io.StringIO(await exported(pool, clinic.owner, Form.CSV), newline=""))
    line = json.loads(await exported(pool, clinic.owner, Form.JSON_LINES))
    assert list(row) == list(line)
    assert json.loads(row["arguments"]) == line["arguments"] == arguments
    assert row["patient_ids"].split() == line["patient_ids"] == [str(id_) for id_ in patients]
    assert row["reason"] == ""
    assert line["reason"] is None


@pytest.mark.parametrize(
    "evil", ['=HYPERLINK("http://x")', "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1"]
)
async def test_nothing_in_a_cell_is_a_formula(
    pool: Pool, clinic: Clinic, connect: Connect, evil: str
):
    save(
        connect,
        call(
            clinic, clinic.nurse, client_name=evil, client_version=evil, signals=[evil, 'a"b,c\nd']
        ),
    )
    text = await exported(pool, clinic.owner, Form.CSV)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    for cell in row.values():
        assert not cell.startswith(tuple("=+-@\t\r\n\uff1d"))
    assert row["client_name"] == f"'{evil}"


async def test_filters_and_rights_hold_as_for_the_page(
    pool: Pool, clinic: Clinic, other_clinic: Clinic, connect: Connect
):
    save(
        connect,
        call(clinic, clinic.nurse, 0),
        call(clinic, clinic.biller, 1),
        call(other_clinic, other_clinic.nurse, 2),
    )

    async def people(person: Person, **filters: Any) -> list[str]:
        text = await exported(pool, person, Form.JSON_LINES, **filters)
        return [json.loads(line)["person"] for line in text.splitlines()]

    assert await people(clinic.auditor) == ["Biller", "Nurse"]
    assert await people(clinic.auditor, user_id=clinic.nurse.user_id) == ["Nurse"]
    assert await people(clinic.nurse) == ["Nurse"]
    assert await people(clinic.growth) == []


@pytest.mark.promise("10.events.exports")
async def test_the_export_is_on_record_before_anything_is_given(
    pool: Pool, clinic: Clinic, connect: Connect
):
    owner = clinic.owner
    parts = export(
        pool,
        opening.session(owner.session_hash),
        Filters(user_id=owner.user_id),
        Form.CSV,
    )
    assert events(connect, clinic) == []
    await anext(parts)
    await parts.aclose()
    filters = {"user_id": str(owner.user_id)}
    detail = {"form": "csv", "filters": filters}
    assert events(connect, clinic) == [(owner.user_id, f"s:{owner.session_id}", detail)]


async def test_an_export_ends_with_its_session(pool: Pool, clinic: Clinic, connect: Connect):
    save(connect, *(call(clinic, clinic.nurse, n) for n in range(log_export.BATCH + 1)))
    begin = opening.session(clinic.auditor.session_hash)
    parts = export(pool, begin, Filters(), Form.JSON_LINES)
    assert await anext(parts) == b""
    assert await anext(parts)
    await accounts.sign_out(pool, clinic.auditor.session_hash)
    with pytest.raises(NotAuthenticated):
        await anext(parts)
