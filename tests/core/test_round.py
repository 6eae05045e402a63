"""Goal: a round carries what its commit must write and count, and counts nothing before.

Method: the real judging of the brand counter over a simulated database, batch by batch; a tick by the judge.
Blind spot: producing and committing (tests/system/), and slices of time.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException

from screener import topics
from screener.catalog import BRAND_COUNTER, JUDGE
from screener.client.partitioner import partition_of
from screener.codecs import canonical
from screener.contracts import BrandHit
from screener.processor import Compiled, Input, Outcome, State
from screener.runtime.assignment import Assignment, Batch
from screener.runtime.exits import RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.outside import REAL, Outside
from screener.runtime.partition import META_KEY, DeadLetterWindow, Meta, Partition, read_meta
from screener.runtime.round import Committer, Judging, Round
from screener.runtime.settings import Settings
from tests.driver import Driver
from tests.simulated import SimulatedKeyValue

COUNT = 8
INPUT = topics.BRAND_HIT
PATIENT = Settings(round_max_judging_ms=60_000)


def _failing(state: State, item: Input, side: None) -> Outcome:
    """The brand counter with a detector that fails."""
    return msgspec.structs.replace(BRAND_COUNTER.apply(state, item, side), failed_detectors=("shaky", "shaky"))


def hit(offset: int, brand_id: str) -> Any:
    value = canonical(BrandHit(brand_id=brand_id, listing_id="l", revision=1, seller_id="s", decision="hold", decision_id="0" * 32))
    return SimpleNamespace(
        key=brand_id.encode, value=lambda: value, offset=lambda: offset, timestamp=lambda: (1, 1_000), headers=lambda: [("schema", b"1")]
    )


def judge(partition: Partition, *messages: Any) -> Round:
    processor = msgspec.structs.replace(BRAND_COUNTER, apply=_failing)
    assignment = Assignment(1, (partition.number,), None, {INPUT: COUNT})
    round_ = Round(assignment)
    waiting = deque([(Batch(assignment, INPUT, partition.number, list(messages)), 0)])
    taken = Judging(PATIENT, processor, {partition.number: partition}, REAL.clock).judge(round_, waiting, Compiled(None, {}))
    assert taken == len(messages)
    return round_


def test_a_round_notes_the_partition_count_and_skips_and_counts_what_was_applied() -> None:
    partition = Partition(0, BRAND_COUNTER, SimulatedKeyValue(Path("0")))
    first = judge(partition, hit(4, "a"), hit(5, "a"))
    assert (first.inputs, first.offsets) == (2, {(INPUT, 0): 6})
    partition.store.write(first.seal()[0])
    partition.stored()
    assert partition.store.get(META_KEY) is not None
    assert (read_meta(partition.store).partitions, read_meta(partition.store).applied) == (COUNT, {INPUT: 6})
    before = METRICS.refetched._value.get()
    again = judge(partition, hit(4, "a"), hit(5, "a"), hit(6, "a"))
    assert (again.inputs, again.offsets) == (1, {(INPUT, 0): 7})
    assert METRICS.refetched._value.get() - before == 2


def test_what_a_round_finds_is_counted_in_the_round_until_it_is_committed() -> None:
    before = METRICS.wrong_partition._value.get()
    wrong = next(number for number in range(COUNT) if number != partition_of(b"a", COUNT))
    round_ = judge(Partition(wrong, BRAND_COUNTER, SimulatedKeyValue(Path("0"))), hit(0, "a"), hit(1, "a"))
    assert round_.wrong_partition == 1
    assert round_.failed_detectors == {"shaky": 4}
    assert METRICS.wrong_partition._value.get() == before


def test_a_tick_moves_the_clock_and_forgets_no_dead_letter() -> None:
    window = DeadLetterWindow(inputs=5, dead=2, run=1, died=(7,))
    partition = Partition(3, JUDGE, SimulatedKeyValue(Path("3")))
    partition.meta = Meta(applied={topics.LISTING: 9, topics.VERDICT: 4}, sequence=11, tick_ms=1_000, window=window)
    round_ = Round(Assignment(1, (3,), None, {topics.LISTING: COUNT, topics.VERDICT: COUNT}))
    judging = Judging(PATIENT, JUDGE, {3: partition}, REAL.clock)
    compiled = Driver()._compiled
    judging.tick(round_, [3], compiled, 1_000)
    assert (round_.records, partition.meta.sequence) == ([], 11), "the clock does not stand still"
    judging.tick(round_, [3], compiled, 2_000)
    assert (partition.meta.sequence, partition.meta.tick_ms, partition.meta.window) == (12, 2_000, window)
    assert partition.meta.applied == {topics.LISTING: 9, topics.VERDICT: 4}
    assert round_.offsets == {(topics.LISTING, 3): 9}, "the broker looks at the generation only where offsets are sent"


def test_a_worker_without_a_place_for_transactions_ends_in_order_and_says_so() -> None:
    def refuse(_timeout: float) -> None:
        raise KafkaException(KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE, "no coordinator"))

    def die(message: str) -> NoReturn:
        raise AssertionError(f"it ended at once, as if a round were in doubt: {message}")

    outside = Outside(producer=lambda _config: SimpleNamespace(init_transactions=refuse), die=die)  # type: ignore[arg-type, return-value]
    committer = Committer(Settings(), BRAND_COUNTER, "w", SimpleNamespace(), outside)
    with pytest.raises(EngineStop, match=r"no place for transactions: COORDINATOR_NOT_AVAILABLE \(no coordinator\)") as caught:
        committer.open()
    assert caught.value.code == RESTART
