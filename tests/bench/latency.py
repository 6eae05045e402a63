"""Publish -> decision, for a read_committed reader that does not wait to fill a batch: p50 and p99 at several rates, with the real judge.

    python -m tests.bench.latency [--rates 200,2000,8000] [--seconds 10]

Broker, load, worker and reader share the machine's cores. An event's `occurred_at` is the wall clock when it is handed to the producer, and the
decision carries it back in milliseconds, so each figure is exact to a millisecond and contains the producer's own batching (linger 5 ms, as the
client library has it). What the load did not manage to send is said: a rate that was not reached measures another rate.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from datetime import UTC, datetime
from typing import Any

import msgspec
from confluent_kafka import Consumer, Producer, TopicPartition
from hdrh.histogram import HdrHistogram

from screener import topics
from screener.client.publisher import producer_config
from screener.codecs import canonical
from screener.contracts import ListingPublished
from tests.bench.setting import machine, published, setting

WARM_UP_S = 3.0
"""Not counted at the start of each rate: connections and queues settle."""

BROKER_WARM_UP_S, BROKER_WARM_UP_RATE = 30.0, 1_000.0
"""Before anything is counted: a new JVM interprets its first transactions, which then cost several times as much."""


class Arrived(msgspec.Struct):
    """What the reader needs of a decision."""

    occurred_ms: int
    event_id: str


def load(bootstrap: str, events: list[ListingPublished], rate: float, seconds: float, tag: str, sent: Any) -> None:
    """Publishes at `rate` for `seconds`, in a process of its own; `sent` receives how many."""
    producer = Producer(producer_config({"bootstrap.servers": bootstrap, "linger.ms": 5}))
    started = time.perf_counter()
    count = 0
    while (now := time.perf_counter() - started) < seconds:
        while count < now * rate and count < rate * seconds:
            event = events[count % len(events)]
            stamped = msgspec.structs.replace(
                event,
                occurred_at=datetime.now(UTC),
                event_id=f"{tag}-{count}",
                listing_id=f"{tag}-{count}",
            )
            producer.produce(topics.LISTING, value=canonical(stamped), key=event.seller_id.encode())
            producer.poll(0)
            count += 1
        time.sleep(0.0005)
    producer.flush(30)
    sent.value = count


def measure(bootstrap: str, events: list[ListingPublished], rate: float, seconds: float, tag: str) -> tuple[HdrHistogram, int, int]:
    """(latencies in ms, sent, received) of one rate."""
    reader = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "latency",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "fetch.wait.max.ms": 10,
            "fetch.queue.backoff.ms": 5,
        }
    )
    numbers = reader.list_topics(topics.DECISION, 10).topics[topics.DECISION].partitions
    places = [TopicPartition(topics.DECISION, number) for number in numbers]
    reader.assign([TopicPartition(p.topic, p.partition, reader.get_watermark_offsets(p, 10)[1]) for p in places])
    reader.poll(0.5)
    sent = multiprocessing.Value("i", -1)
    sender = multiprocessing.Process(target=load, args=(bootstrap, events, rate, seconds, tag, sent))
    sender.start()
    histogram, received, decode = HdrHistogram(1, 600_000, 3), 0, msgspec.json.Decoder(Arrived).decode
    warm_until_ms = (time.time() + WARM_UP_S) * 1000
    deadline = time.monotonic() + seconds + 60
    while (sent.value < 0 or received < sent.value) and time.monotonic() < deadline:
        message = reader.poll(0.1)
        if message is None or message.error() is not None:
            continue
        now_ms = time.time() * 1000
        arrived = decode(message.value() or b"")
        if arrived.event_id.startswith(tag):
            received += 1
            if arrived.occurred_ms > warm_until_ms:
                histogram.record_value(max(1, round(now_ms - arrived.occurred_ms)))
    sender.join(30)
    reader.close()
    return histogram, sent.value, received


def main() -> None:
    """Prints one line a rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", default="200,2000,8000")
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    brands, events = published(20_000)
    print(f"publish -> decision, read_committed reader; {machine()}")
    with setting(brands) as around:
        around.worker.start().wait_ready()
        measure(around.bootstrap, events, BROKER_WARM_UP_RATE, BROKER_WARM_UP_S, "warm-up")
        for number, rate in enumerate(float(one) for one in options.rates.split(",")):
            histogram, sent, received = measure(around.bootstrap, events, rate, options.seconds, f"r{number}-{rate:.0f}")
            p50, p99, worst = (histogram.get_value_at_percentile(p) for p in (50, 99, 100))
            reached = sent / options.seconds
            print(
                f"{rate:>6.0f}/s: p50 {p50:>6.0f} ms  p99 {p99:>6.0f} ms  max {worst:>6.0f} ms   sent {reached:.0f}/s, decided {received} of {sent}"
            )


if __name__ == "__main__":
    main()
