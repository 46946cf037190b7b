"""One clinic of 10,000 patients among 200: a sandbox, copied row by row under other ids."""

from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import Connection, sql
from sqlalchemy import Column, Table, Uuid

from services.database.catalogue import clinic_tables

PATIENTS: Final = 10_000
CLINICS: Final = 200
RESULTS: Final = 1_000_000
_IN_SANDBOX: Final = 36
_NUMBERED: Final = frozenset(("mrn", "number", "source_id", "client_request_id"))
"""Texts that are unique within a clinic."""
_ONE_A_CLINIC: Final = frozenset(
    (
        "tenants",
        "staff",
        "tenant_keys",
        "lab_panels",
        "lab_panel_markers",
        "lab_intervals",
        "membership_plans",
        "quiet_hours",
    )
)
"""What a clinic has once, however many patients it has."""
_LEFT_OUT: Final = frozenset(
    (
        "mcp_credentials",
        "mcp_request_rates",
        "mcp_audit_log",
        "mcp_taints",
        "security_events",
        "chart_access_log",
        "usage_events",
        "outbox",
    )
)


def grow(admin: Connection[Any], tenant_id: UUID) -> dict[str, int]:
    """Copy a sandbox until there are 200, and its patients until there are 10,000.

    The superuser may: no trigger, no foreign key is asked. Gives the rows of some tables.
    """
    admin.execute("SET session_replication_role = replica")
    tables = [t for t in clinic_tables().values() if t.name not in _LEFT_OUT]
    for table in tables:
        _copy(admin, table, tenant_id, CLINICS - 1, new_clinic=True)
    for table in tables:
        if table.name not in _ONE_A_CLINIC:
            _copy(admin, table, tenant_id, PATIENTS // _IN_SANDBOX, new_clinic=False)
    _repeat_results(admin, tenant_id)
    admin.execute("RESET session_replication_role")
    return {name: _count(admin, name, tenant_id) for name in ("patients", "lab_results")}


def _copy(
    admin: Connection[Any], table: Table, tenant_id: UUID, times: int, *, new_clinic: bool
) -> None:
    columns = list(table.columns)
    copied = [_copied(table, column, new_clinic=new_clinic) for column in columns]
    admin.execute(
        sql.SQL(
            "INSERT INTO {name} ({columns}) SELECT {copied} "
            "FROM {name} o, generate_series(1, {times}) k WHERE o.tenant_id = {tenant}"
        ).format(
            name=sql.Identifier("app", table.name),
            columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            copied=sql.SQL(", ").join(copied),
            times=times,
            tenant=tenant_id,
        )
    )


def _copied(table: Table, column: "Column[Any]", *, new_clinic: bool) -> sql.Composed:
    """The value of a copy: another id, the same clinic's staff and plans, or all of it anew."""
    said: LiteralString = "o.{c}"
    if isinstance(column.type, Uuid) and (new_clinic or _is_of_patient(table, column)):
        said = "md5(o.{c}::text || k)::uuid"
    elif column.name in _NUMBERED:
        said = "o.{c} || '-' || k"
    return sql.SQL(said).format(c=sql.Identifier(column.name))


def _is_of_patient(table: Table, column: "Column[Any]") -> bool:
    """Whether it leads to a row that is copied with its patient."""
    if column.name in {"id", "idempotency_key", "pending_action_id"}:
        return True
    if column.name in {"tenant_id", "provider_id"}:
        return False
    targets = {key.column.table.name for key in column.foreign_keys}
    return bool(targets) and not targets & _ONE_A_CLINIC and table.name not in _ONE_A_CLINIC


def _repeat_results(admin: Connection[Any], tenant_id: UUID) -> None:
    """Earlier draws, until the clinic has a million results."""
    times = RESULTS // _count(admin, "lab_results", tenant_id) - 1
    columns = [c.name for c in clinic_tables()["app.lab_results"].columns]
    changed: dict[str, LiteralString] = {
        "id": "md5(o.id::text || 'earlier' || k)::uuid",
        "collected_at": "o.collected_at - k * interval '730 days'",
        "source_id": "o.source_id || '-' || k || '-earlier'",
    }
    copied = [sql.SQL(changed[c]) if c in changed else sql.Identifier("o", c) for c in columns]
    admin.execute(
        sql.SQL(
            "INSERT INTO app.lab_results ({columns}) SELECT {copied} "
            "FROM app.lab_results o, generate_series(1, {times}) k WHERE o.tenant_id = {tenant}"
        ).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
            copied=sql.SQL(", ").join(copied),
            times=max(times, 0),
            tenant=tenant_id,
        )
    )


def _count(admin: Connection[Any], table: str, tenant_id: UUID) -> int:
    counting = sql.SQL("SELECT count(*) FROM {name} WHERE tenant_id = {tenant}")
    named = counting.format(name=sql.Identifier("app", table), tenant=tenant_id)
    row = admin.execute(named).fetchone()
    return row[0] if row else 0
