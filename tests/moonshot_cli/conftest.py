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
from tests.moonshot_cli.installations import Installation, at_work_in


@pytest.fixture
def new_installation(tmp_path: Path) -> Callable[[str], Installation]:
    """Makes an empty installation of that name."""

    def new(name: str) -> Installation:
        return Installation.at(tmp_path / name)

    return new


@pytest.fixture
def empty(new_installation: Callable[[str], Installation]) -> Installation:
    return new_installation("empty")


@pytest.fixture(scope="session")
def migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of an installation that was migrated and stopped; to be copied."""
    data = tmp_path_factory.mktemp("migrated") / "data"
    Installation.at(data).succeed("migrate")
    return data


@pytest.fixture(scope="module")
def used(migrated_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation with a migrated database, stopped; every test of a file leaves it so."""
    data = Path(shutil.copytree(migrated_folder, tmp_path_factory.mktemp("used") / "data"))
    return Installation.at(data)


@pytest.fixture
def migrated(migrated_folder: Path, tmp_path: Path) -> Installation:
    """The same for one test, which may do with it what it likes."""
    return Installation.at(Path(shutil.copytree(migrated_folder, tmp_path / "migrated")))


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


@pytest.fixture(scope="module")
def cluster_of_file(tmp_path_factory: pytest.TempPathFactory, made_folder: Path) -> Cluster:
    folder = tmp_path_factory.mktemp("cluster") / "postgres"
    return Cluster(Path(shutil.copytree(made_folder, folder)))


@pytest.fixture
def cluster(cluster_of_file: Cluster) -> Cluster:
    """A cluster, stopped, for all tests of a file one after the other: kills do it no harm."""
    assert at_work_in(cluster_of_file.folder) == []
    return cluster_of_file


@pytest.fixture
def start(programs: Binaries) -> Generator[Callable[[Cluster], Server]]:
    """Starts a server, which is stopped behind the test."""
    with ExitStack() as stack:

        def start(cluster: Cluster) -> Server:
            running = server.start(cluster, programs)
            stack.callback(running.stop)
            return running

        yield start
