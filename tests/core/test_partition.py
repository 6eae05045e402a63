"""Goal: while a round is judged and another commits, every read sees the newest value, and only what was committed is ever stored.

Method: scenes, and a hypothesis machine that judges, seals, stores and drops rounds over a simulated database beside a model of three dicts.
Blind spot: the two threads of the real engine (`stored` is called by the committing one while the other reads), the order of effects.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import Struct

from screener.catalog import BRAND_COUNTER, JUDGE
from screener.judge.keys import DEADLINES, deadline_key
from screener.runtime.partition import (
    META_KEY,
    POSITION_KEY,
    REPEATERS,
    DeadLetterWindow,
    Meta,
    Partition,
    Position,
    encode,
    read_meta,
    read_position,
)
from tests.simulated import SimulatedKeyValue

PATH = Path("0")


def partition(values: dict[bytes, bytes | None] | None = None) -> Partition:
    store = SimulatedKeyValue(PATH)
    store.write(values or {})
    return Partition(0, JUDGE, store)


def commit(one: Partition) -> None:
    """What the committing thread does with a sealed round."""
    one.store.write(one.seal())
    one.stored()


def test_reads_go_through_judged_committing_and_stored() -> None:
    one = partition({b"sa": b"stored", b"sb": b"stored", b"sc": b"stored"})
    one.put([(b"sa", b"committing"), (b"sb", b"committing")])
    sealed = one.seal()
    one.put([(b"sa", b"judged")])
    assert (one.get(b"sa"), one.get(b"sb"), one.get(b"sc"), one.get(b"sd")) == (b"judged", b"committing", b"stored", None)
    assert one.store.get(b"sa") == b"stored"
    one.store.write(sealed)
    one.stored()
    assert (one.get(b"sa"), one.get(b"sb"), one.store.get(b"sa")) == (b"judged", b"committing", b"committing")


def test_a_deletion_hides_what_lies_below() -> None:
    one = partition({b"sa": b"stored"})
    one.put([(b"sa", None)])
    assert one.get(b"sa") is None
    one.seal()
    assert one.get(b"sa") is None
    one.put([(b"sa", b"again")])
    assert one.get(b"sa") == b"again"


def test_a_scan_merges_all_three() -> None:
    keys = [deadline_key(due, b"l") for due in range(6)]
    one = partition(dict.fromkeys(keys[:4], b"stored"))
    one.put([(keys[0], None), (keys[4], b"committing")])
    one.seal()
    one.put([(keys[1], None), (keys[5], b"judged"), (keys[2], b"judged"), (b"sa", b"no deadline")])
    merged = [(keys[2], b"judged"), (keys[3], b"stored"), (keys[4], b"committing"), (keys[5], b"judged")]
    assert one.scan(*DEADLINES, 10) == merged
    assert one.scan(*DEADLINES, 2) == merged[:2]
    assert one.scan(keys[3], keys[5], 10) == merged[1:3]


def test_sealing_gives_the_rounds_writes_and_meta() -> None:
    one = partition()
    one.put([(b"sa", b"1"), (b"sb", None)])
    one.put([(b"sa", b"2")])
    one.meta = Meta(applied={"t": 7}, sequence=3, tick_ms=9, window=DeadLetterWindow(5, 1, 1))
    sealed = one.seal()
    assert sealed == {b"sa": b"2", b"sb": None, META_KEY: encode(one.meta)}
    one.store.write(sealed)
    assert read_meta(one.store) == one.meta
    assert Partition(0, JUDGE, one.store).meta == one.meta


def test_a_round_may_not_be_sealed_before_the_last_is_stored() -> None:
    one = partition()
    one.put([(b"sa", b"1")])
    one.seal()
    one.put([(b"sa", b"2")])
    with pytest.raises(AssertionError):
        one.seal()
    one.stored()
    assert one.seal()[b"sa"] == b"2"


def test_a_round_that_did_not_commit_leaves_nothing() -> None:
    one = partition({b"sa": b"stored"})
    one.put([(b"sa", b"lost"), (deadline_key(1, b"l"), b"")])
    one.meta = Meta(sequence=99)
    one.seal()
    again = Partition(0, JUDGE, one.store)  # what the engine does after an abort
    assert (again.get(b"sa"), again.meta, again.first_deadline_ms) == (b"stored", Meta(), None)


def test_a_new_partition_begins_at_nothing() -> None:
    one = partition()
    assert one.meta == Meta() == read_meta(one.store)
    assert (one.meta.applied, one.meta.sequence, one.meta.tick_ms) == ({}, 0, 0)
    assert read_position(one.store) is None
    one.store.write({POSITION_KEY: encode(Position(12, 34))})
    assert read_position(one.store) == Position(12, 34)


def test_the_engines_keys_are_no_states() -> None:
    for key in (META_KEY, POSITION_KEY):
        assert key[:1] == b"m"
        assert JUDGE.deadline(key) is None
        assert not DEADLINES[0] <= key < DEADLINES[1]


def test_meta_is_the_same_bytes_whatever_the_order_of_topics() -> None:
    assert encode(Meta(applied={"b": 1, "a": 2})) == encode(Meta(applied={"a": 2, "b": 1}))


# Deadlines.


def test_the_first_deadline_is_known_from_the_start() -> None:
    assert partition().first_deadline_ms is None
    assert partition({deadline_key(7, b"l"): b"", deadline_key(5, b"l"): b"", b"u": b""}).first_deadline_ms == 5


def test_an_earlier_deadline_becomes_the_first_and_a_later_one_does_not() -> None:
    one = partition()
    for due_ms, first_ms in ((50, 50), (70, 50), (30, 30), (2**40, 30)):
        one.put([(deadline_key(due_ms, b"l"), b"")])
        assert one.first_deadline_ms == first_ms


def test_a_deadline_that_is_gone_is_noticed_when_looked_for() -> None:
    """A tick that comes too early does no harm, so nobody looks before."""
    one = partition({deadline_key(5, b"l"): b"", deadline_key(9, b"l"): b""})
    one.put([(deadline_key(5, b"l"), None)])
    assert one.first_deadline_ms == 5
    one.look_for_deadlines()
    assert one.first_deadline_ms == 9
    one.put([(deadline_key(9, b"l"), None)])
    one.look_for_deadlines()
    assert one.first_deadline_ms is None


def test_a_processor_without_deadlines_has_none() -> None:
    one = Partition(0, BRAND_COUNTER, SimulatedKeyValue(PATH))
    one.put([(deadline_key(5, b"l"), b""), (b"bvelmora", b"{}")])
    one.look_for_deadlines()
    assert one.first_deadline_ms is None


# Dead letters.


def window(outcomes: str, size: int) -> DeadLetterWindow:
    """The window after a row of inputs; `x` is a dead letter without a known sender, a digit one under that key."""
    counted = DeadLetterWindow()
    for outcome in outcomes:
        counted = counted.after(outcome != ".", outcome.encode() if outcome.isdigit() else None, size)
    return counted


def counts(outcomes: str, size: int = 10) -> tuple[int, int, int]:
    """(inputs, dead, run)."""
    counted = window(outcomes, size)
    return counted.inputs, counted.dead, counted.run


@pytest.mark.parametrize(
    ("outcomes", "inputs", "dead", "run"),
    [
        ("", 0, 0, 0),
        (".", 1, 0, 0),
        ("x", 1, 1, 1),
        ("xx.x", 4, 3, 1),
        ("xxx.", 4, 3, 0),
        ("x" * 19, 19, 19, 19),
        ("x" * 20, 10, 10, 20),  # full at twice the window: halved, but for the run
        ("x" * 10 + "." * 10, 10, 5, 0),
        ("x" * 10 + "." * 30, 10, 1, 0),  # old ones fade
    ],
)
def test_the_window_counts_the_last_inputs(outcomes: str, inputs: int, dead: int, run: int) -> None:
    assert window(outcomes, 10) == DeadLetterWindow(inputs, dead, run)


@pytest.mark.parametrize(
    ("outcomes", "inputs", "dead", "run"),
    [
        ("1111", 1, 1, 1),
        ("11.11", 2, 1, 0),  # a repeat is nothing: it neither counts nor begins a run
        ("1.2.3.4.1.2.3.4.", 12, 4, 0),  # four keys at a time may flood
        ("12341234", 4, 4, 4),
        ("1234512345", 10, 10, 10),  # five are more than a few sellers
        ("1x1x1x", 4, 4, 4),  # without a known sender each counts
        ("1213141516", 6, 6, 6),  # a key that goes on dying stays known
    ],
)
def test_a_key_that_goes_on_dying_counts_once(outcomes: str, inputs: int, dead: int, run: int) -> None:
    assert counts(outcomes, 100) == (inputs, dead, run)


def test_the_window_of_an_older_release_is_read_and_reads_ours() -> None:
    class Older(Struct, array_like=True):
        inputs: int = 0
        dead: int = 0
        run: int = 0

    assert msgspec.msgpack.decode(encode(Older(7, 5, 3)), type=DeadLetterWindow) == DeadLetterWindow(7, 5, 3)
    assert msgspec.msgpack.decode(encode(DeadLetterWindow(7, 5, 3, (9, 8))), type=Older) == Older(7, 5, 3)


@given(st.text(alphabet=".x0123456789", max_size=120), st.integers(1, 20))
def test_the_window_stays_within_its_bounds(outcomes: str, size: int) -> None:
    counted = window(outcomes, size)
    assert 0 <= counted.dead <= counted.inputs < 2 * size
    assert counted.run <= len(outcomes) - len(outcomes.rstrip("x0123456789"))
    assert len(counted.died) == len(set(counted.died)) <= REPEATERS
    without_sender = outcomes.translate({ord(digit): "x" for digit in "0123456789"})
    assert window(without_sender, size).run == len(outcomes) - len(outcomes.rstrip("x0123456789"))
    assert window(without_sender, size).inputs >= min(len(outcomes), size)


# Any order of events.

KEYS = st.sampled_from([b"sa", b"sb", b"l\x00\x01ax", *(deadline_key(due, b"l") for due in range(4))])
WRITES = st.lists(st.tuples(KEYS, st.none() | st.sampled_from([b"", b"1", b"2"])), max_size=5)


class Rounds(RuleBasedStateMachine):
    """Rounds are judged, sealed, stored or lost; a model keeps the three layers apart."""

    def __init__(self) -> None:
        super().__init__()
        self.store = SimulatedKeyValue(PATH)
        self.partition = Partition(0, JUDGE, self.store)
        self.stored: dict[bytes, bytes] = {}
        self.committing: dict[bytes, bytes | None] | None = None
        self.judged: dict[bytes, bytes | None] = {}

    @rule(writes=WRITES)
    def judge(self, writes: list[tuple[bytes, bytes | None]]) -> None:
        self.partition.put(writes)
        self.judged |= dict(writes)

    @precondition(lambda self: self.committing is None)
    @rule()
    def seal(self) -> None:
        sealed = dict(self.partition.seal())
        sealed.pop(META_KEY)
        assert sealed == self.judged
        self.committing, self.judged = self.judged, {}

    @precondition(lambda self: self.committing is not None)
    @rule()
    def store_round(self) -> None:
        assert self.committing is not None
        self.store.write(self.committing)
        self.partition.stored()
        merged = {**self.stored, **self.committing}
        self.stored = {key: value for key, value in merged.items() if value is not None}
        self.committing = None

    @rule()
    def lose_what_is_not_stored(self) -> None:
        self.partition = Partition(0, JUDGE, self.store)
        self.committing, self.judged = None, {}

    @rule()
    def look(self) -> None:
        self.partition.look_for_deadlines()
        first = next(iter(self.deadlines()), None)
        assert self.partition.first_deadline_ms == (None if first is None else JUDGE.deadline(first))

    def newest(self) -> dict[bytes, bytes]:
        merged = {**self.stored, **(self.committing or {}), **self.judged}
        return {key: value for key, value in sorted(merged.items()) if value is not None}

    def deadlines(self) -> list[bytes]:
        return [key for key in self.newest() if DEADLINES[0] <= key < DEADLINES[1]]

    @invariant()
    def reads_see_the_newest(self) -> None:
        newest = self.newest()
        for key in (*newest, *self.judged, *self.stored, b"never"):
            assert self.partition.get(key) == newest.get(key)
        for limit in (0, 1, 2, 100):
            found = list(self.partition.scan(*DEADLINES, limit))
            assert found == [(key, newest[key]) for key in self.deadlines()[:limit]]

    @invariant()
    def no_deadline_is_overlooked(self) -> None:
        first = next(iter(self.deadlines()), None)
        if first is not None:
            due_ms = JUDGE.deadline(first)
            assert due_ms is not None
            assert self.partition.first_deadline_ms is not None
            assert self.partition.first_deadline_ms <= due_ms


Rounds.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestRounds = Rounds.TestCase
