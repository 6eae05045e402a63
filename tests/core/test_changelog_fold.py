"""Goal: a changelog that is what the trace leads to has no misfit, and every kind of damage to one is named with its key and offset.

Method: the good set of `tests/recordset.py` is replayed; a changelog is written of the state it leads to, then damaged.
Blind spot: reading the topics while workers and compaction move them (`tests/system/test_verify_live.py`); a value that only another fold of the
same wrong core would call wrong.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from screener import topics
from screener.catalog import JUDGE
from screener.verify.changelog import ChangelogEnd
from screener.verify.replay import Replay, Sides
from tests.recordset import good, side_records

GOOD = good()
Records = list[tuple[bytes | None, bytes | None]]


def replayed() -> Replay:
    sides = Sides()
    for topic, offset, value in side_records(GOOD):
        sides.feed(topic, offset, value)
    replay = Replay(0, sides)
    for one in GOOD.on(topics.TRACE):
        replay.feed(one.offset, one.value, may_begin_late=False)
    return replay


REPLAY = replayed()
SELLER = min(key for key in REPLAY.state if key.startswith(b"s"))
META = (b"m", msgspec.msgpack.encode({"applied": {}, "sequence": REPLAY.sequence}))


def read(records: Records) -> ChangelogEnd:
    end = ChangelogEnd(0)
    for offset, (key, value) in enumerate(records):
        end.feed(offset, key, value)
    return end


def whole() -> Records:
    """An older value of a seller, a key that came and went, the state, and `m`."""
    return [(SELLER, b"older"), (b"t-past", b""), (b"t-past", None), *REPLAY.state.items(), META]


def test_what_the_trace_leads_to_fits() -> None:
    end = read(whole())
    assert (end.sequence, end.ends_a_round) == (REPLAY.sequence, True)
    assert REPLAY.unsure == ""
    assert end.compare(REPLAY.state) == {}
    assert any(JUDGE.deadline(key) is not None for key in REPLAY.state), "no deadline, whose value is empty and not null"


def deleted(records: Records) -> None:
    records.append((SELLER, None))


def foreign(records: Records) -> None:
    records.append((b"s-nobody", b"x"))


def rolled_back(records: Records) -> None:
    records.append((SELLER, b"older"))


def without_key(records: Records) -> None:
    records.append((None, b"x"))


def emptied(records: Records) -> None:
    records.append((SELLER, b""))


@pytest.mark.parametrize(
    ("damage", "key", "said"),
    [
        (deleted, SELLER, "was deleted"),
        (foreign, b"s-nobody", "no input led to"),
        (rolled_back, SELLER, "not the one"),
        (without_key, b"", "no input led to"),
        (emptied, SELLER, "not the one"),
    ],
)
def test_what_was_changed_by_hand_is_named(damage: Callable[[Records], None], key: bytes, said: str) -> None:
    records = whole()
    damage(records)
    end = read(records)
    misfits = end.compare(REPLAY.state)
    assert list(misfits) == [key]
    assert said in misfits[key].detail
    assert misfits[key].offset == len(records) - 1
    assert not end.ends_a_round


def test_a_key_that_never_was_there_is_named() -> None:
    records = [one for one in whole() if one[0] != SELLER]
    misfit = read(records).compare(REPLAY.state)[SELLER]
    assert (misfit.offset, "nothing is there" in misfit.detail) == (None, True)


def test_an_m_that_cannot_be_read_leaves_the_one_before() -> None:
    end = read([*whole(), (b"m", b"\xc1")])
    assert (end.sequence, end.ends_a_round) == (REPLAY.sequence, False)
