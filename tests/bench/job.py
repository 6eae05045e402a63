"""The job that all engines do: decode JSON, read, change and write one state per key in RocksDB, send one output per input, keep a changelog.

An input is a JSON object of about 300 bytes with a `seller_id` (also the Kafka key, murmur2) and an `amount`. The state and the output of a key are
its count of inputs and their total, so an output says which input of its key it belongs to, and whether anything was lost, doubled or out of order.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from screener.client.publisher import producer_config

PARTITIONS = 4
"""As the other benchmarks have it; a worker per core would own about as many."""

INPUT_BYTES = 300
"""About a listing without its description; a real one is two to three times as long, which every engine decodes alike."""

READ_RECORDS = 10_000
"""Most records the reader takes at once."""

TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Load:
    """`events` as (key, value); `totals` has for every key the total after its first, second, ... input."""

    events: Sequence[tuple[bytes, bytes]]
    totals: dict[str, list[int]]


def load(records: int, keys: int, seed: int = 7) -> Load:
    """Inputs of `keys` sellers in random order; equal arguments give equal bytes."""
    chance = random.Random(seed)
    events: list[tuple[bytes, bytes]] = []
    totals: dict[str, list[int]] = defaultdict(list)
    for number in range(records):
        seller, amount = f"s{chance.randrange(keys):06}", chance.randrange(1, 10_000)
        known = totals[seller]
        known.append((known[-1] if known else 0) + amount)
        value = orjson.dumps({"seller_id": seller, "listing_id": f"l{number:09}", "amount": amount, "title": ""})
        events.append((seller.encode(), value[:-2] + b"x" * (INPUT_BYTES - len(value)) + value[-2:]))
    return Load(events, dict(totals))


def create_topics(bootstrap: str, *names: str, compacted: bool = False) -> None:
    """Topics of `PARTITIONS` partitions each."""
    config = {"cleanup.policy": "compact"} if compacted else {}
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    for future in admin.create_topics([NewTopic(name, PARTITIONS, 1, config=config) for name in names]).values():
        future.result(TIMEOUT_S)


def fill(bootstrap: str, topic: str, events: Sequence[tuple[bytes, bytes]]) -> None:
    """Puts all inputs on the topic, not compressed: aiokafka reads lz4 only with a library more."""
    config = producer_config({"bootstrap.servers": bootstrap, "linger.ms": 20, "queue.buffering.max.messages": 1_000_000})
    producer = Producer({**config, "compression.type": "none"})
    for key, value in events:
        producer.produce(topic, value=value, key=key)
        producer.poll(0)
    assert producer.flush(60) == 0, "the broker did not take all inputs"


class Output(msgspec.Struct):
    """What every engine sends."""

    seller_id: str
    count: int
    total: int


@dataclass
class Seen:
    """What a read_committed reader saw: when it had how many records (monotonic seconds, engine's CPU seconds), and the records."""

    notes: list[tuple[float, int, float]] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    arrived_ms: list[float] = field(default_factory=list)
    """Wall clock at which each of `values` was handed out, for the latency run."""

    def rate(self, after: int, until: int) -> tuple[float, float]:
        """(records/s, CPU microseconds a record) from the first look that saw `after` records to the first that saw `until`.

        Both ends are moments at which something had just become visible, so an engine that commits seldom is neither favoured nor punished.
        """
        began = next(note for note in self.notes if note[1] >= after)
        ended = next(note for note in self.notes if note[1] >= until)
        records = ended[1] - began[1]
        if records < (until - after) / 2:
            return 0.0, 0.0
        return records / (ended[0] - began[0]), (ended[2] - began[2]) / records * 1e6


class Reader:
    """Reads an output topic from its start, read_committed."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "bench-reader",
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 10,
                "fetch.queue.backoff.ms": 5,
            }
        )
        self._consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
        self.seen = Seen()

    def read(self, count: int, timeout_s: float, cpu: Callable[[], float], alive: Callable[[], str]) -> Seen:
        """Until `count` records were seen; `cpu` tells the engine's CPU seconds, `alive` why it is not alive any more (empty while it is).

        Raises AssertionError when the engine ends or does not get there in time.
        """
        seen, deadline = self.seen, time.monotonic() + timeout_s
        while len(seen.values) < count:
            messages: list[Any] = [first] if (first := self._consumer.poll(0.05)) is not None else []
            messages += self._consumer.consume(READ_RECORDS, 0) if messages else []
            values = [message.value() for message in messages if message.error() is None]
            if values:
                seen.values += values
                seen.notes.append((time.monotonic(), len(seen.values), cpu()))
                seen.arrived_ms += [time.time() * 1000] * len(values)
            elif why := alive():
                raise AssertionError(why)
            assert time.monotonic() < deadline, f"{len(seen.values)} of {count} outputs within {timeout_s:g} s; {alive()}"
        return seen

    def close(self) -> None:
        """Lets go of the consumer."""
        self._consumer.close()


def differences(load: Load, values: Sequence[bytes], whole: bool) -> list[str]:
    """How the outputs differ from what the inputs must give: for every key each count once, in order, with its total.

    `whole` False allows the end of each key's sequence to be missing, for an engine that was stopped early.
    """
    decode = msgspec.json.Decoder(Output).decode
    next_count: dict[str, int] = defaultdict(lambda: 1)
    found: list[str] = []
    for value in values:
        output = decode(value)
        if output.count != next_count[output.seller_id]:
            found.append(f"{output.seller_id}: count {output.count} where {next_count[output.seller_id]} was due")
        elif load.totals[output.seller_id][output.count - 1] != output.total:
            found.append(f"{output.seller_id}: total {output.total} at count {output.count}")
        next_count[output.seller_id] = output.count + 1
    if whole:
        found += [
            f"{key}: ends at {next_count[key] - 1} of {len(totals)}" for key, totals in load.totals.items() if next_count[key] != len(totals) + 1
        ]
    return found
