"""`moonshot sandbox`: what it takes, what it refuses, what it prints."""

import json

import pytest

from tests.moonshot_cli.installations import Installation


@pytest.mark.promise("15.commands.sandbox")
def test_a_sandbox_is_printed_as_one_json_object_with_a_credential_for_each_role(
    migrated: Installation,
):
    said = json.loads(
        migrated.succeed(
            "sandbox", "a@clinic.example", "--json", "--role", "nurse", "--role", "biller"
        )
    )
    assert [credential["role"] for credential in said["credentials"]] == ["nurse", "biller"]
    assert said["user_email"] == "a@clinic.example"
    minted = json.loads(
        migrated.succeed("credential", said["tenant_id"], "--role", "owner", "--json")
    )
    assert minted["tenant_id"] == said["tenant_id"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a@clinic.example", "--clinic", ""], "clinic: must not be blank"),
        (["a@clinic.example", "--clinic", " \t"], "clinic: must not be blank"),
        (["a@clinic.example", "--name", ""], "name: must not be blank"),
        (["nobody"], "email: must be an e-mail address"),
        (["a@clinic.example", "--time-zone", "Mars"], "time_zone: must be an IANA time zone"),
    ],
)
def test_what_cannot_be_a_sandbox_is_refused(used: Installation, arguments: list[str], told: str):
    refused = used.run("sandbox", *arguments)
    assert refused.exit_code == 1
    assert told in refused.stderr
    assert "mcl_" not in refused.output
