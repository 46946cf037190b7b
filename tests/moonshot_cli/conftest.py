"""Installations and clusters to try commands on: each in a folder and on ports of its own."""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from moonshot_cli.postgres import binaries, server
from moonshot_cli.postgres.binaries import Binaries
from moonshot_cli.postgres.cluster import Cluster
from moonshot_cli.postgres.server import Server
from tests.moonshot_cli.installations import Installation, free_port, plain_environment


@pytest.fixture
def new_installation(tmp_path: Path) -> Callable[[str], Installation]:
    """Makes an empty installation of that name."""

    def new(name: str) -> Installation:
        data = tmp_path / name
        own = {
            "MOONSHOT_DATA": str(data),
            "MOONSHOT_PORT": str(free_port()),
            "MOONSHOT_MCP_PORT": str(free_port()),
        }
        return Installation(data, plain_environment() | own)

    return new


@pytest.fixture
def empty(new_installation: Callable[[str], Installation]) -> Installation:
    return new_installation("empty")


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that was migrated and stopped; to be copied."""
    data = tmp_path_factory.mktemp("migrated") / "data"
    Installation(data, plain_environment() | {"MOONSHOT_DATA": str(data)}).succeed("migrate")
    return data


@pytest.fixture
def migrated(
    migrated_folder: Path, new_installation: Callable[[str], Installation]
) -> Installation:
    """An installation with a migrated database, stopped."""
    installation = new_installation("migrated")
    shutil.copytree(migrated_folder, installation.data)
    return installation


@pytest.fixture(scope="session")
def programs() -> Binaries:
    chosen = os.environ.get("MOONSHOT_PG_BIN")
    return binaries.find(Path(chosen) if chosen else None)


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory: pytest.TempPathFactory, programs: Binaries) -> Path:
    """The folder of a cluster that was made and never started; to be copied."""
    folder = tmp_path_factory.mktemp("made") / "postgres"
    Cluster(folder).prepare(programs)
    return folder


@pytest.fixture
def cluster(tmp_path: Path, made_folder: Path) -> Cluster:
    """A cluster, stopped."""
    return Cluster(Path(shutil.copytree(made_folder, tmp_path / "postgres")))


@pytest.fixture
def start(programs: Binaries) -> Generator[Callable[[Cluster], Server]]:
    """Starts a server, which is stopped behind the test."""
    with ExitStack() as stack:

        def start(cluster: Cluster) -> Server:
            running = server.start(cluster, programs)
            stack.callback(running.stop)
            return running

        yield start


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What the `started` server has said."""
    return []


@pytest.fixture(scope="module")
def started(
    tmp_path_factory: pytest.TempPathFactory,
    made_folder: Path,
    programs: Binaries,
    lines: list[str],
) -> Generator[Cluster]:
    """A cluster whose server runs for all tests of a file."""
    folder = tmp_path_factory.mktemp("started") / "postgres"
    cluster = Cluster(Path(shutil.copytree(made_folder, folder)))
    running = server.start(cluster, programs, on_line=lambda _, line: lines.append(line))
    yield cluster
    running.stop()
