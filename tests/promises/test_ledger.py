"""Each promise of the ledger is worn by a test or said to be due, and never both.

What the reading finds is tried on a small folder of its own, so it can be seen to find it.
"""

from pathlib import Path

import pytest

from services.settings import PROJECT
from tests.promises.ledger import compared, read_ledger, read_marks

LEDGER = PROJECT / "tests" / "promises" / "ledger.toml"

SOUND = """
[5.gate]
challenge = "Who shows no credential is told where to get one."
capped = { says = "Who asks too much is told when to come back.", due = "11" }
"""
WORN = """
import pytest

@pytest.mark.promise("5.gate.challenge")
def test_one():
    pass
"""


@pytest.fixture
def found(tmp_path: Path):
    """What is found wrong with a ledger and with one file of tests."""

    def find(ledger: str = SOUND, tests: str = WORN, name: str = "tests/test_one.py") -> list[str]:
        (tmp_path / "ledger.toml").write_text(ledger)
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(tests)
        return compared(read_ledger(tmp_path / "ledger.toml"), read_marks(tmp_path / "tests"))

    return find


def test_what_is_promised_is_proved_or_said_to_be_due():
    found = compared(read_ledger(LEDGER), read_marks(PROJECT / "tests"))
    assert not found, "\n".join(found)


def test_a_sound_ledger_has_no_fault(found):
    assert found() == []


def test_an_id_that_is_not_in_the_ledger_is_told_with_its_test(found):
    (told,) = found(tests=WORN + WORN.replace("challenge", "other").replace("one", "two"))
    assert told == "tests/test_one.py::test_two wears 5.gate.other, which the ledger does not know"


def test_a_promise_that_no_test_wears_is_told(found):
    (told,) = found(tests="def test_one():\n    pass\n")
    assert told == "5.gate.challenge is worn by no test and not said to be due"


def test_a_proved_promise_that_is_said_to_be_due_is_told(found):
    (told,) = found(tests=WORN.replace('challenge"', 'challenge", "5.gate.capped"'))
    assert told == "5.gate.capped is said to be due and worn by tests/test_one.py::test_one"


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('other = "no sentence"', "5.gate.other: what it says is no sentence"),
        ("other = 3", "5.gate.other: it is neither a sentence nor {says, due}"),
        (
            'other = { says = "It says when it comes." }',
            "5.gate.other: it is neither a sentence nor {says, due}",
        ),
        (
            'other = { says = "It comes with nothing.", due = "17" }',
            "5.gate.other: `due` names no part from 1 to 16",
        ),
        (
            'Other = "It is written in large letters."',
            "5.gate.Other: an id is a part, a section and a promise, in small letters",
        ),
        (
            'other = "Who shows no credential is told where to get one."',
            "5.gate.other: says the same as 5.gate.challenge",
        ),
        ('[17.gate]\nother = "It is of no part."', "17.gate.other: its part is none from 1 to 16"),
        (
            '[6]\nother = "It is of no section."',
            "6.other: an id is a part, a section and a promise, in small letters",
        ),
    ],
)
def test_a_malformed_entry_is_told(found, entry: str, told: str):
    assert found(ledger=f"{SOUND}{entry}\n") == [told]


def test_a_ledger_that_says_an_id_twice_is_none(found):
    told, *_ = found(ledger=f'{SOUND}challenge = "It is said twice."\n')
    assert told.startswith("ledger.toml is no TOML")


@pytest.mark.parametrize(
    ("name", "tests"),
    [
        ("tests/rows.py", WORN),
        ("tests/test_one.py", WORN.replace("test_one", "one")),
        ("tests/test_one.py", WORN + "\n    @pytest.mark.promise('5.gate.challenge')\n"
                                     "    def test_within():\n        pass\n"),
        ("tests/test_one.py", f"{WORN}\npytestmark = [pytest.mark.promise('5.gate.challenge')]\n"),
        ("tests/test_one.py", f"{WORN}\nfrom pytest import mark\nworn = mark.promise\n"),
    ],
    ids=["no file of tests", "no test", "within another", "of a module", "under another name"],
)  # fmt: skip
def test_a_mark_that_is_never_collected_is_told(found, name: str, tests: str):
    assert any("where no test is collected" in told for told in found(tests=tests, name=name))


@pytest.mark.parametrize("mark", ["skip(reason='slow')", "skip", "xfail(reason='open')"])
def test_a_test_that_is_never_seen_to_pass_proves_nothing(found, mark: str):
    (told,) = found(tests=WORN.replace("def ", f"@pytest.mark.{mark}\ndef "))
    assert told == "tests/test_one.py::test_one wears a promise and is never seen to pass"


@pytest.mark.parametrize(
    "mark", ["promise(IDS)", "promise(*IDS)", "promise()", "promise", "promise(id='x')"]
)
def test_a_promise_is_written_out(found, mark: str):
    told = found(tests=f"{WORN}\n@pytest.mark.{mark}\ndef test_two():\n    pass\n")
    assert told == ["tests/test_one.py::test_two wears a promise that is not written out as a text"]
