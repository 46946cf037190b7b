"""Every reason for which the database turns a known caller away is put in words."""

import re
from pathlib import Path

import pytest

from services.errors import REFUSALS, AccessRefused
from services.settings import PROJECT

FUNCTIONS = PROJECT / "models" / "functions"


def reasons(file: Path) -> set[str]:
    said = re.findall(r"(?:return|then) '([a-z_]+)'", file.read_text())
    raised = re.findall(r"raise exception '([a-z_]+)' using errcode = 'MC403'", file.read_text())
    return {*said, *raised}


@pytest.mark.promise("5.refusals.says-what-to-do")
def test_the_reasons_in_the_functions_are_the_reasons_in_words():
    found = set.union(*(reasons(file) for file in FUNCTIONS.glob("*.sql")))
    # A prefix, an event, and what a service says as NotPermitted and ProofNeeded.
    found -= {"mcl_test_", "proved", "not_permitted", "proof_needed"}
    assert found == REFUSALS.keys()


@pytest.mark.promise("5.refusals.says-what-to-do")
@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_says_what_to_do_or_that_nothing_can_be_done(reason: str):
    refused = AccessRefused(reason)
    assert (refused.status, refused.reason) == (403, reason)
    assert re.search(r"web app|closed|earlier expiry|under Billing|moonshot", str(refused))
