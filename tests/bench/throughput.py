"""Listings per second and CPU microseconds per listing: per stage of the core, then end to end through Kafka with one worker.

    python -m tests.bench.throughput [--listings 40000] [--no-broker] [--real]

The stages are timed one after the other over the same listings, in one process: intake, views and mentions, detectors and policy, state and chain,
outlet, trace. End to end, all listings lie on the topic before the worker starts; CPU is the worker's own (user + system), the broker's is not in it.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections.abc import Callable
from typing import Any

import msgspec
import psutil
from confluent_kafka import Producer

from screener import outlet, topics
from screener.catalog import JUDGE
from screener.client.publisher import producer_config
from screener.codecs import canonical
from screener.contracts import Brand, ListingPublished
from screener.judge import judge
from screener.judge.content import content_hash, examine
from screener.judge.listing_views import listing_views
from screener.offline import MemoryState, Offline
from screener.processor import Compiled, Incoming, Input, Origin
from screener.sidelog import shipped
from tests.bench.setting import machine, published, real, setting

ROUNDS = 3
"""The best of so many passes counts: a shared machine only ever adds time."""


def per_listing(run: Callable[[], Any], listings: int) -> float:
    """CPU microseconds per listing, the best of `ROUNDS` passes."""
    best = float("inf")
    for _ in range(ROUNDS):
        gc.collect()
        started = time.process_time()
        run()
        best = min(best, time.process_time() - started)
    return best / listings * 1e6


def stages(brands: tuple[Brand, ...], events: list[ListingPublished]) -> None:
    """Prints the cost of each stage of the core."""
    compiled = JUDGE.compile_side({topics.REGISTRY: shipped(topics.REGISTRY, tuple(msgspec.to_builtins(brand) for brand in brands))})
    assert isinstance(compiled, Compiled)
    side, count = compiled.side, len(events)
    values = [canonical(event) for event in events]
    incoming = [
        Incoming(Origin(topics.LISTING, 0, offset, 1_790_000_000_000), event.seller_id.encode(), value, ())
        for offset, (event, value) in enumerate(zip(events, values, strict=True))
    ]
    items = [JUDGE.read(one) for one in incoming]
    assert all(isinstance(item, Input) for item in items)

    def judged() -> list[Any]:
        state, found = MemoryState(), []
        for item in items:
            judgement = judge.apply(state, item, side)  # type: ignore[arg-type]
            state.write(dict(judgement.writes))
            found.append(judgement)
        return found

    judgements = judged()
    outcomes = [outlet.judged(item, judgement) for item, judgement in zip(items, judgements, strict=True)]  # type: ignore[arg-type]
    whole = {
        "intake": per_listing(lambda: [JUDGE.read(one) for one in incoming], count),
        "content hash": per_listing(lambda: [content_hash(event) for event in events], count),
        "views and mentions": per_listing(lambda: [listing_views(event, side.registry) for event in events], count),
        "views to ruling": per_listing(lambda: [examine(event, None, None, False, side) for event in events], count),
        "judge, whole": per_listing(judged, count),
        "outlet": per_listing(lambda: [outlet.judged(i, j) for i, j in zip(items, judgements, strict=True)], count),  # type: ignore[arg-type]
        "trace": per_listing(
            lambda: [outlet.trace(topics.TRACE, i, o, 1, compiled.in_force, "", "") for i, o in zip(incoming, outcomes, strict=True)], count
        ),
        "core, whole (scorer)": per_listing(lambda: _score(brands, values), count),
    }
    print(f"stages of the core, CPU us per listing ({count} listings, {len(brands)} brands, value {sum(map(len, values)) // count} bytes):")
    for name, cost in whole.items():
        print(f"  {name:24} {cost:7.1f}")


def _score(brands: tuple[Brand, ...], values: list[bytes]) -> None:
    offline = Offline(brands)
    for value in values:
        offline.judge(value)


def end_to_end(brands: tuple[Brand, ...], events: list[ListingPublished]) -> None:
    """Prints rate and CPU of one worker that works off what waits for it."""
    with setting(brands) as around:
        producer = Producer(producer_config({"bootstrap.servers": around.bootstrap, "linger.ms": 20}))
        for event in events:
            producer.produce(topics.LISTING, value=canonical(event), key=event.seller_id.encode())
            producer.poll(0)
        producer.flush(60)
        worker = around.worker.start().wait_ready()
        process = psutil.Process(worker.running.pid)
        started, before, done_before = time.perf_counter(), process.cpu_times(), worker.metric("screener_inputs_total")
        while (done := worker.metric("screener_inputs_total")) < len(events):
            time.sleep(0.05)
        wall, after, count = time.perf_counter() - started, process.cpu_times(), done - done_before
        cpu = after.user + after.system - before.user - before.system
        rounds = worker.metric("screener_round_inputs_count")
        print(f"end to end, one worker, {len(events)} listings waiting, {done / rounds:.0f} inputs a round:")
        print(f"  {count / wall:.0f} listings/s (wall)   {cpu / count * 1e6:.1f} us CPU per listing   {count / cpu:.0f} listings/s per worker core")


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=40_000)
    parser.add_argument("--no-broker", action="store_true")
    parser.add_argument("--real", action="store_true", help="real B2C listings and brands, from the data beside the repository")
    options = parser.parse_args()
    print(machine())
    brands, events = real(options.listings) if options.real else published(options.listings)
    stages(brands, events[:10_000])
    if not options.no_broker:
        end_to_end(brands, events)


if __name__ == "__main__":
    main()
