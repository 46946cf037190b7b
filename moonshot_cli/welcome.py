"""What `moonshot up` says once everything is ready: what there is, and what to do next."""

from collections.abc import Sequence

from moonshot_cli.first_sandbox import CLINIC, OWNER, ROLE, FirstCredential
from services.database.operator import Clinic
from services.settings import Settings

INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
COMMAND = ".venv/bin/moonshot"
LISTED = 3
"""How many clinics are named."""


def welcome(
    settings: Settings, credential: FirstCredential | None, clinics: Sequence[Clinic]
) -> str:
    """The text; `settings` are complete, with database URLs and master key."""
    token = credential.token if credential else "CREDENTIAL"
    header = f'--header "Authorization: Bearer {token}"'
    return f"""
  Moonshot Clinic is running. Ctrl-C stops it.

  Web app        {settings.public_origin}
  MCP endpoint   {settings.endpoint}
{_credential(credential) if credential else _how_to_mint(clinics)}

  Connect Claude Code:
    claude mcp add --transport http moonshot {settings.endpoint} {header}

  Look at it with the MCP Inspector (needs Node.js 22 or newer):
    npx {INSPECTOR} --cli {settings.endpoint} --transport http {header} --method tools/list

  Then ask: which patients are due for labs?
"""


def _credential(credential: FirstCredential) -> str:
    return f"""\
  Clinic         {credential.tenant_id}
                 ({CLINIC}, a sandbox of 36 synthetic patients)
  Credential     {credential.token}
                 ({ROLE}; until {credential.expires_on})

  To sign in to the web app as the owner of this clinic, choose a password:
    {COMMAND} account password {OWNER}"""


def _how_to_mint(clinics: Sequence[Clinic]) -> str:
    """One line for each clinic that a credential may be minted for, or how to make one."""
    open_ones = [clinic for clinic in clinics if not clinic.ended]
    if not open_ones:
        return f"  Credential     make a sandbox with one: {COMMAND} sandbox EMAIL"
    lines = ["  Credential     none is kept here; mint one for a clinic that is there:"]
    lines += [
        f"    {COMMAND} credential {clinic.tenant_id} --role {ROLE}   # {clinic.name}"
        for clinic in open_ones[:LISTED]
    ]
    if len(open_ones) > LISTED:
        lines.append(f"    … and {len(open_ones) - LISTED} more clinics")
    return "\n".join(lines)
