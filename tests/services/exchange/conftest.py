"""Taking files into a clinic, and looking at what then stands in its tables."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from psycopg import Connection, sql

from services.database import operator
from services.database.pool import Pool
from services.exchange.fhir_import.report import ImportReport
from services.exchange.fhir_import.run import JOB, import_files
from services.exchange.fhir_import.source import Limits
from tests.ground import OWNER, WORKER, Database
from tests.personas import Clinic
from tests.services.exchange.records import Resource

Content = Path | bytes | Resource
Take = Callable[..., Awaitable[ImportReport]]
Rows = Callable[..., list[dict[str, Any]]]
NewJob = Callable[[UUID], Awaitable[UUID]]

TABLES = (
    "patients",
    "appointments",
    "encounters",
    "conditions",
    "allergies",
    "medications",
    "immunizations",
    "claims",
    "chart_notes",
    "lab_reports",
    "lab_results",
    "vitals",
)


@pytest.fixture
async def worker_pool(database: Database) -> AsyncGenerator[Pool]:
    pool = Pool(database.url(WORKER), size=1)
    yield pool
    await pool.close()


@pytest.fixture
async def new_job(database: Database) -> AsyncGenerator[NewJob]:
    """Asks for a job as the operator does."""
    owner = Pool(database.url(OWNER), size=1)
    yield lambda tenant_id: operator.enqueue(owner, tenant_id, JOB)
    await owner.close()


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes what a test made to a file: a bundle as JSON, bytes as they are."""
    made = 0

    def write(content: Content, name: str | None = None) -> Path:
        nonlocal made
        if isinstance(content, Path):
            return content
        made += 1
        path = tmp_path / (name or f"{made:04}.{'json' if isinstance(content, dict) else 'ndjson'}")
        is_bytes = isinstance(content, bytes)
        path.write_bytes(content if is_bytes else json.dumps(content).encode())
        return path

    return write


@pytest.fixture
def take(worker_pool: Pool, new_job: NewJob, written: Callable[..., Path]) -> Take:
    """Imports files into a clinic, as `moonshot import-fhir` does."""

    async def take(clinic: Clinic, *contents: Content, limits: Limits | None = None) -> Any:
        files = [written(content) for content in contents]
        job_id = await new_job(clinic.tenant_id)
        return await import_files(worker_pool, job_id, files, limits=limits)

    return take


@pytest.fixture
def rows(connect: Callable[[str], Connection[Any]]) -> Rows:
    """The rows of a clinic's table, as moonshot_owner sees them."""
    owner = connect(OWNER)

    def rows(clinic: Clinic, table: str) -> list[dict[str, Any]]:
        question = sql.SQL("SELECT * FROM app.{} WHERE tenant_id = %s ORDER BY source_id")
        found = owner.execute(question.format(sql.Identifier(table)), [clinic.tenant_id])
        names = [column.name for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found]

    return rows


@pytest.fixture
def everything(rows: Rows) -> Callable[[Clinic], dict[str, list[dict[str, Any]]]]:
    """All tables that an import writes."""
    return lambda clinic: {table: rows(clinic, table) for table in TABLES}
