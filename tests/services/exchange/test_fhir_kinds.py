"""Every type of resource that is kept, in every form in which files come."""

import pytest

from tests.personas import Clinic
from tests.services.exchange.conftest import TABLES, Rows, Take
from tests.services.exchange.records import bundle, ndjson, one_of_each

pytestmark = pytest.mark.anyio


@pytest.mark.promise("14.import.types")
@pytest.mark.parametrize("form", ["transaction", "collection", "ndjson"])
async def test_a_resource_of_every_type_is_kept_from_every_form(
    clinic: Clinic, take: Take, rows: Rows, form: str
) -> None:
    each = one_of_each()
    content = ndjson(*each) if form == "ndjson" else {**bundle(*each), "type": form}
    result = await take(clinic, content)
    assert result.total.skipped == {}
    assert [table for table in TABLES if not rows(clinic, table)] == []
