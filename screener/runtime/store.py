"""State on disk behind a seam of four methods, and RocksDB as its real side.

`tests/conformance/` runs one suite over every implementation.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import rocksdict

from screener.runtime.exits import DO_NOT_RESTART, RESTART, EngineStop

BLOCK_CACHE_BYTES = 64 * 1024 * 1024
"""One block cache for all databases of a process: memory stays bounded however many partitions a worker owns."""

MEMTABLE_BYTES = 16 * 1024 * 1024
"""Per database; RocksDB's own 64 MiB times the partitions of a worker would be most of its memory."""

BLOOM_BITS_PER_KEY = 10
"""About 1 % false positives: most listings are new, so most reads are of keys that do not exist."""

WIPED = ".wiped"
"""Suffix of a database that is being deleted."""


class KeyValue(Protocol):
    """An ordered map of bytes that survives the process: a write is applied whole or not at all."""

    def get(self, key: bytes, /) -> bytes | None:
        """The value under `key`, or None."""

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> list[tuple[bytes, bytes]]:
        """At most `limit` entries with start <= key < stop, in key order."""

    def write(self, batch: Mapping[bytes, bytes | None], /) -> None:
        """Stores (None: deletes) all entries at once."""

    def close(self) -> None:
        """Lets go of the files; idempotent."""


class RocksKeyValue:
    """`KeyValue` on RocksDB. The write-ahead log is on and not synced: a killed process loses nothing, a lost machine a tail that restore refills.

    Every method raises `EngineStop` when the disk does: 78 for what cannot be opened or read, 70 for what cannot be written.
    """

    def __init__(self, path: Path, cache: rocksdict.Cache) -> None:
        options = rocksdict.Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_write_buffer_size(MEMTABLE_BYTES)
        options.set_max_write_buffer_number(2)
        tables = rocksdict.BlockBasedOptions()
        tables.set_block_cache(cache)
        tables.set_bloom_filter(BLOOM_BITS_PER_KEY, False)
        tables.set_cache_index_and_filter_blocks(True)
        options.set_block_based_table_factory(tables)
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db: rocksdict.Rdict | None = rocksdict.Rdict(str(path), options)
        except Exception as error:  # rocksdict raises nothing narrower
            raise EngineStop(
                DO_NOT_RESTART, f"cannot open the state in {path}: {error}; stop whatever holds it, or move it away to restore from Kafka"
            ) from error

    def get(self, key: bytes, /) -> bytes | None:
        """The value under `key`, or None."""
        assert self._db is not None
        try:
            value: bytes | None = self._db.get(key)
        except Exception as error:  # rocksdict raises nothing narrower
            raise self._unreadable(error) from error
        return value

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> list[tuple[bytes, bytes]]:
        """At most `limit` entries with start <= key < stop, in key order."""
        assert self._db is not None
        found: list[tuple[bytes, bytes]] = []
        iterator = self._db.iter()
        iterator.seek(start)
        while iterator.valid() and len(found) < limit:
            key = iterator.key()
            if key >= stop:
                break
            found.append((key, iterator.value()))
            iterator.next()
        try:
            iterator.status()  # damage ends an iterator as the end of the database does
        except Exception as error:  # rocksdict raises nothing narrower
            raise self._unreadable(error) from error
        finally:
            del iterator  # a live iterator keeps RocksDB's lock after close()
        return found

    def write(self, batch: Mapping[bytes, bytes | None], /) -> None:
        """Stores (None: deletes) all entries at once."""
        assert self._db is not None
        writes = rocksdict.WriteBatch(raw_mode=True)
        for key, value in batch.items():
            if value is None:
                writes.delete(key)
            else:
                writes.put(key, value)
        try:
            self._db.write(writes)
        except Exception as error:  # rocksdict raises nothing narrower
            raise EngineStop(
                RESTART,
                f"cannot write the state in {self._path}: {error}; make room on its disk, or move it away to restore from Kafka; "
                "the restart goes on where the last commit left off",
            ) from error

    def _unreadable(self, error: Exception) -> EngineStop:
        return EngineStop(
            DO_NOT_RESTART, f"cannot read the state in {self._path}: {error}; its files are damaged, move it away to restore from Kafka"
        )

    def close(self) -> None:
        """Lets go of the files; idempotent."""
        if self._db is not None:
            self._db.close()
            self._db = None


class RocksStore:
    """The databases of one worker, one a partition, under `folder`."""

    def __init__(self, folder: Path) -> None:
        """Deletes what a wipe that was cut short left. Raises `EngineStop` when the disk refuses."""
        self._folder = folder
        self._cache = rocksdict.Cache(BLOCK_CACHE_BYTES)
        for half in folder.glob(f"*{WIPED}"):  # a process was killed while it wiped
            _delete(half)

    def open(self, partition: int) -> KeyValue:
        """The database of a partition, made when missing. Raises `EngineStop` when it cannot be opened."""
        return RocksKeyValue(self._folder / str(partition), self._cache)

    def wipe(self, partition: int) -> None:
        """Deletes a closed partition's database; in one step for whoever kills us meanwhile, because half of one would not open, nor be restored.

        Raises `EngineStop` when the disk refuses.
        """
        folder = self._folder / str(partition)
        if not folder.exists():
            return
        wiped = folder.with_suffix(WIPED)
        try:
            folder.rename(wiped)
        except OSError as error:
            raise _undeletable(folder, error) from error
        _delete(wiped)


def _delete(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise _undeletable(folder, error) from error


def _undeletable(folder: Path, error: OSError) -> EngineStop:
    return EngineStop(DO_NOT_RESTART, f"cannot delete the state in {folder}: {error}; delete it by hand to restore it from Kafka")
