"""Goal: every implementation of the state seam (`KeyValue`) behaves alike, so that what is proved on the simulated one holds on RocksDB.

Method: one suite over all of them; a hypothesis machine that writes, reads, scans and reopens RocksDB, the simulated one and a dict side by side; a
child process that is killed with SIGKILL right after its writes, and amid them.
Blind spot: power loss under RocksDB (only the simulated one loses a tail; restore from the changelog refills it), a full disk, two threads.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import rocksdict
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from screener.runtime.exits import DO_NOT_RESTART, EngineStop
from screener.runtime.store import KeyValue, RocksKeyValue, RocksStore
from tests.simulated import SimulatedDisk, SimulatedKeyValue, SimulatedStore

Open = Callable[[], KeyValue]
CACHE = rocksdict.Cache(8 * 1024 * 1024)


@pytest.fixture(params=["rocksdb", "simulated"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same database again and again; what is open at the end is closed."""
    disk, path, stores = SimulatedDisk(), tmp_path / "deep" / "state", list[KeyValue]()

    def open_() -> KeyValue:
        store: KeyValue = RocksKeyValue(path, CACHE) if request.param == "rocksdb" else SimulatedKeyValue(path, disk)
        stores.append(store)
        return store

    yield open_
    for store in stores:
        store.close()


def test_a_new_one_is_empty(opened: Open) -> None:
    store = opened()
    assert store.get(b"a") is None
    assert store.scan(b"", b"\xff", 10) == []


def test_what_is_written_is_read(opened: Open) -> None:
    store = opened()
    store.write({b"a": b"1", b"b": b"2"})
    store.write({b"a": b"3"})
    assert (store.get(b"a"), store.get(b"b"), store.get(b"c")) == (b"3", b"2", None)
    assert type(store.get(b"a")) is bytes


def test_an_empty_value_is_a_value(opened: Open) -> None:
    store = opened()
    store.write({b"a": b""})
    assert store.get(b"a") == b""
    assert store.scan(b"a", b"b", 1) == [(b"a", b"")]


def test_a_deleted_key_is_gone_and_may_come_back(opened: Open) -> None:
    store = opened()
    store.write({b"a": b"1", b"b": b"2"})
    store.write({b"a": None, b"never": None})
    assert store.get(b"a") is None
    assert store.scan(b"", b"z", 10) == [(b"b", b"2")]
    store.write({b"a": b"3"})
    assert store.scan(b"", b"z", 10) == [(b"a", b"3"), (b"b", b"2")]


def test_keys_and_values_are_any_bytes(opened: Open) -> None:
    store = opened()
    entries: dict[bytes, bytes | None] = {bytes([number]): bytes([255 - number]) * 3 for number in range(256)}
    entries |= {b"\x00\x00": b"\x00", b"\xff\xff": b"\xff", b"k" * 1_000: b"v" * 2_000_000}
    store.write(entries)
    assert {key: store.get(key) for key in entries} == entries


def test_a_scan_is_in_the_order_of_bytes(opened: Open) -> None:
    store = opened()
    keys = [b"a", b"a\x00", b"a\xff", b"b", b"\x7f", b"\x80", b"\xff", b"\xff\x00"]
    store.write(dict.fromkeys(reversed(keys), b"v"))
    assert [key for key, _ in store.scan(b"", b"\xff\xff", 100)] == sorted(keys) == keys


@pytest.mark.parametrize(
    ("start", "stop", "limit", "found"),
    [
        (b"b", b"d", 10, [b"b", b"c"]),
        (b"b\x00", b"d\x00", 10, [b"c", b"d"]),
        (b"", b"b", 10, [b"a"]),
        (b"a", b"z", 2, [b"a", b"b"]),
        (b"a", b"z", 0, []),
        (b"b", b"b", 10, []),
        (b"d", b"b", 10, []),
        (b"e", b"z", 10, []),
    ],
)
def test_a_scan_begins_at_start_and_ends_before_stop(opened: Open, start: bytes, stop: bytes, limit: int, found: list[bytes]) -> None:
    store = opened()
    store.write(dict.fromkeys([b"a", b"b", b"c", b"d"], b"v"))
    assert [key for key, _ in store.scan(start, stop, limit)] == found


def test_a_batch_is_not_the_callers_any_more(opened: Open) -> None:
    store, batch = opened(), dict[bytes, bytes | None]({b"a": b"1"})
    store.write(batch)
    batch[b"a"] = b"2"
    batch.clear()
    assert store.get(b"a") == b"1"


class Broken(Mapping[bytes, bytes | None]):
    """A batch that cannot be read to its end."""

    def __getitem__(self, key: bytes) -> bytes | None:
        return b"v"

    def __iter__(self) -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError("the second entry fails")

    def __len__(self) -> int:
        return 2


