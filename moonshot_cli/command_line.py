"""The `moonshot` command. Each file in `commands/` is one of its commands, found by its name."""

import pkgutil
import signal
import sys
from importlib import import_module
from types import FrameType

import click

from moonshot_cli import commands
from moonshot_cli.failure import Failure
from services.database.installation import InstallationError
from services.settings import SettingsError


class Commands(click.Group):
    """Imports a command only when it is asked for: `moonshot up` does not wait for the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        found = pkgutil.iter_modules(commands.__path__)
        return sorted(module.name.replace("_", "-") for module in found)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"moonshot_cli.commands.{cmd_name.replace('-', '_')}")
        return module.command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (SettingsError, InstallationError) as wrong:
            raise Failure(str(wrong)) from wrong
        except PermissionError as wrong:
            raise Failure(
                f"{wrong.filename} cannot be read or written by this user. Run this command as "
                "the user who runs the installation."
            ) from wrong
        except KeyboardInterrupt:
            ctx.exit(128 + signal.SIGINT)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def moonshot() -> None:
    """Runs a Moonshot Clinic installation.

    Settings come from environment variables; `.env.example` lists them with their defaults.
    """
    # The command is imported: from here on Ctrl-C ends by way of every `finally`.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """Runs the command of the command line."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    moonshot.main(prog_name="moonshot")


def _leave(number: int, _frame: FrameType | None) -> None:
    """Ends by way of every `finally`, so that nothing is left running."""
    sys.exit(128 + number)
