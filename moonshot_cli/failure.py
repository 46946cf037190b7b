"""A reason to stop that a person can act on: printed without a traceback, exit code 1."""

import click


class Failure(click.ClickException):
    """Its message says what is wrong and what to do."""
