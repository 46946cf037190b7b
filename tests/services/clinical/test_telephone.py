"""Telephone numbers, by themselves."""

import pytest

from services.clinical.telephone import e164


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("(212) 555-0103", "+12125550103"),
        ("212.555.0103", "+12125550103"),
        ("+1 212 555 0103", "+12125550103"),
        ("12125550103", "+12125550103"),
        ("+44 20 7946 0958", "+442079460958"),
        ("44 20 7946 0958", None),
        ("112-555-0103", None),
        ("+1 112 555 0103", None),
        ("555-0103", None),
        ("John Smith", None),
        ("+1234567890123456", None),
        ("+23456789012345678", None),
        ("٢١٢٥٥٥٠١٠٣", None),
        ("+٤٤٢٠٧٩٤٦٠٩٥٨", None),
        ("", None),
    ],
)
def test_a_number_is_read_as_e164_where_it_says_its_country(text: str, number: str | None):
    assert e164(text) == number
