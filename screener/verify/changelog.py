"""The changelog against the fold of the trace: whether a worker that restores from it finds the state that its inputs led to. Pure.

Kept of a changelog: offset and a hash of each key's last record, beside the state that a replay keeps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from screener.verify.heads import META_KEY, Unreadable, read_meta

_DIGEST_BYTES: Final = 16
"""Against chance, not against an attacker: who may write into the changelog may write the state he likes."""


class Misfit(Struct, frozen=True, gc=False, kw_only=True):
    """A key of which the changelog says something else than the trace leads to."""

    partition: int
    key: str
    """As text, what is none as \\x escapes."""
    offset: int | None
    """Of the key's last record; None where there is none."""
    detail: str


class ChangelogEnd:
    """What the last record of each key says in one partition of the changelog. `feed` it in its order."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.sequence: int | None = None
        """Number of the last trace record that the newest readable `m` speaks of; None without one."""
        self.ends_a_round = True
        """The last record is an `m`, as every round's is: else compaction took it meanwhile, or nobody's round wrote what follows."""
        self._last: dict[bytes, tuple[int, bytes | None]] = {}

    def feed(self, offset: int, key: bytes | None, value: bytes | None) -> None:
        """One record; `value` None deletes the key."""
        key = key or b""
        self.ends_a_round = key == META_KEY
        if key != META_KEY:
            self._last[key] = (offset, None if value is None else _digest(value))
            return
        try:
            self.sequence = read_meta(value).sequence
        except Unreadable:  # `verify` names it; the round before it is what can be compared
            self.ends_a_round = False

    def compare(self, state: Mapping[bytes, bytes]) -> dict[bytes, Misfit]:
        """Keys on which the changelog and `state`, folded from the trace up to `sequence`, do not agree, in key order."""
        misfits: dict[bytes, Misfit] = {}
        for key in sorted({*self._last, *state}):
            offset, digest = self._last.get(key, (None, None))
            wanted = state.get(key)
            if digest == (None if wanted is None else _digest(wanted)):
                continue
            if wanted is None:
                detail = "a value is there that no input led to"
            elif offset is None:
                detail = "nothing is there, the trace leads to a value"
            else:
                detail = "the value was deleted, the trace leads to one" if digest is None else "the value is not the one that the trace leads to"
            misfits[key] = Misfit(partition=self.number, key=key.decode("utf-8", "backslashreplace"), offset=offset, detail=detail)
        return misfits


def _digest(value: bytes) -> bytes:
    return hashlib.blake2b(value, digest_size=_DIGEST_BYTES).digest()