def test_a_batch_that_fails_halfway_changes_nothing(opened: Open) -> None:
    store = opened()
    store.write({b"before": b"1"})
    with pytest.raises(RuntimeError, match="second entry"):
        store.write(Broken())
    assert store.scan(b"", b"z", 10) == [(b"before", b"1")]


def test_an_empty_batch_changes_nothing(opened: Open) -> None:
    store = opened()
    store.write({})
    assert store.scan(b"", b"\xff", 1) == []


def test_what_was_written_is_there_after_closing_and_opening(opened: Open) -> None:
    first = opened()
    first.write({b"a": b"1", b"b": b"2"})
    first.write({b"a": None})
    first.close()
    second = opened()
    assert second.scan(b"", b"z", 10) == [(b"b", b"2")]


def test_a_scan_leaves_no_lock_behind(opened: Open) -> None:
    for _ in range(3):
        store = opened()
        store.write({bytes([number]): b"v" for number in range(50)})
        assert len(store.scan(b"", b"\xff", 5)) == 5
        store.close()


def test_closing_twice_is_closing_once(opened: Open) -> None:
    store = opened()
    store.close()
    store.close()
    again = opened()
    store.close()  # and the old one closes nobody else's
    again.write({b"a": b"1"})
    assert again.get(b"a") == b"1"


def test_a_closed_one_answers_nothing(opened: Open) -> None:
    store = opened()
    store.close()
    for use in (lambda: store.get(b"a"), lambda: store.scan(b"", b"z", 1), lambda: store.write({b"a": b"1"})):
        with pytest.raises(AssertionError):
            use()


def test_two_may_not_hold_it_and_the_error_says_what_to_do(opened: Open) -> None:
    first = opened()
    first.write({b"a": b"1"})
    with pytest.raises(EngineStop, match=r"cannot open the state in .*deep/state: .*; stop whatever holds it") as stop:
        opened()
    assert stop.value.code == DO_NOT_RESTART  # started again it would meet the same lock
    assert first.get(b"a") == b"1"
    first.close()
    assert opened().get(b"a") == b"1"


@pytest.fixture(params=["rocksdb", "simulated"])
def worker_store(request: pytest.FixtureRequest, tmp_path: Path) -> RocksStore | SimulatedStore:
    return RocksStore(tmp_path / "judge") if request.param == "rocksdb" else SimulatedStore(tmp_path / "judge", SimulatedDisk())


def test_partitions_are_apart_and_wiped_apart(worker_store: RocksStore | SimulatedStore) -> None:
    stores = [worker_store.open(number) for number in (0, 1, 11)]
    for number, store in enumerate(stores):
        store.write({b"a": bytes([number])})
    assert [store.get(b"a") for store in stores] == [b"\x00", b"\x01", b"\x02"]
    for store in stores:
        store.close()
    worker_store.wipe(1)
    worker_store.wipe(7)  # one that never was
    again = [worker_store.open(number) for number in (0, 1, 11)]
    assert [store.get(b"a") for store in again] == [b"\x00", None, b"\x02"]
    for store in again:
        store.close()


# What only one of them can show.


