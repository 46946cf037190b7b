"""A believable clinic of 36 patients who do not exist, dated around a given moment.

The same arguments give the same rows: nothing here reads a clock, a file or a network.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Table
from sqlalchemy.orm.attributes import manager_of_class

from models.base import ClinicRow
from models.schema import metadata
from services.clinical import lab_protocol_rows
from services.onboarding.synthetic_clinic.background import write_background
from services.onboarding.synthetic_clinic.bills import write_bills
from services.onboarding.synthetic_clinic.intake import fill_in_form
from services.onboarding.synthetic_clinic.labs import draw_labs
from services.onboarding.synthetic_clinic.leads import write_leads
from services.onboarding.synthetic_clinic.memberships import enrol, open_plans
from services.onboarding.synthetic_clinic.messages import correspond, keep_quiet
from services.onboarding.synthetic_clinic.names import Names
from services.onboarding.synthetic_clinic.notes import write_notes
from services.onboarding.synthetic_clinic.people import patients
from services.onboarding.synthetic_clinic.physiology import Body
from services.onboarding.synthetic_clinic.places import telephones
from services.onboarding.synthetic_clinic.prescriptions import prescribe
from services.onboarding.synthetic_clinic.record import Record
from services.onboarding.synthetic_clinic.sales import sell
from services.onboarding.synthetic_clinic.staff import OWNER_LICENCE, STAFF, SyntheticStaff
from services.onboarding.synthetic_clinic.visits import schedule
from services.onboarding.synthetic_clinic.vitals import take_vitals

__all__ = ["OWNER_LICENCE", "STAFF", "SyntheticStaff", "generate"]


def generate(
    *,
    seed: int,
    tenant_id: UUID,
    now: datetime,
    time_zone: ZoneInfo,
    owner_id: UUID,
    staff_ids: Mapping[str, UUID],
) -> list[ClinicRow]:
    """Make every row of a synthetic clinic, in an order that satisfies the foreign keys.

    `now` is aware; `staff_ids` has the user id of each of STAFF by key. Tenant, staff and
    credentials are made elsewhere.
    """
    record = Record(seed=seed, tenant_id=tenant_id, now=now, time_zone=time_zone)
    names, numbers = Names(record.chance), telephones(time_zone, record.chance)
    opened_at = record.at(record.days_ago(800), 12 * 60)
    record.rows += lab_protocol_rows.rows(tenant_id, lambda: record.new_id(opened_at))
    keep_quiet(record)
    plans = open_plans(record)
    stories = patients(record, names, numbers, owner_id, staff_ids["provider"])
    schedule(record, stories, staff_ids["nurse"])
    for story in stories:
        prescribe(record, story)
        fill_in_form(record, story)
        write_background(record, story)
        if story.seen:
            body = Body(story, record.chance)
            take_vitals(record, story, body)
            draw_labs(record, story, body)
            write_notes(record, story)
    bills = [*enrol(record, stories, plans), *sell(record, stories)]
    first_paid = write_bills(record, bills)
    correspond(record, stories, staff_ids)
    write_leads(record, stories, first_paid, names, numbers)
    return _in_order_of_keys(record.rows)


def _in_order_of_keys(rows: list[ClinicRow]) -> list[ClinicRow]:
    """Rows of a table after those of the tables it refers to."""
    place = {table: number for number, table in enumerate(metadata.sorted_tables)}
    return sorted(rows, key=lambda row: place[_table(row)])


def _table(row: ClinicRow) -> Table:
    return cast("Table", manager_of_class(type(row)).mapper.local_table)
