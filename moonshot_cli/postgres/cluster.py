"""A cluster's folder: the data, the passwords, the port; how it is made and recognised."""

import json
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moonshot_cli.data_folder import write_privately
from moonshot_cli.failure import Failure
from moonshot_cli.postgres.account import Account, choose
from moonshot_cli.postgres.binaries import Binaries

SUPERUSER: Final = "postgres"
DATABASE: Final = "moonshot"
LOGINS: Final = ("moonshot_owner", "moonshot_app", "moonshot_worker")
BUILTIN_LOCALE_SINCE: Final = 17


@dataclass(frozen=True)
class Cluster:
    """`folder` holds everything of one cluster, so that it can be moved as a whole."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def port_file(self) -> Path:
        return self.folder / "port"

    @property
    def exists(self) -> bool:
        return (self.data / "PG_VERSION").is_file()

    def passwords(self) -> dict[str, str]:
        """By role; Failure if the file is gone."""
        file = self.folder / "passwords.json"
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as wrong:
            raise Failure(
                f"{file} is missing or damaged, and with it the passwords of the database beside "
                "it. Put the file back, or `moonshot restore` a backup with --replace."
            ) from wrong

    def url(self, role: str, database: str = DATABASE) -> str:
        """Where that role logs in, while the server runs."""
        if not self.port_file.is_file():
            raise Failure(f"The database in {self.folder} has not been started yet.")
        port = self.port_file.read_text(encoding="utf-8").strip()
        # Whoever else may listen on that port must not be told a password in the clear.
        manners = "require_auth=scram-sha-256&sslmode=disable&gssencmode=disable"
        return f"postgresql://{role}:{self.passwords()[role]}@127.0.0.1:{port}/{database}?{manners}"

    def prepare(self, binaries: Binaries) -> Account:
        """Makes the cluster unless it exists; gives the account to run it as.

        Raises:
            Failure: the data is of another major version, or initdb does not work here.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.exists:
            self._same_version(binaries)
            account = choose(self.data, binaries.path("postgres"))
            account.own(self.data)
            return account
        # A first start that was interrupted leaves a draft, never a half-made cluster. Each draft
        # has a name of its own: an initdb whose parent was killed may still write into the last.
        self._clear_drafts()
        draft = Path(tempfile.mkdtemp(prefix="data.new-", dir=self.folder))
        account = choose(draft, binaries.path("postgres"))
        account.own(draft)
        self._initialise(draft, account, binaries)
        draft.rename(self.data)
        self._clear_drafts()
        return account

    def _clear_drafts(self) -> None:
        for left in self.folder.glob("data.new-*"):
            shutil.rmtree(left, ignore_errors=True)

    def _initialise(self, draft: Path, account: Account, binaries: Binaries) -> None:
        if not (self.folder / "passwords.json").exists():
            passwords = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, *LOGINS)}
            write_privately(self.folder / "passwords.json", json.dumps(passwords, indent=2))
        locale = (
            ("--locale-provider=builtin", "--locale=C.UTF-8")
            if binaries.major >= BUILTIN_LOCALE_SINCE
            else ("--no-locale",)
        )
        password_file = self.folder / "password.new"
        write_privately(password_file, self.passwords()[SUPERUSER])
        account.own(password_file)
        try:
            made = account.run(
                binaries.path("initdb"),
                f"--pgdata={draft}",
                f"--username={SUPERUSER}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-instructions",
                *locale,
            )
        finally:
            password_file.unlink()
        if made.returncode != 0:
            raise Failure(f"initdb could not make a database in {draft}:\n{made.stderr.strip()}")

    def _same_version(self, binaries: Binaries) -> None:
        made_by = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        if made_by != str(binaries.major):
            raise Failure(
                f"The database in {self.data} was made by PostgreSQL {made_by}, and "
                f"{binaries.folder} has {binaries.version}. Set MOONSHOT_PG_BIN to programs of "
                f"version {made_by}, run `moonshot backup` with them, then `moonshot restore "
                "--replace` with the new ones."
            )
