"""`moonshot sandbox`: a synthetic clinic with credentials, for developers and scripts."""

import asyncio
import json
from collections.abc import Sequence
from typing import cast

import click

from models.permission import Role
from moonshot_cli.failure import Failure
from moonshot_cli.installation import open_installation
from moonshot_cli.welcome import COMMAND
from services.errors import ClinicError
from services.identity.credentials import Minted
from services.onboarding.sandbox import NewSandbox, Sandbox, make_sandbox
from services.settings import Settings, read_settings


@click.command(name="sandbox")
@click.argument("email")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([str(role) for role in Role]),
    help="Mint a credential in this role; may be repeated.  [default: provider]",
)
@click.option("--clinic", default="Cedar Lane Clinic", show_default=True, help="The clinic's name.")
@click.option("--name", default="Alex Morgan", show_default=True, help="The owner's name.")
@click.option(
    "--time-zone",
    default="America/New_York",
    show_default=True,
    help="The clinic's IANA time zone.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")
def command(
    email: str, roles: Sequence[str], clinic: str, name: str, time_zone: str, *, as_json: bool
) -> None:
    """Make a sandbox: 36 synthetic patients, dated around today, owned by EMAIL.

    Every call makes a new clinic, also for an e-mail address that has one. A sandbox lives 30
    days, and so do its credentials; each is shown here once. EMAIL has no password yet: `moonshot
    account password` sets one, to sign in to the web app. Works while `moonshot up` runs, and
    without it.
    """
    new = NewSandbox(email=email, name=name, clinic=clinic, time_zone=time_zone)
    wanted = [Role(role) for role in dict.fromkeys(roles)] or [Role.PROVIDER]
    with open_installation(read_settings(), "sandbox") as settings:
        try:
            sandbox, minted = asyncio.run(make_sandbox(settings, new, wanted))
        except ClinicError as error:
            raise Failure(str(error)) from error
        said = summary(settings, new, sandbox, minted)
    click.echo(json.dumps(said) if as_json else _in_words(said))


def summary(
    settings: Settings, new: NewSandbox, sandbox: Sandbox, minted: Sequence[Minted]
) -> dict[str, object]:
    """What a script needs to go on (SPEC 15)."""
    return {
        "tenant_id": str(sandbox.tenant_id),
        "user_email": new.email,
        "sign_in_url": f"{settings.public_origin}/sign-in",
        "endpoint": settings.endpoint,
        "credentials": [
            {
                "role": str(credential.role),
                "token": credential.token.text,
                "expires_at": credential.expires_at.isoformat(),
            }
            for credential in minted
        ],
    }


def _in_words(said: dict[str, object]) -> str:
    lines = [f"Clinic     {said['tenant_id']}", f"Endpoint   {said['endpoint']}", ""]
    credentials = cast("list[dict[str, str]]", said["credentials"])
    lines += [f"{c['role']:<11}{c['token']}  until {c['expires_at'][:10]}" for c in credentials]
    lines += ["", "Each credential is shown this once.", "", "To sign in to the web app:"]
    return "\n".join([*lines, f"  {COMMAND} account password {said['user_email']}"])