def test_a_wipe_that_was_cut_short_leaves_no_half_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "judge"
    store = RocksStore(folder)
    kept = store.open(1)
    kept.write({b"a": b"x"})
    kept.close()

    def killed(_path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("screener.runtime.store.shutil.rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        store.wipe(1)
    monkeypatch.undo()
    again = RocksStore(folder).open(1)
    assert again.get(b"a") is None
    again.close()
    assert [path.name for path in folder.iterdir()] == ["1"]


KILLED = """
import os, signal, sys
from pathlib import Path
import rocksdict
from screener.runtime.store import RocksKeyValue
store = RocksKeyValue(Path(sys.argv[1]), rocksdict.Cache(1024 * 1024))
for number in range(200):
    store.write({b"%03d" % number: b"v" * 10_000, b"%03d-deleted" % number: b""})
    store.write({b"%03d-deleted" % number: None})
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    """The write-ahead log is in the kernel's hands before `write` returns."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "state")], capture_output=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    store = RocksKeyValue(tmp_path / "state", CACHE)
    try:
        assert [key for key, _ in store.scan(b"", b"z", 1_000)] == [b"%03d" % number for number in range(200)]
    finally:
        store.close()


WRITING = """
import sys
from itertools import count
from pathlib import Path
import rocksdict
from screener.runtime.store import RocksKeyValue
store = RocksKeyValue(Path(sys.argv[1]), rocksdict.Cache(1024 * 1024))
for number in count():
    store.write({b"%03d" % key: b"%d" % number for key in range(500)})
    if number == 3:
        print("writing", flush=True)
"""


@pytest.mark.parametrize("wait_s", [0.0, 0.013, 0.037, 0.071])
def test_a_batch_is_whole_or_not_there_whenever_a_process_is_killed(tmp_path: Path, wait_s: float) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITING, str(tmp_path / "state")], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"writing\n"
        time.sleep(wait_s)
        child.kill()
    store = RocksKeyValue(tmp_path / "state", CACHE)
    try:
        found = store.scan(b"", b"z", 1_000)
    finally:
        store.close()
    assert len(found) == 500
    assert len({value for _, value in found}) == 1


def test_what_is_no_database_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("somebody's file", encoding="utf-8")
    with pytest.raises(EngineStop, match="move it away to restore from Kafka"):
        RocksKeyValue(tmp_path / "state", CACHE)
    assert (tmp_path / "state").read_text(encoding="utf-8") == "somebody's file"


PATH = Path("simulated")


def test_a_crash_loses_what_was_not_flushed() -> None:
    disk = SimulatedDisk()
    store = SimulatedKeyValue(PATH, disk)
    store.write({b"a": b"1", b"b": b"1"})
    store.flush()
    store.write({b"a": b"2", b"b": None})
    store.write({b"c": b"3"})
    store.crash()
    assert SimulatedKeyValue(PATH, disk).scan(b"", b"z", 9) == [(b"a", b"1"), (b"b", b"1")]


def test_a_crash_takes_closed_stores_along() -> None:
    store = SimulatedStore(Path("judge"), SimulatedDisk())
    first = store.open(0)
    first.write({b"a": b"1"})
    first.close()
    store.open(1).crash()
    assert store.open(0).get(b"a") is None


batches = st.dictionaries(st.binary(min_size=1, max_size=2), st.none() | st.binary(max_size=3), max_size=4)


@given(st.lists(st.tuples(batches, st.booleans()), max_size=8), st.integers(0, 8))
def test_after_a_crash_a_prefix_of_the_writes_is_there(script: list[tuple[dict[bytes, bytes | None], bool]], keep: int) -> None:
    disk = SimulatedDisk()
    store, safe = SimulatedKeyValue(PATH, disk), 0
    for number, (batch, flush) in enumerate(script, 1):
        store.write(batch)
        if flush:
            store.flush()
            safe = number
    store.crash(keep)
    expected: dict[bytes, bytes | None] = {}
    for batch, _ in script[: safe + keep]:
        expected |= batch
    left = sorted((key, value) for key, value in expected.items() if value is not None)
    assert SimulatedKeyValue(PATH, disk).scan(b"", b"\xff\xff\xff", 100) == left


keys = st.binary(min_size=1, max_size=3) | st.sampled_from([b"t", b"u", b"m", b"s1", b"l\x00\x01a"])


class Agreement(RuleBasedStateMachine):
    """RocksDB, the simulated one and a dict are asked the same."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path, self._disk = Path(self._folder.name) / "state", SimulatedDisk()
        self._model: dict[bytes, bytes] = {}

    @initialize()
    def begin(self) -> None:
        self._rocks, self._simulated = RocksKeyValue(self._path, CACHE), SimulatedKeyValue(self._path, self._disk, flush_every=3)

    @rule(batch=st.dictionaries(keys, st.none() | st.binary(max_size=4), max_size=6))
    def write(self, batch: dict[bytes, bytes | None]) -> None:
        self._rocks.write(batch)
        self._simulated.write(batch)
        for key, value in batch.items():
            if value is None:
                self._model.pop(key, None)
            else:
                self._model[key] = value

    @rule(key=keys)
    def get(self, key: bytes) -> None:
        assert self._rocks.get(key) == self._simulated.get(key) == self._model.get(key)

    @rule(start=st.binary(max_size=2), stop=st.binary(max_size=2), limit=st.integers(0, 5))
    def scan(self, start: bytes, stop: bytes, limit: int) -> None:
        expected = sorted((key, value) for key, value in self._model.items() if start <= key < stop)[:limit]
        assert self._rocks.scan(start, stop, limit) == self._simulated.scan(start, stop, limit) == expected

    @rule()
    def reopen(self) -> None:
        self._rocks.close()
        self._simulated.close()
        self.begin()

    def teardown(self) -> None:
        everything = sorted(self._model.items())
        if hasattr(self, "_rocks"):
            assert self._rocks.scan(b"", b"\xff" * 9, 10_000) == self._simulated.scan(b"", b"\xff" * 9, 10_000) == everything
            self._rocks.close()
        self._folder.cleanup()


Agreement.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestAgreement = Agreement.TestCase
