"""A bounded soak: steady load on one worker for as long as asked, memory and lag each minute, and at the end whether memory grew.

    python -m tests.bench.soak [--minutes 60] [--rate 5000] [--sellers 100000]

Not part of CI. Topics are kept short (retention of minutes, small segments), so that an hour at 5,000/s does not fill the disk. Listings repeat after
`--listings` of them with a higher revision, so that the state stops growing; what grows then is a leak. Ends with exit code 1 when the growth over
the second half, drawn out to a day, would be more than a tenth of the memory. A soak of less than half an hour sees caches fill up and is not judged.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import psutil
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from screener import topics
from screener.client.publisher import producer_config
from screener.codecs import canonical
from screener.contracts import ListingEdited, ListingPublished
from tests.bench.memory import slope
from tests.bench.population import seller_id
from tests.bench.setting import Setting, machine, published, setting
from tests.harness import Worker

SHORT = (topics.LISTING, topics.DECISION, topics.TRACE, topics.HOLD, topics.BLOCK, topics.BRAND_HIT, topics.DEAD_LETTER)
RETENTION_MS = 5 * 60_000
SEGMENT_BYTES = 64 * 1024 * 1024

GROWTH_A_DAY_MAX = 0.1
"""Share of the memory at half time."""

JUDGED_FROM_MINUTES = 30.0
"""Shorter ones are not judged: see the module."""

LOOK_EVERY_S = 5.0


def keep_short(bootstrap: str) -> None:
    """Lets the broker delete what is minutes old; a benchmark's data is nobody's record."""
    changes = {"retention.ms": RETENTION_MS, "segment.bytes": SEGMENT_BYTES, "cleanup.policy": "delete"}
    entries = [ConfigEntry(name, str(value), incremental_operation=AlterConfigOpType.SET) for name, value in changes.items()]
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    resources = [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries) for topic in SHORT]
    for future in admin.incremental_alter_configs(resources).values():
        future.result(30)


def send(bootstrap: str, events: Sequence[ListingPublished], sellers: int, listings: int, rate: float, seconds: float) -> None:
    """Publishes `listings` listings, then edits them again and again, at `rate` a second, in a process of its own."""
    producer = Producer(producer_config({"bootstrap.servers": bootstrap, "linger.ms": 5}))
    edits = [msgspec.convert({**msgspec.to_builtins(event), "type": "edited"}, ListingEdited) for event in events]
    started, done = time.perf_counter(), 0
    while (now := time.perf_counter() - started) < seconds:
        while done < now * rate:
            again, number = divmod(done, listings)
            seller, source = seller_id(number % sellers), edits if again else events
            event = msgspec.structs.replace(
                source[number % len(source)],
                occurred_at=datetime.now(UTC),
                event_id=f"soak-{done}",
                listing_id=f"soak-{number}",
                seller_id=seller,
                revision=again + 1,
            )
            producer.produce(topics.LISTING, value=canonical(event), key=seller.encode())
            producer.poll(0)
            done += 1
        time.sleep(0.001)
    producer.flush(30)


def watch(worker: Worker, sender: multiprocessing.Process) -> list[tuple[float, float]]:
    """(seconds, RSS in MB) while the load lasts; prints a line a minute."""
    process, points, began, printed = psutil.Process(worker.running.pid), list[tuple[float, float]](), time.monotonic(), 0
    while sender.is_alive():
        assert worker.running.poll() is None, worker.tail()
        now = time.monotonic() - began
        points.append((now, process.memory_info().rss / 1e6))
        if now // 60 > printed:
            printed = int(now // 60)
            judged, lag = worker.metric("screener_inputs_total"), worker.metric("screener_lag_records")
            print(f"  minute {printed:>3}: RSS {points[-1][1]:.0f} MB, {judged:.0f} judged, lag {lag:.0f}", flush=True)
        time.sleep(LOOK_EVERY_S)
    return points


def soak(around: Setting, events: Sequence[ListingPublished], options: argparse.Namespace) -> bool:
    """Whether the memory is flat, True as well when that was too short to say; prints what it saw."""
    keep_short(around.bootstrap)
    around.worker.start().wait_ready()
    arguments = (around.bootstrap, events, options.sellers, options.listings, options.rate, options.minutes * 60)
    sender = multiprocessing.Process(target=send, args=arguments)
    sender.start()
    points = watch(around.worker, sender)
    half = points[len(points) // 2 :]
    growth_a_day = slope(half) * 86_400
    print(f"RSS at half time {half[0][1]:.0f} MB, at the end {half[-1][1]:.0f} MB, peak {max(rss for _, rss in points):.0f} MB")
    if options.minutes < JUDGED_FROM_MINUTES:
        print(f"too short to say whether memory grows; give it --minutes {JUDGED_FROM_MINUTES:g} or more")
        return True
    print(f"growth over the second half, drawn out to a day: {growth_a_day:.0f} MB")
    return growth_a_day <= half[0][1] * GROWTH_A_DAY_MAX


def main() -> None:
    """Exit code 1: memory grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=5_000.0)
    parser.add_argument("--sellers", type=int, default=100_000)
    parser.add_argument("--listings", type=int, default=500_000)
    options = parser.parse_args()
    print(machine(), flush=True)
    brands, events = published(5_000)
    with setting(brands) as around:
        flat = soak(around, events, options)
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main()
