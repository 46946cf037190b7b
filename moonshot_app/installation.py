"""What this process reaches others through: settings, one pool, the master key, one fetcher."""

from dataclasses import dataclass
from functools import cache

from services.database.pool import Pool
from services.identity.oauth.fetch import Fetcher
from services.keys import KeyRing
from services.settings import Settings, read_settings


@dataclass(frozen=True, slots=True)
class Installation:
    """Made once, when the first page asks for it."""

    settings: Settings
    pool: Pool
    keys: KeyRing
    fetch: Fetcher


@cache
def installation() -> Installation:
    """The installation of this process. Raises SettingsError."""
    settings = read_settings()
    pool = Pool(settings.url_of("DATABASE_URL"), size=settings.database_connections)
    return Installation(settings, pool, KeyRing(settings.master_key_bytes), Fetcher())
