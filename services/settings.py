"""Every setting of this installation: read once from the environment, refused as a whole."""

import difflib
import ipaddress
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from services.setting_values import (
    Address,
    DatabaseUrl,
    EnvFile,
    Folder,
    Hosts,
    MasterKey,
    Networks,
    Origin,
    Origins,
    Port,
    PostgresFolder,
    decode_key,
)

PROJECT: Final = Path(__file__).resolve().parent.parent
"""The folder that holds alembic.ini, models/ and, unless told otherwise, .data."""

DRAIN_SECONDS: Final = 8
"""How long a server may finish what it is answering; a container is often killed after ten."""
ENDPOINT: Final = "/api/mcp/v1"
"""The path of the MCP endpoint."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
NAMES: Final = ("127.0.0.1", "localhost")
"""Of this machine, as a browser on it may say them."""
KEY_RECIPE: Final = (
    "python3 -c 'import base64, secrets; "
    "print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())'"
)


class SettingsError(Exception):
    """Names every variable that is wrong, what is wrong and what would be right; no value."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        count = "1 setting is" if len(self.problems) == 1 else f"{len(self.problems)} settings are"
        lines = [f"  {name}: {what}" for name, what in self.problems]
        super().__init__("\n".join([f"{count} wrong:", *lines]))


