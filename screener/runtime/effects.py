"""The order of effects, by number, and a mark of where a worker is that survives kill -9.

1 judge     inputs become outcomes, in memory
2 produce   a transaction is opened with the source offsets; decisions, trace, dead letters and changelog go into it
3 commit    everything was delivered, and the transaction is committed
4 store     one RocksDB WriteBatch per partition: states and `m`
5 next      nothing is under way

Local state is never ahead of the changelog, and nothing is visible to a read_committed reader before 3 has ended.
"""

from __future__ import annotations

import mmap
from enum import IntEnum
from pathlib import Path

from screener.runtime.exits import DO_NOT_RESTART, EngineStop


class Effect(IntEnum):
    """See the module."""

    JUDGE = 1
    PRODUCE = 2
    COMMIT = 3
    STORE = 4
    NEXT = 5


class EffectMark:
    """Two bytes in a memory-mapped file: what the committing side does, and whether a round is being judged beside it.

    The kernel keeps the page when the process dies, so a fault test can tell into which effect its kill fell. Raises `EngineStop` where the file
    cannot be.
    """

    def __init__(self, path: Path) -> None:
        try:
            path.write_bytes(bytes([Effect.NEXT, 0]))
            with path.open("r+b") as file:
                self._page = mmap.mmap(file.fileno(), 2)
        except OSError as error:
            message = f"cannot write {path}: {error.strerror or error}; make room for it, or move away what is there"
            raise EngineStop(DO_NOT_RESTART, message) from error

    def committing(self, effect: Effect) -> None:
        """The committing side has entered `effect`."""
        self._page[0] = effect

    def judging(self, under_way: bool) -> None:
        """A round is being judged, or no longer."""
        self._page[1] = under_way


def read_mark(path: Path) -> Effect:
    """The effect a dead worker was in; judging counts only when nothing was being committed."""
    committing, judging = path.read_bytes()[:2]
    if committing == Effect.NEXT and judging:
        return Effect.JUDGE
    return Effect(committing)
