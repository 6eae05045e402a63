"""State directories that are lost, old, full, damaged or wanted twice.

Goal: a worker's disk is a cache of the changelog. Whatever happens to it, the worker restores it, or ends and says what to do; it never judges with
wrong state.
Method: a real broker, one worker process (a second where one takes over), real RocksDB files. A full disk is a limit on the size of files
(RLIMIT_FSIZE) set on the running process: writes fail with EFBIG as they would with ENOSPC. Damage is done to the files of a worker that stands.
Blind spot: damage that RocksDB's checksums do not see; damage to the write-ahead log, which reads as an older state; disks that hang.
"""

from __future__ import annotations

import resource
import shutil
import time
from pathlib import Path

import pytest

from screener.runtime.exits import DO_NOT_RESTART, RESTART, EngineStop
from screener.runtime.store import RocksStore
from tests.faults.scene import RECOVERY_MAX_S, Scene
from tests.harness import command

BATCH = 1_000
LOADED_S = 2.0
FLIP_EVERY_BYTES = 64
"""No block in reach stays whole."""

ROOM_BYTES = 100_000
"""Above the worker's own log, below a write-ahead log under load for a few seconds."""


@pytest.mark.faults
def test_deleted(scene: Scene) -> None:
    worker = scene.start(scene.new_worker())
    scene.judge(BATCH)
    scene.start_load()
    for _ in range(3):
        time.sleep(LOADED_S)
        scene.kill(worker)
        shutil.rmtree(worker.state_dir)
        began = time.monotonic()
        scene.start(worker)
        scene.recovered("state-deleted", began)
    scene.finish()


@pytest.mark.faults
def test_replaced_by_an_older_copy(scene: Scene, tmp_path: Path) -> None:
    worker = scene.start(scene.new_worker())
    scene.judge(BATCH)
    scene.start_load()
    for number in range(3):
        time.sleep(LOADED_S)
        scene.kill(worker)
        copy = shutil.copytree(worker.state_dir, tmp_path / f"older-{number}")
        scene.start(worker)
        time.sleep(LOADED_S)
        scene.kill(worker)
        shutil.rmtree(worker.state_dir)
        shutil.copytree(copy, worker.state_dir)
        began = time.monotonic()
        scene.start(worker)
        scene.recovered("state-older", began)
    scene.finish()


@pytest.mark.faults
def test_full(scene: Scene) -> None:
    """While there is no room it ends loudly each time; with room it goes on as if nothing had been."""
    worker = scene.start(scene.new_worker())
    scene.start_load()
    resource.prlimit(worker.running.pid, resource.RLIMIT_FSIZE, (ROOM_BYTES, ROOM_BYTES))
    assert scene.ended(worker) == RESTART, worker.tail()
    assert f"cannot write the state in {worker.state_dir}" in worker.tail()
    assert "make room" in worker.tail()
    began = time.monotonic()
    scene.start(worker)
    scene.recovered("state-full", began)
    scene.finish()


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        pytest.param("state-corrupt-table", "*.sst", marks=pytest.mark.faults_short),
        pytest.param("state-corrupt-manifest", "MANIFEST-*", marks=pytest.mark.faults),
    ],
)
def test_corrupt(scene: Scene, fault: str, pattern: str) -> None:
    """It ends and says what to do, without a decision more; done so, it goes on."""
    worker = scene.start(scene.new_worker())
    scene.judge(BATCH)
    scene.stop(worker)
    scene.start(worker)  # RocksDB writes its log out into tables when it opens
    scene.stop(worker)
    assert damage(worker.state_dir / "judge", pattern), f"there is no {pattern} to damage"
    scene.publish(BATCH)
    code = worker.start().wait(RECOVERY_MAX_S)
    assert code == DO_NOT_RESTART, worker.tail()
    assert "the state in" in worker.tail()
    assert "restore from Kafka" in worker.tail()
    shutil.move(worker.state_dir / "judge", worker.state_dir.with_name("moved-away"))
    began = time.monotonic()
    scene.start(worker)
    scene.recovered(fault, began)
    scene.finish()


def damage(folder: Path, pattern: str) -> int:
    """Flips bytes in the first half of the files of that name, which RocksDB does not read before it must; returns how many files there were."""
    files = list(folder.rglob(pattern))
    for file in files:
        content = bytearray(file.read_bytes())
        for place in range(FLIP_EVERY_BYTES // 2, len(content) // 2, FLIP_EVERY_BYTES):
            content[place] ^= 0xFF
        file.write_bytes(content)
    return len(files)


def test_damaged_tables_are_never_read_as_nothing(tmp_path: Path) -> None:
    """RocksDB ends an iterator at damage as it does at the end of the database: what is due would silently never be."""
    for _ in range(2):  # RocksDB writes its log out into tables when it opens
        store = RocksStore(tmp_path).open(0)
        store.write({b"t%08d" % number: b"x" * 50 for number in range(2_000)})
        store.close()
    assert damage(tmp_path, "*.sst")
    store = RocksStore(tmp_path).open(0)
    with pytest.raises(EngineStop, match=r"cannot read the state in .* restore from Kafka"):
        store.get(b"t00000000")
    with pytest.raises(EngineStop, match=r"cannot read the state in .* restore from Kafka"):
        store.scan(b"t", b"u", 10)
    store.close()


@pytest.mark.faults
def test_wanted_twice(scene: Scene) -> None:
    worker = scene.start(scene.new_worker())
    scene.start_load()
    second = command("worker", "--state-dir", str(worker.state_dir), bootstrap=scene.broker.bootstrap)
    assert second.returncode == DO_NOT_RESTART
    assert "belongs to a running worker; give this one another --state-dir" in second.stderr
    scene.wait_decided()
    assert worker.readiness()[0] == 200, "the first one was disturbed"
    scene.finish(state_shared=1)
