"""MOONSHOT_DATA: one command at a time, and files that are whole and private."""

import fcntl
import threading
from pathlib import Path

import pytest

from moonshot_cli import data_folder


def test_the_holder_of_a_folder_is_known_until_it_lets_go(tmp_path: Path):
    data = tmp_path / "data"
    assert data_folder.holder(data) is None
    with data_folder.hold(data, "up"):
        with (
            pytest.raises(data_folder.InUseError, match="already running"),
            data_folder.hold(data, "restore"),
        ):
            pass
        assert data_folder.holder(data) is not None
    assert data_folder.holder(data) is None


def test_one_who_only_looks_is_not_taken_for_a_holder(tmp_path: Path):
    data_folder.create(tmp_path)
    with (tmp_path / "lock").open("a") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        away = threading.Timer(0.1, lambda: fcntl.flock(looking, fcntl.LOCK_UN))
        away.start()
        with data_folder.hold(tmp_path, "up"):
            assert data_folder.holder(tmp_path) is not None
        away.join()


def test_a_private_file_is_whole_and_for_its_owner_alone(tmp_path: Path):
    file = tmp_path / "secret"
    data_folder.write_privately(file, "first, and longer")
    data_folder.write_privately(file, "second")
    assert file.read_text() == "second"
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert list(tmp_path.iterdir()) == [file]
