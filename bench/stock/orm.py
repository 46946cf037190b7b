"""(c): the stock SDK server, doing the same database work through an ORM session."""

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.mcpserver.exceptions import ToolError
from sqlalchemy import case, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bench.stock.answer import GIVEN, Labs, LabValue, Marker, Reference, serve, stock_server
from models.audit import McpAuditLog
from models.lab import LabResult
from models.patient import Patient

CONNECTIONS = 16
COUNT = text("SELECT app.count_request(:hash)")
BEGIN = text(
    "SELECT tenant_id, user_id, credential_id, role, time_zone FROM app.begin_request(:hash)"
)

STANDINGS = {"registered": 0, "preliminary": 0, "final": 1, "amended": 2, "corrected": 2}
STANDING = case(STANDINGS, value=col(LabResult.status))

engine = create_async_engine(GIVEN["url"], pool_size=CONNECTIONS, max_overflow=0)
sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
server = stock_server()


@server.tool()
async def get_labs(patient_id: UUID, limit: int = 20) -> Labs:
    """Gives one patient's lab results, newest first, grouped by marker."""
    token = get_access_token()
    if token is None:
        raise ToolError("no credential")
    hashed = {"hash": hashlib.sha256(token.token.encode()).digest()}
    async with sessions() as session:
        await (await session.connection()).execute(COUNT, hashed)
        await session.commit()
        who = (await (await session.connection()).execute(BEGIN, hashed)).one()
        if who.role not in ("owner", "provider", "nurse"):
            raise ToolError("not permitted")
        if await session.get(Patient, (who.tenant_id, patient_id)) is None:
            raise ToolError("no such patient")
        newest = await _newest(session, patient_id, limit + 1)
        shown = newest[:limit]
        before = await _before(session, shown)
        answer = _labs(shown, before, ZoneInfo(who.time_zone))
        if len(newest) > limit:
            answer["next_cursor"] = _cursor(shown[-1])
        session.add(_audit_row(who, patient_id, len(json.dumps(answer))))
        await session.commit()
    return answer


async def _newest(session: AsyncSession, patient_id: UUID, limit: int) -> Sequence[LabResult]:
    found = await session.exec(
        select(LabResult)
        .where(LabResult.patient_id == patient_id)
        .order_by(col(LabResult.collected_at).desc(), STANDING.desc(), col(LabResult.id).desc())
        .limit(limit)
    )
    return found.all()


async def _before(session: AsyncSession, shown: Sequence[LabResult]) -> Sequence[LabResult]:
    """The newest of each marker of an earlier time than all that is shown."""
    last = shown[-1]
    found = await session.exec(
        select(LabResult)
        .ext(distinct_on(col(LabResult.loinc), col(LabResult.unit)))
        .where(
            LabResult.patient_id == last.patient_id,
            col(LabResult.loinc).in_({result.loinc for result in shown}),
            col(LabResult.collected_at) < last.collected_at,
        )
        .order_by(
            col(LabResult.loinc),
            col(LabResult.unit),
            col(LabResult.collected_at).desc(),
            STANDING.desc(),
            col(LabResult.id).desc(),
        )
    )
    return found.all()


def _labs(shown: Sequence[LabResult], before: Sequence[LabResult], zone: ZoneInfo) -> Labs:
    earlier = {(result.loinc, result.unit): [result] for result in before}
    previous: dict[UUID, LabResult | None] = {}
    for result in reversed(shown):
        series = earlier.setdefault((result.loinc, result.unit), [])
        older = (other for other in reversed(series) if other.collected_at < result.collected_at)
        previous[result.id] = next(older, None)
        series.append(result)
    markers: dict[tuple[Any, ...], Marker] = {}
    for result in shown:
        key = (result.loinc, result.unit, result.reference_low, result.reference_high)
        if key not in markers:
            markers[key] = _marker(result)
        markers[key]["results"].append(_value(result, previous[result.id], zone))
    return Labs(markers=list(markers.values()))


def _marker(result: LabResult) -> Marker:
    marker = Marker(loinc=result.loinc, name=result.label, results=[])
    if result.unit is not None:
        marker["unit"] = result.unit
    reference = Reference()
    if result.reference_low is not None:
        reference["low"] = float(result.reference_low)
    if result.reference_high is not None:
        reference["high"] = float(result.reference_high)
    if reference:
        marker["reference"] = reference
    return marker


def _value(result: LabResult, previous: LabResult | None, zone: ZoneInfo) -> LabValue:
    value = LabValue(collected=result.collected_at.astimezone(zone).isoformat(timespec="seconds"))
    if result.value is not None:
        value["value"] = float(result.value)
    if result.flag is not None:
        value["flag"] = result.flag
    if previous is not None and previous.value is not None and result.value is not None:
        value["previous"] = float(previous.value)
        value["change"] = float(result.value - previous.value)
    return value


def _cursor(last: LabResult) -> str:
    standing = STANDINGS[last.status]
    place = json.dumps([last.collected_at.isoformat(), standing, str(last.id)])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _audit_row(who: Any, patient_id: UUID, size: int) -> McpAuditLog:
    return McpAuditLog(
        tenant_id=who.tenant_id,
        user_id=who.user_id,
        credential_id=who.credential_id,
        role=who.role,
        tool_name="get_labs",
        args_redacted={"patient_id": {"len": 36}, "limit": 20},
        patient_refs=[patient_id],
        response_bytes=size,
        latency_ms=0,
        status="ok",
        protocol_version="2025-11-25",
        ip="127.0.0.1",
    )


serve(server)
