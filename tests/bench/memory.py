"""How much memory a worker takes with a million sellers in its state and load on it, and whether it grows with what it judges.

    python -m tests.bench.memory [--sellers 1000000] [--rate 2000] [--seconds 60] [--json]

The state is restored from a changelog of the judge's own states (`tests/bench/population.py`), then published listings of those sellers come at the
given rate. RSS is that of the worker's process, looked at twice a second. Growth is the slope over the second half; a short run mostly sees RocksDB's
memtables and block cache fill up, whose bound is printed beside it. `tests/bench/soak.py` is for what grows after that.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import psutil
from confluent_kafka import Producer

from screener import topics
from screener.client.publisher import producer_config
from screener.codecs import canonical
from screener.contracts import ListingPublished
from screener.runtime.store import BLOCK_CACHE_BYTES, MEMTABLE_BYTES
from tests.bench.population import populate, seller_id
from tests.bench.restore import started
from tests.bench.setting import PARTITIONS, Setting, machine, published, setting

LOOK_EVERY_S = 0.5

ROCKSDB_BOUND_MB = (PARTITIONS * 2 * MEMTABLE_BYTES + BLOCK_CACHE_BYTES) / 1e6
"""What memtables (two a database) and block cache take at most."""


def send(bootstrap: str, events: Sequence[ListingPublished], sellers: int, rate: float, seconds: float, seed: int) -> None:
    """Publishes listings of random sellers of the population at `rate` a second, in a process of its own."""
    producer = Producer(producer_config({"bootstrap.servers": bootstrap, "linger.ms": 5}))
    chance, started_at, done = random.Random(seed), time.perf_counter(), 0
    while (now := time.perf_counter() - started_at) < seconds:
        while done < now * rate:
            seller, name = seller_id(chance.randrange(sellers)), f"load-{seed}-{done}"
            event = msgspec.structs.replace(
                events[done % len(events)], occurred_at=datetime.now(UTC), event_id=name, listing_id=name, seller_id=seller
            )
            producer.produce(topics.LISTING, value=canonical(event), key=seller.encode())
            producer.poll(0)
            done += 1
        time.sleep(0.001)
    producer.flush(30)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the straight line with the least squares through (x, y)."""
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / spread if spread else 0.0


def under_load(around: Setting, events: Sequence[ListingPublished], sellers: int, rate: float, seconds: float) -> list[tuple[float, float]]:
    """(inputs judged so far, RSS in MB) twice a second while the load lasts, and until it is judged."""
    process, points = psutil.Process(around.worker.running.pid), []
    sender = multiprocessing.Process(target=send, args=(around.bootstrap, events, sellers, rate, seconds, int(time.time())))
    sender.start()
    deadline = time.monotonic() + 2 * seconds + 30
    while sender.is_alive() or around.worker.metric("screener_lag_records") > 0:
        assert around.worker.running.poll() is None, around.worker.tail()
        assert time.monotonic() < deadline, "the worker does not keep up; choose a lower --rate"
        points.append((around.worker.metric("screener_inputs_total"), process.memory_info().rss / 1e6))
        time.sleep(LOOK_EVERY_S)
    sender.join()
    return points


def measure(around: Setting, events: Sequence[ListingPublished], options: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    populate(around.bootstrap, options.sellers, options.listings)
    restored = started(around.worker)
    points = under_load(around, events, options.sellers, options.rate, options.seconds)
    judged = points[-1][0]
    return {
        "machine": machine(),
        "sellers": options.sellers,
        "listings_of_each": options.listings,
        "rss_after_restore_mb": restored["rss_mb"],
        "rss_peak_mb": round(max(rss for _, rss in points)),
        "rss_end_mb": round(points[-1][1]),
        "judged": int(judged),
        "judged_per_s": round(judged / options.seconds),
        "rocksdb_bound_mb": round(ROCKSDB_BOUND_MB),
        "growth_mb_per_100000": round(slope(points[len(points) // 2 :]) * 100_000, 1),
    }


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sellers", type=int, default=1_000_000)
    parser.add_argument("--listings", type=int, default=0, help="listings of each seller that the state holds from the start")
    parser.add_argument("--rate", type=float, default=2_000.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    brands, events = published(5_000)
    with setting(brands) as around:
        figures = measure(around, events, options)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    print(f"{figures['machine']}; {figures['sellers']} sellers in state, {figures['judged']} listings judged ({figures['judged_per_s']}/s)")
    print(f"  RSS {figures['rss_after_restore_mb']} MB after the restore, peak {figures['rss_peak_mb']} MB, at the end {figures['rss_end_mb']} MB")
    print(f"  growth in the second half {figures['growth_mb_per_100000']} MB per 100,000 inputs, of which every one is a new listing")
    print(f"  (memtables and block cache fill up meanwhile, to {figures['rocksdb_bound_mb']} MB at most)")


if __name__ == "__main__":
    main()
