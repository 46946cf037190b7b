"""`moonshot account`: the accounts of people who sign in to the web app."""

import asyncio
import sys

import click

from moonshot_cli.failure import Failure
from moonshot_cli.installation import open_installation
from services.errors import ClinicError, InvalidInput
from services.identity.by_operator import set_password
from services.identity.password import LONGEST, SHORTEST
from services.settings import read_settings


@click.group(name="account")
def command() -> None:
    """See to the accounts of people who sign in to the web app."""


@command.command(name="password")
@click.argument("email")
def password(email: str) -> None:
    """Set the password of EMAIL, as of the owner of a new sandbox, or after it was lost.

    Asks for the new password, 12 to 200 characters; without a terminal it is the first line of
    standard input. Whoever is signed in as this person is signed out; credentials of assistants
    go on. The security log of each clinic where this person works says that the operator did it.
    Works while `moonshot up` runs, and without it.
    """
    settings = read_settings()
    new = _new_password()
    with open_installation(settings, "account") as ready:
        try:
            asyncio.run(set_password(ready, email, new))
        except InvalidInput as invalid:
            raise Failure(f"The password {invalid.problems['password']}.") from invalid
        except ClinicError as error:
            raise Failure(str(error)) from error
    click.echo(f"The password is set. Sign in at {ready.public_origin}/sign-in/")


def _new_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    asked = f"New password ({SHORTEST} to {LONGEST} characters)"
    return click.prompt(asked, hide_input=True, confirmation_prompt="Once more")
