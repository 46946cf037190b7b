"""Settings: what is given is read, what is wrong is refused as a whole, no secret is told."""

import os
import re
from pathlib import Path

import pytest

from services.setting_values import decode_key
from services.settings import (
    PROJECT,
    VARIABLES,
    Settings,
    SettingsError,
    read_settings,
)

KEY = "A" * 43
SECRET = "never-to-be-seen"
OWN_DATABASE = {
    "DATABASE_URL": f"postgresql://moonshot_app:{SECRET}@db.example/moonshot",
    "DATABASE_WORKER_URL": f"postgresql://moonshot_worker:{SECRET}@db.example/moonshot",
    "DATABASE_OWNER_URL": f"postgresql://moonshot_owner:{SECRET}@db.example/moonshot",
}


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests, and no `.env`."""
    for name in list(os.environ):
        if name.startswith(("MOONSHOT_", "DATABASE_")):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch):
    def give(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return give


def refused() -> dict[str, str]:
    with pytest.raises(SettingsError) as refusal:
        read_settings()
    for name, _ in refusal.value.problems:
        assert name in str(refusal.value)
    return dict(refusal.value.problems)


@pytest.mark.promise("15.settings.defaults")
def test_nothing_given_is_a_development_installation_with_the_embedded_database():
    settings = read_settings()
    assert settings.environment == "development"
    assert settings.embedded
    assert settings.data == PROJECT / ".data"
    assert settings.endpoint == "http://127.0.0.1:3000/api/mcp/v1"
    names = {"127.0.0.1", "localhost"}
    assert settings.allowed_hosts == {f"{n}:{port}" for n in names for port in (3000, 8100)}
    assert settings.web_origins == {f"http://{name}:3000" for name in names}


@pytest.mark.promise("15.settings.all-wrong-at-once")
def test_everything_that_is_wrong_is_listed_at_once(given):
    given(
        MOONSHOT_ENVIRONMENT="production",
        MOONSHOT_PORT="many",
        MOONSHOT_TRUSTED_PROXIES="10.0.0.0/8, nobody",
        MOONSHOT_LOG_LEVEL="loud",
        MOONSHOT_PUBLIC_ORIGIN="http://clinic.example",
    )
    problems = refused()
    assert set(problems) == {
        "MOONSHOT_PORT",
        "MOONSHOT_TRUSTED_PROXIES",
        "MOONSHOT_LOG_LEVEL",
        "MOONSHOT_PUBLIC_ORIGIN",
        "MOONSHOT_MASTER_KEY",
        "DATABASE_URL",
        "DATABASE_WORKER_URL",
        "DATABASE_OWNER_URL",
    }
    assert all("Right would be: " in what for what in problems.values())


@pytest.mark.promise("15.settings.no-secret-told")
def test_a_refusal_tells_no_value(given):
    given(
        MOONSHOT_MASTER_KEY=SECRET,
        DATABASE_URL=f"mysql://moonshot_app:{SECRET}@db.example/moonshot",
        DATABASE_OWNER_URL=f"postgresql://postgres:{SECRET}@db.example/moonshot",
    )
    with pytest.raises(SettingsError) as refusal:
        read_settings()
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert set(dict(refusal.value.problems)) >= {
        "MOONSHOT_MASTER_KEY",
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
    }


@pytest.mark.parametrize("password", ["p%zz", "se cret", "se/cret", "se?cret", "[x"])
def test_a_password_that_the_driver_would_repeat_is_refused(given, password: str):
    url = f"postgresql://moonshot_app:{password}@db.example/moonshot"
    given(MOONSHOT_MASTER_KEY=KEY, **(OWN_DATABASE | {"DATABASE_URL": url}))
    with pytest.raises(SettingsError) as refusal:
        read_settings()
    ((name, what),) = refusal.value.problems
    assert name == "DATABASE_URL"
    assert password not in what


@pytest.mark.promise("15.settings.no-secret-told")
def test_settings_do_not_show_secrets(given):
    given(MOONSHOT_MASTER_KEY=KEY, **OWN_DATABASE)
    settings = read_settings()
    assert SECRET not in repr(settings)
    assert KEY not in repr(settings)
    assert settings.master_key_bytes == bytes(32)


def test_a_misspelt_variable_is_refused_with_the_likely_one(given):
    given(MOONSHOT_MCPPORT="8101")
    assert refused() == {
        "MOONSHOT_MCPPORT": "there is no such setting; is MOONSHOT_MCP_PORT meant?"
    }


def test_an_empty_variable_counts_as_unset(given):
    given(MOONSHOT_MCP_PORT="", DATABASE_URL="")
    assert read_settings().mcp_port == 8100


def test_two_database_urls_of_three_are_refused(given):
    given(
        MOONSHOT_MASTER_KEY=KEY,
        DATABASE_URL=OWN_DATABASE["DATABASE_URL"],
        DATABASE_OWNER_URL=OWN_DATABASE["DATABASE_OWNER_URL"],
    )
    assert set(refused()) == {"DATABASE_WORKER_URL"}


def test_a_server_process_needs_its_own_url_alone(given):
    given(MOONSHOT_MASTER_KEY=KEY, DATABASE_URL=OWN_DATABASE["DATABASE_URL"])
    settings = read_settings()
    assert settings.url_of("DATABASE_URL") == OWN_DATABASE["DATABASE_URL"]
    with pytest.raises(SettingsError, match="DATABASE_OWNER_URL"):
        settings.url_of("DATABASE_OWNER_URL")


def test_a_database_of_ones_own_needs_a_master_key(given):
    given(**OWN_DATABASE)
    assert set(refused()) == {"MOONSHOT_MASTER_KEY"}


def test_a_whole_production_installation_is_taken(given):
    given(
        MOONSHOT_ENVIRONMENT="production",
        MOONSHOT_PUBLIC_ORIGIN="https://Clinic.example/",
        MOONSHOT_MASTER_KEY=KEY,
        MOONSHOT_ALLOWED_HOSTS="mcp.clinic.example, 10.0.0.5:8100",
        MOONSHOT_ALLOWED_ORIGINS="https://app.clinic.example",
        MOONSHOT_TRUSTED_PROXIES="10.0.0.1",
        **OWN_DATABASE,
    )
    settings = read_settings()
    assert settings.endpoint == "https://clinic.example/api/mcp/v1"
    assert settings.allowed_hosts >= {"clinic.example", "mcp.clinic.example", "10.0.0.5:8100"}
    assert "https://app.clinic.example" in settings.allowed_origins
    assert settings.trusted_proxies == ("10.0.0.1/32",)


def test_one_port_for_two_servers_is_refused(given):
    given(MOONSHOT_PORT="8100")
    assert set(refused()) == {"MOONSHOT_MCP_PORT"}


def test_beyond_loopback_the_names_it_goes_by_must_be_given(given):
    given(MOONSHOT_BIND="0.0.0.0")
    assert set(refused()) == {"MOONSHOT_ALLOWED_HOSTS"}
    given(MOONSHOT_ALLOWED_HOSTS="clinic.example:8100")
    assert read_settings().bind == "0.0.0.0"
    assert read_settings().near_address == "127.0.0.1"
    given(MOONSHOT_ALLOWED_HOSTS="", MOONSHOT_PUBLIC_ORIGIN="https://clinic.example")
    assert "clinic.example" in read_settings().allowed_hosts


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
def test_loopback_needs_no_names(given, address: str):
    given(MOONSHOT_BIND=address)
    assert read_settings().near_address == address


@pytest.mark.parametrize("address", ["localhost", "10.0.0.0/8", "clinic.example"])
def test_a_server_is_bound_to_an_address(given, address: str):
    given(MOONSHOT_BIND=address)
    assert set(refused()) == {"MOONSHOT_BIND"}


def test_another_file_may_be_named_and_takes_the_place_of_the_first(
    given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    first, other = tmp_path / ".env", tmp_path / "other.env"
    first.write_text("MOONSHOT_PORT=3001\nMOONSHOT_DATE=x\n")
    other.write_text("MOONSHOT_MCP_PORT=8101\n")
    monkeypatch.setitem(Settings.model_config, "env_file", first)
    given(MOONSHOT_ENV_FILE=str(other))
    assert (read_settings().port, read_settings().mcp_port) == (3000, 8101)
    given(MOONSHOT_ENV_FILE=os.devnull)
    assert (read_settings().port, read_settings().mcp_port) == (3000, 8100)
    given(MOONSHOT_ENV_FILE=str(tmp_path / "none"))
    assert set(refused()) == {"MOONSHOT_ENV_FILE"}


@pytest.mark.parametrize("origin", ["clinic.example", "https://clinic.example/mcp", "ftp://x.y"])
def test_an_origin_is_scheme_and_host(given, origin: str):
    given(MOONSHOT_PUBLIC_ORIGIN=origin)
    assert set(refused()) == {"MOONSHOT_PUBLIC_ORIGIN"}


def test_a_folder_without_postgres_is_refused(given, tmp_path: Path):
    given(MOONSHOT_PG_BIN=str(tmp_path))
    assert "postgres" in refused()["MOONSHOT_PG_BIN"]


def test_the_file_is_read_below_the_environment(
    given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / ".env"
    file.write_text("MOONSHOT_PORT=3001\nMOONSHOT_MCP_PORT=8101\nexport MOONSHOT_DATE=x\n")
    monkeypatch.setitem(Settings.model_config, "env_file", file)
    given(MOONSHOT_PORT="3002")
    assert set(refused()) == {"MOONSHOT_DATE"}
    file.write_text("MOONSHOT_PORT=3001\nMOONSHOT_MCP_PORT=8101\n")
    settings = read_settings()
    assert (settings.port, settings.mcp_port) == (3002, 8101)


@pytest.mark.promise("15.settings.listed")
def test_the_example_file_names_every_setting_and_no_other():
    text = (PROJECT / ".env.example").read_text()
    assert set(re.findall(r"^#(\w+)=", text, re.MULTILINE)) == set(VARIABLES)
    assert not re.findall(r"^\w+=", text, re.MULTILINE), "all defaults are commented out"


@pytest.mark.promise("15.settings.listed")
@pytest.mark.parametrize("name", ["MOONSHOT_PORT", "MOONSHOT_MCP_PORT", "MOONSHOT_LOG_LEVEL"])
def test_the_example_file_shows_the_default(name: str):
    text = (PROJECT / ".env.example").read_text()
    assert f"\n#{name}={Settings.model_fields[VARIABLES[name]].default}\n" in text


@pytest.mark.parametrize("text", ["", "A" * 42, "A" * 44, "!" * 43, "A" * 86])
def test_a_key_is_32_bytes(text: str):
    with pytest.raises(ValueError, match="32 bytes"):
        decode_key(text)
