"""What scripts and people rely on: the help of every command, and the words of a sandbox."""

import json
import re
from typing import Any

import click
import pytest

from moonshot_cli.command_line import moonshot
from services.identity.token import read_token
from tests.moonshot_cli.installations import Installation

COMMANDS = moonshot.list_commands(click.Context(moonshot))


def options(command: Any) -> list[click.Option]:
    below = getattr(command, "commands", {}).values()
    own = [one for one in command.params if isinstance(one, click.Option)]
    return own + [one for child in below for one in options(child)]


@pytest.mark.promise("15.commands.help")
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_says_what_it_is_for(name: str):
    command = moonshot.get_command(click.Context(moonshot), name)
    assert command is not None
    assert command.help
    assert [one.name for one in options(command) if not one.help] == []


@pytest.mark.promise("15.commands.units")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_number_says_its_unit_and_an_option_its_default(name: str):
    command = moonshot.get_command(click.Context(moonshot), name)
    for option in options(command):
        said = option.get_help_record(click.Context(moonshot))
        assert said is not None
        if not option.is_flag and not option.required:
            assert "[default: " in said[1], option.name
        if isinstance(option.type, click.types.IntParamType):
            assert re.search(r", in (days|millions of bytes)\.", said[1]), option.name


@pytest.mark.promise("15.commands.sandbox")
def test_a_sandbox_says_where_to_sign_in_and_where_to_ask(migrated: Installation):
    said = json.loads(migrated.succeed("sandbox", "a@clinic.example", "--json", "--role", "nurse"))
    assert said.keys() == {"tenant_id", "user_email", "sign_in_url", "endpoint", "credentials"}
    assert said["sign_in_url"].endswith("/sign-in")
    assert said["endpoint"].endswith("/api/mcp/v1")
    (credential,) = said["credentials"]
    assert credential.keys() == {"role", "token", "expires_at"}
    assert read_token(credential["token"]) is not None
