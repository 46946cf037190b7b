"""What `moonshot up` says once everything is ready: what there is, and what to do next."""

from moonshot_cli.first_sandbox import ROLE, SANDBOX, FirstCredential
from services.settings import Settings

INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"


def welcome(settings: Settings, credential: FirstCredential | None) -> str:
    """The text; `settings` are complete, with database URLs and master key."""
    token = credential.token if credential else "CREDENTIAL"
    header = f'--header "Authorization: Bearer {token}"'
    return f"""
  Moonshot Clinic is running. Ctrl-C stops it.

  MCP endpoint   {settings.endpoint}
  Credential     {_credential(credential)}

  Connect Claude Code:
    claude mcp add --transport http moonshot {settings.endpoint} {header}

  Look at it with the MCP Inspector (needs Node.js 22 or newer):
    npx {INSPECTOR} --cli {settings.endpoint} --transport http {header} --method tools/list

  Then ask: which patients are due for labs?
"""


def _credential(credential: FirstCredential | None) -> str:
    if credential is None:
        return "make a sandbox with one: moonshot sandbox EMAIL"
    about = f"{ROLE} at {SANDBOX.clinic}, a sandbox of 36 synthetic patients"
    return f"{credential.token}\n                 ({about}; until {credential.expires_on})"
