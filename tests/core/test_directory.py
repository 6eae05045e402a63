"""Goal: a worker keeps its id across restarts, and never takes an empty one.

Method: the real directory in a temporary folder.
Blind spot: a machine that dies while the id is written, and the lock (tests/system/test_restore.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from screener.runtime.app import write_address
from screener.runtime.directory import StateDirectory
from screener.runtime.effects import EffectMark
from screener.runtime.exits import DO_NOT_RESTART, EngineStop
from screener.runtime.settings import Settings


def worker_id(folder: Path, **more: str) -> str:
    """The id of a worker that starts there and ends."""
    directory = StateDirectory(Settings(state_dir=folder, **more))  # type: ignore[arg-type]
    directory._lock.close()
    return directory.worker_id


def test_the_id_is_kept(tmp_path: Path) -> None:
    first = worker_id(tmp_path / "w1")
    assert first.startswith("w-")
    assert worker_id(tmp_path / "w1") == first
    assert worker_id(tmp_path / "w2") != first
    assert sorted(path.name for path in (tmp_path / "w1").iterdir()) == ["lock", "worker-id"]


def test_a_given_id_counts_and_is_not_kept(tmp_path: Path) -> None:
    assert worker_id(tmp_path, worker_id="given") == "given"
    assert worker_id(tmp_path) != "given"


@pytest.mark.parametrize("left", ["", "\n", " \n"])
def test_an_empty_id_counts_as_none(tmp_path: Path, left: str) -> None:
    (tmp_path / "worker-id").write_text(left, encoding="utf-8")
    first = worker_id(tmp_path)
    assert first.startswith("w-")
    assert worker_id(tmp_path) == first


def test_a_directory_that_cannot_be_made_ends_the_worker_for_good(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EngineStop, match="--state-dir") as caught:
        worker_id(tmp_path / "file" / "w1")
    assert caught.value.code == DO_NOT_RESTART


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("worker-id", lambda file: worker_id(file.parent)),
        ("effect", EffectMark),
        ("http", lambda file: write_address(file, "127.0.0.1", 1)),
    ],
)
def test_what_is_in_the_way_of_a_file_ends_the_worker_for_good(tmp_path: Path, name: str, write: Callable[[Path], Any]) -> None:
    """A folder of that name."""
    (tmp_path / name).mkdir()
    with pytest.raises(EngineStop, match=name) as caught:
        write(tmp_path / name)
    assert caught.value.code == DO_NOT_RESTART


def test_an_id_that_is_no_text_ends_the_worker_for_good(tmp_path: Path) -> None:
    (tmp_path / "worker-id").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(EngineStop, match="SCREENER_WORKER_ID"):
        worker_id(tmp_path)
