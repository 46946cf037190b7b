"""The one log of `moonshot up`: who says what, when, and nothing that a terminal obeys."""

import re

import pytest

from moonshot_cli.journal import Journal


@pytest.mark.promise("15.watching.structured-logs")
def test_a_line_has_a_time_and_a_name(capsys: pytest.CaptureFixture[str]):
    Journal().line("mcp", "started")
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"{stamp} mcp      \| started\n", capsys.readouterr().out)


def test_a_line_does_not_command_the_terminal(capsys: pytest.CaptureFixture[str]):
    Journal().line("mcp", "agent \x1b]0;owned\x07\rfaked\ttab, Łukasz")
    assert capsys.readouterr().out.endswith("| agent ?]0;owned??faked\ttab, Łukasz\n")


def test_a_reader_that_went_away_is_no_fault(monkeypatch: pytest.MonkeyPatch):
    class Gone:
        def isatty(self) -> bool:
            return False

        def write(self, _: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    journal = Journal()
    monkeypatch.setattr("sys.stdout", Gone())
    journal.say("to nobody")
