"""`moonshot credential`: a credential for a clinic that is there already."""

import asyncio
import json
from datetime import timedelta

import click

from models.permission import Role
from moonshot_cli.failure import Failure
from moonshot_cli.installation import open_installation
from services.errors import ClinicError
from services.identity.by_operator import mint_for_holder
from services.settings import read_settings


@click.command(name="credential")
@click.argument("clinic")
@click.option(
    "--role",
    required=True,
    type=click.Choice([str(role) for role in Role]),
    help="What the credential may do; it is minted for the person who holds this role.",
)
@click.option(
    "--expires-days",
    type=click.IntRange(1, 365),
    default=30,
    show_default=True,
    help="Life of the credential, in days. It ends with its sandbox, whatever is said here.",
)
@click.option("--read-only", is_flag=True, help="Leave out the tools that propose something.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(clinic: str, *, role: str, expires_days: int, read_only: bool, as_json: bool) -> None:
    """Mint a credential for a person of the sandbox CLINIC, as after a restore.

    CLINIC is the clinic's id, which `moonshot sandbox` and `moonshot up` print, or the e-mail
    address of someone who works in one clinic only. The credential is shown here once. The
    clinic's security log says that the operator minted it. People of a clinic in production mint
    their own. Works while `moonshot up` runs, and without it.
    """
    with open_installation(read_settings(), "credential") as settings:
        minting = mint_for_holder(
            settings,
            clinic,
            role=Role(role),
            life=timedelta(days=expires_days),
            read_only=read_only,
        )
        try:
            found, minted = asyncio.run(minting)
        except ClinicError as error:
            raise Failure(str(error)) from error
    until = min(minted.expires_at, found.sandbox_until or minted.expires_at)
    said: dict[str, object] = {
        "tenant_id": str(found.tenant_id),
        "endpoint": settings.endpoint,
        "role": role,
        "token": minted.token.text,
        "expires_at": until.isoformat(),
        "read_only": read_only,
    }
    click.echo(json.dumps(said) if as_json else _in_words(said, found.name))


def _in_words(said: dict[str, object], name: str) -> str:
    kind = ", read-only" if said["read_only"] else ""
    lines = [
        f"Clinic      {said['tenant_id']}  {name}",
        f"Endpoint    {said['endpoint']}",
        f"Credential  {said['token']}",
        f"            {said['role']}{kind}, until {str(said['expires_at'])[:10]}",
    ]
    return "\n".join([*lines, "", "The credential is shown this once."])
