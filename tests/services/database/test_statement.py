"""Values travel to the database as they are; statements name their parameters."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.vocabulary import Sex
from services.database.statement import encode, statement
from services.database.wire import Wire

pytestmark = pytest.mark.anyio

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
AWKWARD = st.sampled_from(["NULL", "null", "", " ", "{}", "{", '"', "\\", "'", "',", "\\x", "a,b"])
WORDS = TEXT | AWKWARD
INT8 = st.integers(-(2**63), 2**63 - 1)
NUMERIC = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30)
OFFSETS = st.integers(-15 * 60, 15 * 60).map(lambda m: timezone(timedelta(minutes=m)))
EARLIEST, LATEST = datetime.fromisoformat("0001-01-02"), datetime.fromisoformat("9999-12-30")
INSTANTS = st.datetimes(EARLIEST, LATEST, timezones=OFFSETS)
JSON = st.recursive(
    st.none() | st.booleans() | INT8 | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "bigint": INT8,
    "boolean": st.booleans(),
    "double precision": st.floats(allow_nan=False),
    "numeric": NUMERIC,
    "uuid": st.uuids(),
    "date": st.dates(),
    "timestamptz": INSTANTS,
    "bytea": st.binary(),
}
TYPED = st.one_of(
    *(st.tuples(st.just(kind), values | st.none()) for kind, values in SCALARS.items()),
    *(
        st.tuples(st.just(f"{kind}[]"), st.lists(values | st.none(), max_size=4))
        for kind, values in SCALARS.items()
    ),
    st.tuples(st.just("jsonb"), st.dictionaries(TEXT, JSON, max_size=3)),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(TYPED, min_size=1, max_size=40))
async def test_a_value_comes_back_as_it_went(wire: Wire, typed: list[tuple[str, Any]]):
    asks = [
        (asked, asked.values({"value": value}))
        for asked, value in ((statement(f"SELECT CAST(:value AS {k})"), v) for k, v in typed)
    ]
    answers = await wire.exchange(asks)
    assert [rows[0][0] for rows in answers] == [value for _, value in typed]


async def test_a_number_keeps_the_digits_it_was_measured_with(wire: Wire):
    asked = statement("SELECT CAST(:value AS numeric)::text")
    for digits in ("7.10", "0.0", "-0.50", "100", "1E+2", "1E-7"):
        answer = await wire.exchange([(asked, asked.values({"value": Decimal(digits)}))])
        assert Decimal(answer[0][0][0]) == Decimal(digits)
    assert (await wire.exchange([(asked, [encode(Decimal("7.10"))])]))[0][0][0] == "7.10"


async def test_numbers_that_are_none_come_back_so(wire: Wire):
    asked = statement("SELECT CAST(:f AS float8)::text, CAST(:n AS numeric)::text")
    for word in ("NaN", "Infinity", "-Infinity"):
        values = asked.values({"f": float(word), "n": Decimal(word)})
        assert await wire.exchange([(asked, values)]) == [[(word, word)]]


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (None, None),
        ("", b""),
        (Sex.FEMALE, b"female"),
        (True, b"t"),
        (b"\x00\xff", b"\\x00ff"),
        (date(2026, 2, 28), b"2026-02-28"),
        (datetime(2026, 2, 28, 1, 2, 3, tzinfo=UTC), b"2026-02-28T01:02:03+00:00"),
        ([], b"{}"),
        (("a", None, 'b"\\'), b'{"a",NULL,"b\\"\\\\"}'),
        ({"a": [1, None]}, b'{"a":[1,null]}'),
    ],
)
def test_a_value_is_encoded_as_postgresql_reads_it(value: Any, encoded: bytes | None):
    assert encode(value) == encoded


@pytest.mark.parametrize("value", [object(), {1, 2}, timedelta(1), 1j, [object()]])
def test_a_strange_value_is_refused(value: Any):
    with pytest.raises(TypeError, match="No encoding for"):
        encode(value)


@pytest.mark.parametrize("value", ["\0", "a\0b", ["\0"], ("a", "\0")])
def test_the_character_that_postgresql_cannot_hold_is_refused_before_it_is_sent(value: Any):
    with pytest.raises(ValueError, match="U\\+0000"):
        encode(value)


def test_half_a_character_is_refused_before_it_is_sent():
    with pytest.raises(UnicodeEncodeError):
        encode("\ud800")


async def test_a_document_with_that_character_is_refused_by_postgresql(wire: Wire):
    asked = statement("SELECT CAST(:value AS jsonb)")
    with pytest.raises(Exception, match="unsupported Unicode escape"):
        await wire.exchange([(asked, asked.values({"value": {"a": "\0"}}))])
    assert wire.idle


def test_one_parameter_may_stand_in_several_places():
    asked = statement("SELECT :a, :b, :a, 100 % 7, '50%', b::int, 'c:' || d, 'c:%' FROM x")
    assert asked.parameters == ("a", "b")
    assert asked.sql == b"SELECT $1, $2, $1, 100 % 7, '50%', b::int, 'c:' || d, 'c:%' FROM x"


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError):
        statement("SELECT :a").values({"b": 1})


def test_the_same_text_has_the_same_name_and_another_another():
    one, same, other = (statement(text) for text in ("SELECT :a", "SELECT :a", "SELECT :b + 0"))
    assert one.name == same.name
    assert one.name != other.name


async def test_the_longest_documents_survive(wire: Wire):
    document = {"text": "ä\"\\'" * 300_000, "ids": [str(UUID(int=n)) for n in range(1000)]}
    asked = statement("SELECT CAST(:value AS jsonb)")
    answer = await wire.exchange([(asked, asked.values({"value": document}))])
    assert answer[0][0][0] == json.loads(json.dumps(document))
