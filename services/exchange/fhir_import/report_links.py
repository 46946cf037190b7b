"""Which results belong to which laboratory report: to the first that names them."""

from collections.abc import Sequence
from uuid import UUID

from models.base import ChartRow
from services.database.session import ClinicSession
from services.database.statement import statement
from services.exchange.fhir_import.mapping import Mapped

_NAMED = (
    "unnest(CAST(:report_ids AS uuid[]), CAST(:result_ids AS uuid[])) AS n(report_id, result_id)"
)
_UNLINK = statement(
    f"""
WITH gone AS (
  SELECT r.tenant_id, r.id, r.report_id FROM lab_results r
   WHERE r.patient_id = ANY(:patients) AND r.report_id = ANY(:reports)
     AND NOT EXISTS (SELECT FROM {_NAMED} WHERE n.report_id = r.report_id AND n.result_id = r.id)
)
UPDATE lab_results r SET report_id = NULL FROM gone
 WHERE r.tenant_id = gone.tenant_id AND r.id = gone.id RETURNING gone.report_id
"""  # noqa: S608 -- fixed text
)
_LINK = statement(
    f"""
UPDATE lab_results r SET report_id = n.report_id
  FROM {_NAMED} JOIN lab_reports p ON p.id = n.report_id
 WHERE r.tenant_id = p.tenant_id AND r.id = n.result_id
   AND r.patient_id = p.patient_id AND r.report_id IS NULL
RETURNING r.report_id
"""  # noqa: S608 -- fixed text
)


async def put(session: ClinicSession, mapped: Sequence[Mapped]) -> set[UUID]:
    """Link results of the same patient as these reports say; give the reports that it changed."""
    report_of: dict[UUID, UUID] = {}
    for one in mapped:
        for result in one.context.results:
            report_of.setdefault(result, one.row.id)
    named = {"report_ids": list(report_of.values()), "result_ids": list(report_of)}
    patients = list({one.row.patient_id for one in mapped if isinstance(one.row, ChartRow)})
    unlinked, linked = await session.ask(
        (_UNLINK, {**named, "patients": patients, "reports": [one.row.id for one in mapped]}),
        (_LINK, named),
    )
    return {report for (report,) in (*unlinked, *linked)}
