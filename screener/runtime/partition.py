"""One partition's state while rounds run over it: RocksDB, the round being committed, the round being judged.

Reads go through all three, newest first. Only a committed round reaches RocksDB; a round that does not commit is dropped with everything above it.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from screener.processor import Processor
from screener.runtime.store import KeyValue

META_KEY = b"m"
"""Key of `Meta` in RocksDB and in the changelog. State keys of processors never start with `m`."""

POSITION_KEY = b"m\x00position"
"""Key of `Position`: in RocksDB only, for the changelog cannot know its own offsets."""

META_FORMAT = 1


REPEATERS = 4
"""So many keys at a time may flood a partition with dead letters without stopping it. Few, because a partition on which no more sellers than this
publish never reaches the limit (deploy/decisions/0006)."""


class DeadLetterWindow(Struct, frozen=True, array_like=True):
    """How many of the last inputs were dead letters; halved when full, so that old ones fade. Part of `m`: a restart does not forget it.

    A dead letter whose key is among the last `REPEATERS` that died counts as nothing: it says that one key is broken, and that is known already.
    """

    inputs: int = 0
    dead: int = 0
    run: int = 0
    died: tuple[int, ...] = ()
    """CRC-32 of the keys that died last, the latest first. Absent in what older releases wrote, and passed over by them."""

    def after(self, dead: bool, key: bytes | None, window: int) -> DeadLetterWindow:
        """With one more input. `key` None: nothing is known about who sent it, so a dead letter always counts."""
        died = self.died
        if dead and key is not None:
            hashed = zlib.crc32(key)
            known = hashed in died
            died = (hashed, *(other for other in died if other != hashed))[:REPEATERS]
            if known:
                return DeadLetterWindow(self.inputs, self.dead, self.run, died)
        inputs, count = self.inputs + 1, self.dead + dead
        if inputs >= 2 * window:
            inputs, count = inputs // 2, count // 2
        return DeadLetterWindow(inputs, count, self.run + 1 if dead else 0, died)


class Meta(Struct, frozen=True):
    """What the engine itself must know of a partition, written by every round that touches it."""

    format: int = META_FORMAT
    applied: dict[str, int] = {}
    """Per source topic the offset applied next: a record below it was applied already, whatever a consumer says."""
    sequence: int = 0
    """Number of the last trace record."""
    tick_ms: int = 0
    """Time of the last tick; the next one is later."""
    window: DeadLetterWindow = DeadLetterWindow()
    partitions: int = 0
    """Partition count of the processor's topics; 0 in what was written before it was noted."""
    application: str = ""
    """Whose topics these are; empty in what was written before it was noted."""


class Position(Struct, frozen=True):
    """How far into the changelog RocksDB is, and when it was level with its end (milliseconds since 1970)."""

    offset: int
    written_ms: int
    """While a restore is under way: of the position it continues, or when it began. Every deletion since then must still lie on the changelog."""


_decode_meta = msgspec.msgpack.Decoder(Meta).decode
_decode_position = msgspec.msgpack.Decoder(Position).decode
encode = msgspec.msgpack.Encoder(order="deterministic").encode


def read_position(store: KeyValue) -> Position | None:
    """Where the stored state ends in the changelog, None for a new database."""
    value = store.get(POSITION_KEY)
    return None if value is None else _decode_position(value)


def read_meta(store: KeyValue) -> Meta:
    """The stored `m`, or the one of a partition never seen."""
    value = store.get(META_KEY)
    return Meta() if value is None else _decode_meta(value)


class Partition:
    """A processor's view of its state (`screener.processor.State`), and the engine's way to move rounds through it."""

    def __init__(self, number: int, processor: Processor, store: KeyValue) -> None:
        self.number, self.store = number, store
        self._processor = processor
        self._judged: dict[bytes, bytes | None] = {}
        self._committing: dict[bytes, bytes | None] = {}
        self.meta = read_meta(store)
        self.first_deadline_ms = self._first_deadline()

    def get(self, key: bytes, /) -> bytes | None:
        """The newest value, also of rounds not committed yet."""
        if key in self._judged:
            return self._judged[key]
        committing = self._committing  # the committing thread replaces it once RocksDB holds the same
        if key in committing:
            return committing[key]
        return self.store.get(key)

    def scan(self, start: bytes, stop: bytes, limit: int, /) -> Sequence[tuple[bytes, bytes]]:
        """At most `limit` of the newest entries with start <= key < stop, in key order."""
        unstored = {key: value for writes in (self._committing, self._judged) for key, value in writes.items() if start <= key < stop}
        stored = self.store.scan(start, stop, limit + len(unstored))
        merged = {**dict(stored), **unstored}
        return [(key, value) for key in sorted(merged) if (value := merged[key]) is not None][:limit]

    def put(self, writes: Sequence[tuple[bytes, bytes | None]]) -> None:
        """Adds an outcome's writes to the round being judged."""
        deadline = self._processor.deadline
        for key, value in writes:
            self._judged[key] = value
            if value is not None and (due_ms := deadline(key)) is not None:
                self.first_deadline_ms = due_ms if self.first_deadline_ms is None else min(due_ms, self.first_deadline_ms)

    def seal(self) -> Mapping[bytes, bytes | None]:
        """Ends the judging of a round: what it writes, `m` included. In the judging thread, once the round before it has been stored."""
        assert not self._committing
        self._judged[META_KEY] = encode(self.meta)
        self._committing, self._judged = self._judged, {}
        return self._committing

    def stored(self) -> None:
        """The sealed round is in RocksDB. Called by the committing thread."""
        self._committing = {}

    def look_for_deadlines(self) -> None:
        """Asks the state for its first deadline, after a tick has used up some."""
        self.first_deadline_ms = self._first_deadline()

    def _first_deadline(self) -> int | None:
        if self._processor.deadline_range is None:
            return None
        first = self.scan(*self._processor.deadline_range, 1)
        return self._processor.deadline(first[0][0]) if first else None
