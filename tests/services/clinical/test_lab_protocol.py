"""The protocol that a clinic starts with hangs together and says where it comes from."""

from uuid import UUID

import pytest

from models.lab import LabInterval, LabPanel, LabPanelMarker
from models.vocabulary import IntervalTrigger
from services.clinical import lab_protocol_rows
from services.clinical.lab_protocol import INTERVALS, PANELS
from services.clinical.markers import MARKERS
from services.onboarding.synthetic_clinic.formulary import PRODUCTS

TENANT_ID = UUID("01890000-0000-7000-8000-000000000001")
ROWS = lab_protocol_rows.rows(TENANT_ID)


@pytest.mark.promise("6.panels.seven")
def test_panels_are_the_seven_of_the_specification():
    keys = [panel.key for panel in PANELS]
    assert keys == [
        "testosterone",
        "thyroid",
        "metabolic",
        "lipids",
        "cbc",
        "weight_loss",
        "vitamins",
    ]


@pytest.mark.promise("6.panels.seven")
def test_panels_are_of_known_markers_and_require_some_of_their_own():
    for panel in PANELS:
        assert set(panel.markers) <= MARKERS.keys()
        assert panel.required
        assert panel.required <= set(panel.markers)


@pytest.mark.promise("6.panels.sources")
def test_intervals_are_of_known_panels_and_name_a_source():
    for interval in INTERVALS:
        assert interval.panel in {panel.key for panel in PANELS}
        assert interval.first_due_days > 0
        assert interval.interval_days > 0
        assert interval.source.endswith(".")
    assert len({interval.key for interval in INTERVALS}) == len(INTERVALS)


def test_a_drug_of_the_formulary_triggers_each_interval_that_is_for_drugs():
    known = {product.ingredient_rxnorm for product in PRODUCTS.values()}
    for interval in INTERVALS:
        if interval.trigger is IntervalTrigger.MEDICATION:
            assert known.intersection(interval.codes)


@pytest.mark.promise("6.panels.loinc")
def test_there_is_a_row_for_each_code_of_each_marker():
    panels = {row.id: row.key for row in ROWS if isinstance(row, LabPanel)}
    written = {
        (panels[row.panel_id], row.marker, row.loinc, row.required)
        for row in ROWS
        if isinstance(row, LabPanelMarker)
    }
    assert written == {
        (panel.key, key, loinc.code, key in panel.required)
        for panel in PANELS
        for key in panel.markers
        for loinc in MARKERS[key].codes
    }


@pytest.mark.promise("6.panels.sources")
def test_intervals_refer_to_panels_of_the_same_clinic():
    panels = {row.id: row.key for row in ROWS if isinstance(row, LabPanel)}
    written = {
        row.key: (panels[row.panel_id], row.trigger_codes, row.source)
        for row in ROWS
        if isinstance(row, LabInterval)
    }
    assert written == {i.key: (i.panel, list(i.codes), i.source) for i in INTERVALS}
    assert {row.tenant_id for row in ROWS} == {TENANT_ID}
