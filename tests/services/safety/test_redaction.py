"""What the audit log may keep of arguments: nothing that says anything about anyone."""

import hashlib
import hmac
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.lab import ResultFlag
from services.date_range import DateRange
from services.safety.redaction import keyed, redact

KEY = b"k" * 32
ID = UUID("01a203d8-a578-70ec-a6f1-63ccae387230")

HARMLESS: list[tuple[Any, Any]] = [
    (True, True),
    (5, 5),
    (2.5, 2.5),
    (date(2026, 1, 2), "2026-01-02"),
    ("titration", "titration"),
    (ResultFlag.HIGH, "H"),
    (DateRange.parse("today"), "today"),
    (DateRange.parse("2026-01-01/2026-01-02"), "2026-01-01/2026-01-02"),
]
ANY = [value for value, _ in HARMLESS]


@pytest.mark.parametrize(("value", "kept"), HARMLESS)
def test_what_was_declared_harmless_is_kept(value: Any, kept: Any):
    assert redact({"a": value}, {"a"}, KEY) == {"a": kept}


@pytest.mark.promise("10.arguments.keyed-hash")
@pytest.mark.parametrize(
    "value", [*ANY, "John Smith", "", ID, Decimal("1.5"), b"x", ["a"], {"a": 1}, ("a",), object]
)
def test_anything_else_is_kept_as_a_keyed_hash_with_its_length(value: Any):
    expected = hmac.new(KEY, str(value).encode(), hashlib.sha256).hexdigest()
    assert redact({"a": value}, {"b"}, KEY) == {"a": {"h": expected, "len": len(str(value))}}


def test_what_is_absent_is_not_kept():
    assert redact({"a": None, "b": None}, {"b"}, KEY) == {}


@settings(max_examples=40)
@given(st.text(min_size=4))
def test_no_text_shows_through(text: str):
    kept = redact({"query": text}, frozenset(), KEY)["query"]
    assert kept["len"] == len(text)
    assert kept != keyed(text, b"another key")
    assert (
        text not in str(kept) or text in str(keyed("", KEY)) or set(text) <= set("0123456789abcdef")
    )
