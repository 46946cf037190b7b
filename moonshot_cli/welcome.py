"""What `moonshot up` says once everything is ready: what there is, and what to do next."""

from services.settings import Settings


def welcome(settings: Settings) -> str:
    """The text; `settings` are complete, with database URLs and master key."""
    return f"""
  Moonshot Clinic is running.

  MCP endpoint   {settings.endpoint}
  Data           {settings.data}

  Ctrl-C stops it.
"""