class Settings(BaseSettings):
    """What the environment says, checked. `.env.example` tells what each variable means."""

    model_config = SettingsConfigDict(
        env_file=PROJECT / ".env",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )

    environment: Literal["development", "production"] = Field(
        default="development", validation_alias="MOONSHOT_ENVIRONMENT", examples=["production"]
    )
    data: Folder = Field(
        default=PROJECT / ".data", validation_alias="MOONSHOT_DATA", examples=["/var/lib/moonshot"]
    )
    port: Port = Field(default=3000, validation_alias="MOONSHOT_PORT", examples=["3000"])
    bind: Address = Field(
        default="127.0.0.1", validation_alias="MOONSHOT_BIND", examples=["10.0.0.5"]
    )
    mcp_port: Port = Field(default=8100, validation_alias="MOONSHOT_MCP_PORT", examples=["8100"])
    origin: Origin | None = Field(
        default=None, validation_alias="MOONSHOT_PUBLIC_ORIGIN", examples=["https://clinic.example"]
    )
    more_hosts: Hosts = Field(
        default=(),
        validation_alias="MOONSHOT_ALLOWED_HOSTS",
        examples=["mcp.clinic.example,10.0.0.5:8100"],
    )
    more_origins: Origins = Field(
        default=(),
        validation_alias="MOONSHOT_ALLOWED_ORIGINS",
        examples=["https://app.clinic.example"],
    )
    trusted_proxies: Networks = Field(
        default=(), validation_alias="MOONSHOT_TRUSTED_PROXIES", examples=["127.0.0.1,10.0.0.0/8"]
    )
    database_connections: int = Field(
        default=8, validation_alias="MOONSHOT_DATABASE_CONNECTIONS", ge=1, le=200, examples=["8"]
    )
    master_key: MasterKey | None = Field(
        default=None,
        validation_alias="MOONSHOT_MASTER_KEY",
        examples=[f"what this prints: {KEY_RECIPE}"],
    )
    pg_bin: PostgresFolder | None = Field(
        default=None, validation_alias="MOONSHOT_PG_BIN", examples=["/usr/lib/postgresql/18/bin"]
    )
    env_file: EnvFile | None = Field(
        default=None, validation_alias="MOONSHOT_ENV_FILE", examples=["/etc/moonshot/settings.env"]
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", validation_alias="MOONSHOT_LOG_LEVEL", examples=["info"]
    )
    database_url: DatabaseUrl | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        examples=["postgresql://moonshot_app:PASSWORD@HOST:5432/moonshot?sslmode=verify-full"],
    )
    database_worker_url: DatabaseUrl | None = Field(
        default=None,
        validation_alias="DATABASE_WORKER_URL",
        examples=["postgresql://moonshot_worker:PASSWORD@HOST:5432/moonshot?sslmode=verify-full"],
    )
    database_owner_url: DatabaseUrl | None = Field(
        default=None,
        validation_alias="DATABASE_OWNER_URL",
        examples=["postgresql://moonshot_owner:PASSWORD@HOST:5432/moonshot?sslmode=verify-full"],
    )
    database_backup_url: DatabaseUrl | None = Field(
        default=None,
        validation_alias="DATABASE_BACKUP_URL",
        examples=["postgresql://moonshot_backup:PASSWORD@HOST:5432/moonshot?sslmode=verify-full"],
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - of a file that can be another
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - we have none
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Reads the environment, and below it the file."""
        file = DotEnvSettingsSource(settings_cls, env_file=_env_file())
        return init_settings, env_settings, file

    @property
    def embedded(self) -> bool:
        """True when no database URL is given: the database is ours to start."""
        return not any((self.database_url, self.database_worker_url, self.database_owner_url))

    @property
    def near_address(self) -> str:
        """Where this machine itself reaches the servers."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what it means, not a choice
        return everywhere.get(self.bind, self.bind)

    @property
    def public_origin(self) -> str:
        """Where people and assistants reach us: the web app, and through it the endpoint."""
        return self.origin or f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        """The one URL that a person pastes into an assistant."""
        return self.public_origin + ENDPOINT

    @property
    def on_loopback(self) -> bool:
        """Whether only programs on this machine can reach the endpoint."""
        return urlsplit(self.public_origin).hostname in LOOPBACK

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """Values of the Host header that are answered, in lower case."""
        own = {f"{host}:{port}" for host in NAMES for port in (self.port, self.mcp_port)}
        return frozenset({*own, urlsplit(self.public_origin).netloc, *self.more_hosts})

    @property
    def web_origins(self) -> frozenset[str]:
        """Origins of our own pages."""
        own = {f"http://{host}:{self.port}" for host in NAMES}
        return frozenset({*own, self.public_origin})

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Origins of pages that may call the endpoint; a request without one is no browser."""
        own = {f"http://{host}:{self.mcp_port}" for host in NAMES}
        return frozenset({*own, *self.web_origins, *self.more_origins})

    @property
    def master_key_bytes(self) -> bytes:
        """The key that wraps all other keys; SettingsError where there is none."""
        if self.master_key is None:
            raise SettingsError(
                [("MOONSHOT_MASTER_KEY", _right("MOONSHOT_MASTER_KEY", "is unset"))]
            )
        return decode_key(self.master_key.get_secret_value())

    def has(self, variable: str) -> bool:
        return getattr(self, VARIABLES[variable]) is not None

    def url_of(self, variable: str) -> str:
        """The database URL in that variable; SettingsError where it is unset."""
        url = getattr(self, VARIABLES[variable])
        if not isinstance(url, SecretStr):
            raise SettingsError([(variable, _right(variable, "is unset, and is needed here"))])
        return url.get_secret_value()


VARIABLES: Final = {
    str(field.validation_alias): name for name, field in Settings.model_fields.items()
}
ROLES: Final = {
    "DATABASE_URL": "moonshot_app",
    "DATABASE_WORKER_URL": "moonshot_worker",
    "DATABASE_OWNER_URL": "moonshot_owner",
}
"""Which role each URL logs in as."""


def read_settings() -> Settings:
    """Reads the environment, and below it the file `.env` of the project if there is one.

    Raises:
        SettingsError: with everything that is wrong, not only the first.
    """
    problems: dict[str, str] = dict(_unknown())
    try:
        settings = Settings.model_validate({})
    except ValidationError as invalid:
        wrong = {str(error["loc"][0]): error["msg"] for error in invalid.errors()}
        problems |= {name: _right(name, _plain(message)) for name, message in wrong.items()}
        # Once more with defaults in place of what is wrong, to see what else is.
        defaults = {name: Settings.model_fields[VARIABLES[name]].default for name in wrong}
        settings = Settings.model_validate(defaults)
    problems = {**dict(_across(settings, problems)), **problems}
    if problems:
        raise SettingsError(sorted(problems.items()))
    return settings


def _right(variable: str, what: str) -> str:
    examples = Settings.model_fields[VARIABLES[variable]].examples or []
    return f"{what}. Right would be: {examples[0]}"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "should be")


def given() -> dict[str, str]:
    """Every variable as it was given: the environment's, and the settings of the file below."""
    file = DotEnvSettingsSource(Settings, env_file=_env_file(), case_sensitive=True)
    of_file = {name: value for name, value in file.env_vars.items() if value and name in VARIABLES}
    of_environment = {name: value for name, value in os.environ.items() if value}
    return of_file | of_environment


def _env_file() -> Path | None:
    """The file that MOONSHOT_ENV_FILE names, else `.env` of the project."""
    named = os.environ.get("MOONSHOT_ENV_FILE")
    file = Path(named) if named else Settings.model_config.get("env_file")
    return file if isinstance(file, Path) else None


def _unknown() -> Iterator[tuple[str, str]]:
    names = {name for name in os.environ if name.startswith("MOONSHOT_")}
    env_file = _env_file()
    if env_file is not None and env_file.is_file():
        lines = env_file.read_text(encoding="utf-8")
        names |= set(re.findall(r"^\s*(?:export\s+)?(MOONSHOT_\w+)\s*=", lines, re.MULTILINE))
    for name in names - VARIABLES.keys():
        near = difflib.get_close_matches(name, VARIABLES, n=1)
        hint = f"is {near[0]} meant?" if near else "`.env.example` lists those there are"
        yield name, f"there is no such setting; {hint}"


def _across(settings: Settings, known: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong between variables, given which ones are wrong by themselves."""
    if settings.port == settings.mcp_port:
        yield "MOONSHOT_MCP_PORT", _right("MOONSHOT_MCP_PORT", "is the same as MOONSHOT_PORT")
    yield from _wrong_urls(settings)
    near = ipaddress.ip_address(settings.bind).is_loopback
    if not near and not settings.more_hosts and settings.origin is None:
        what = "is unset, and so is MOONSHOT_PUBLIC_ORIGIN, while MOONSHOT_BIND is not loopback"
        yield "MOONSHOT_ALLOWED_HOSTS", _right("MOONSHOT_ALLOWED_HOSTS", what)
    if settings.environment == "production":
        yield from _wrong_in_production(settings)
    if not settings.master_key and not (settings.embedded or "MOONSHOT_MASTER_KEY" in known):
        what = "is unset, and is needed with a database of your own"
        yield "MOONSHOT_MASTER_KEY", _right("MOONSHOT_MASTER_KEY", what)


def _wrong_urls(settings: Settings) -> Iterator[tuple[str, str]]:
    given = {name: settings.url_of(name) for name in ROLES if settings.has(name)}
    for name, url in given.items():
        if urlsplit(url).username not in {None, ROLES[name]}:
            yield name, _right(name, f"must log in as {ROLES[name]}")
    # One alone is right for a server that needs no more than its own role.
    if len(given) == 2:  # noqa: PLR2004 - two of three
        for name in ROLES.keys() - given.keys():
            yield name, _right(name, "is unset, while the other two are set")


def _wrong_in_production(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.embedded:
        for name in ROLES:
            yield name, _right(name, "production needs a database of your own")
    if urlsplit(settings.public_origin).scheme != "https":
        what = "must be the https address that people use"
        yield "MOONSHOT_PUBLIC_ORIGIN", _right("MOONSHOT_PUBLIC_ORIGIN", what)
    if not settings.master_key:
        yield "MOONSHOT_MASTER_KEY", _right("MOONSHOT_MASTER_KEY", "is unset")
