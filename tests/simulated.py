"""A `KeyValue` in memory that forgets as a machine does: what was written and not yet flushed is lost with the power, whole batches at a time.

It stands in for RocksDB where a test must lose a tail at a chosen place. Its limits: a crash loses the newest batches only (a log that is synced in
order loses no other), nothing is ever half written, and a database is a dictionary that is sorted for every scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from screener.runtime.exits import DO_NOT_RESTART, EngineStop

Batch = dict[bytes, bytes | None]


class SimulatedDisk:
    """What outlives a process: for every path what is safe, and the batches that only the machine's memory holds."""

    def __init__(self) -> None:
        self.safe: dict[Path, dict[bytes, bytes]] = {}
        self.unflushed: dict[Path, list[Batch]] = {}
        self.held: dict[Path, SimulatedKeyValue] = {}
        """Open databases, by path: the lock."""

    def lose_power(self, keep: int = 0) -> None:
        """Every database loses its unflushed batches but the oldest `keep`, and its lock."""
        for path, batches in self.unflushed.items():
            for batch in batches[:keep]:
                _apply(self.safe[path], batch)
            batches.clear()
        for store in list(self.held.values()):
            store.close()


class SimulatedKeyValue:
    """`KeyValue` on a `SimulatedDisk`. Every `flush_every` batches all are flushed by themselves (0: never)."""

    def __init__(self, path: Path, disk: SimulatedDisk | None = None, flush_every: int = 0) -> None:
        self._path, self._disk, self._flush_every = path, disk or SimulatedDisk(), flush_every
        if path in self._disk.held:
            raise EngineStop(
                DO_NOT_RESTART, f"cannot open the state in {path}: it is open already; stop whatever holds it, or move it away to restore from Kafka"
            )
        self._unflushed = self._disk.unflushed.setdefault(path, [])
        self._values: dict[bytes, bytes] | None = dict(self._disk.safe.setdefault(path, {}))
        for batch in self._unflushed:
            _apply(self._values, batch)
        self._disk.held[path] = self

    def get(self, key: bytes, /) -> bytes | None:
        """The value under `key`, or None."""
        assert self._values is not None, "it is closed"
        return self._values.get(key)

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> list[tuple[bytes, bytes]]:
        """At most `limit` entries with start <= key < stop, in key order."""
        assert self._values is not None, "it is closed"
        return sorted((key, value) for key, value in self._values.items() if start <= key < stop)[:limit]

    def write(self, batch: Mapping[bytes, bytes | None], /) -> None:
        """Stores (None: deletes) all entries at once; safe from a crash after the next flush."""
        assert self._values is not None, "it is closed"
        copy = dict(batch)
        _apply(self._values, copy)
        self._unflushed.append(copy)
        if self._flush_every and len(self._unflushed) >= self._flush_every:
            self.flush()

    def flush(self) -> None:
        """Everything written so far survives whatever comes."""
        for batch in self._unflushed:
            _apply(self._disk.safe[self._path], batch)
        self._unflushed.clear()

    def close(self) -> None:
        """Lets go of the lock; idempotent. What was not flushed is still only in the machine's memory."""
        if self._values is not None:
            self._values = None
            self._disk.held.pop(self._path)

    def crash(self, keep: int = 0) -> None:
        """The machine loses power: unflushed batches but the oldest `keep` are gone, and the store is closed; open it again on the same disk."""
        self._disk.lose_power(keep)


class SimulatedStore:
    """`RocksStore` on a `SimulatedDisk`."""

    def __init__(self, folder: Path, disk: SimulatedDisk, flush_every: int = 0) -> None:
        self._folder, self.disk, self._flush_every = folder, disk, flush_every

    def open(self, partition: int) -> SimulatedKeyValue:
        """The database of a partition, made when missing. Raises `EngineStop` when it is open already."""
        return SimulatedKeyValue(self._folder / str(partition), self.disk, self._flush_every)

    def wipe(self, partition: int) -> None:
        """Deletes a closed partition's database."""
        path = self._folder / str(partition)
        assert path not in self.disk.held, "close it first"
        self.disk.safe.pop(path, None)
        self.disk.unflushed.pop(path, None)


def _apply(values: dict[bytes, bytes], batch: Batch) -> None:
    for key, value in batch.items():
        if value is None:
            values.pop(key, None)
        else:
            values[key] = value
