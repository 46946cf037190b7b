"""How names are compared: what a tired typist gets wrong is forgiven, another name is not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.clinical.names import LEAST_LIKENESS, asked_name, fold_name, likeness, swapped


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  José   GARCÍA ", "jose garcia"),
        ("Zoë", "zoe"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ŁUKASZ", "łukasz"),
        ("ﬁ", "fi"),
        ("", ""),
        (" \t\n", ""),
    ],
)
def test_case_accents_and_spaces_do_not_matter(text: str, folded: str):
    assert fold_name(text) == folded


@settings(max_examples=40)
@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str):
    once = fold_name(text)
    assert fold_name(once) == once


@pytest.mark.parametrize(
    ("query", "name", "score"),
    [
        ("john smith", "john smith", 1.0),
        ("smith john", "john smith", 1.0),
        ("smith", "john smith", 1.0),
        ("smi", "john smith", 0.95),
        ("jhon smith", "john smith", 0.875),
        ("smiht", "john smith", 0.8),
        ("smth", "john smith", 0.8),
        ("smithh", "john smith", 0.8333),
        ("s", "john smith", 0.2),
        ("john s", "john smith", 0.975),
        ("s john", "john smith", 0.6),
        ("jose n", "jose nunez", 0.975),
        ("jhon", "john smith", 0.75),
        ("", "john smith", 0.0),
        ("john", "", 0.0),
    ],
)
def test_a_likeness_is_this(query: str, name: str, score: float):
    assert likeness(query, name) == score


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Mr. John Smith", "john smith"),
        ("dr okafor", "okafor"),
        ("Smith, Mrs", "smith"),
        ("Smith,John", "smith john"),
        ("Dr", "dr"),
        ("Drew Msiska", "drew msiska"),
        (",", ""),
    ],
)
def test_a_title_is_no_part_of_a_name(query: str, name: str):
    assert asked_name(query) == name


def test_neighbouring_letters_are_swapped_each_pair_once():
    assert swapped("abc de") == ["bac", "acb", "ed"]
    assert swapped("a") == []


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_likeness_is_a_share(query: str, name: str):
    assert 0 <= likeness(query, name) <= 1


@settings(max_examples=40)
@given(st.lists(st.text(st.characters(categories=["Ll"]), min_size=1), min_size=1, max_size=4))
def test_a_name_is_like_itself_in_any_order(words: list[str]):
    assert likeness(" ".join(reversed(words)), " ".join(words)) == 1


def test_another_name_is_below_the_least():
    assert likeness("john", "mary") < LEAST_LIKENESS < likeness("jhon", "john")
