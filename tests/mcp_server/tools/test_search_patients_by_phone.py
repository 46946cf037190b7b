"""search_patients: a telephone number is found however it is written."""

import pytest

from tests.mcp_server import rows
from tests.mcp_server.tools.thyroid_house import Ask, Write
from tests.personas import Clinic

KEPT = {
    "+12125550147": ["(212) 555-0147", "1 212 555 0147", "+1-212-555-0147"],
    "+442079460958": ["+44 20 7946 0958", "44 20 7946 0958", "442079460958"],
    "112-555-0147": ["112-555-0147"],
}
"""As an import keeps it, and as somebody may ask for it."""


@pytest.mark.parametrize(("kept", "asked"), [(k, a) for k, asked in KEPT.items() for a in asked])
def test_a_number_is_found_however_it_is_written(
    clinic: Clinic, write: Write, ask: Ask, kept: str, asked: str
):
    write(
        rows.patient(clinic.tenant_id, "Ada Abroad", phone=kept),
        rows.patient(clinic.tenant_id, "Bo Other", phone="+12125550148"),
    )
    found = ask(clinic, "search_patients", query=asked)["patients"]
    assert [match["name"] for match in found] == ["Ada Abroad"]
