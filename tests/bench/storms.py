"""What one per cent of malformed input costs: the throughput of one worker with it, as a share of the throughput without.

    python -m tests.bench.storms [--listings 5000] [--pairs 3] [--share 0.01]

One broker, one worker after the other. Before every pass its listings lie on the topics (new ones, so that nothing is a repeat), then a worker
starts and works them off; passes with and without malformed records alternate, and so does which of the two comes first. Malformed records stand in
the place of listings, so both kinds have the same count; their bytes are listings cut in half, which is what a producer's bug looks like. The time
is from the worker's being ready to its last input, less what it had done by then; CPU is the worker's own. The ratio is the median over
pairs of neighbouring passes, so that a machine that grows slower meanwhile does not decide it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil
from confluent_kafka import Producer

from screener import topics
from screener.client.publisher import producer_config
from screener.codecs import canonical
from screener.contracts import ListingPublished
from tests.bench.setting import Setting, machine, published, setting

LIMIT_S = 120.0
"""A pass takes seconds; more means that the worker stands still."""


@dataclass(frozen=True)
class Pass:
    """One worker's way through one prefilled topic."""

    malformed: int
    per_s: float
    cpu_us: float


def fill(around: Setting, events: Sequence[ListingPublished], share: float) -> int:
    """Publishes the listings, a share of them cut in half; returns how many were."""
    producer = Producer(producer_config({"bootstrap.servers": around.bootstrap, "linger.ms": 20}))
    every, cut = round(1 / share) if share else 0, 0
    for number, event in enumerate(events):
        value = canonical(event)
        if every and number % every == every // 2:
            value, cut = value[: len(value) // 2], cut + 1
        producer.produce(topics.LISTING, value=value, key=event.seller_id.encode())
        producer.poll(0)
    assert producer.flush(60) == 0, "the broker did not take the listings"
    return cut


def work_off(around: Setting, count: int, malformed: int) -> Pass:
    """Starts the worker and stops it when everything is judged."""
    worker = around.worker.start().wait_ready()
    process = psutil.Process(worker.running.pid)
    started, cpu, already = time.perf_counter(), sum(process.cpu_times()[:2]), worker.metric("screener_inputs_total")
    while (done := worker.metric("screener_inputs_total")) < count:
        assert time.perf_counter() - started < LIMIT_S, worker.tail()
        time.sleep(0.02)
    wall, spent = time.perf_counter() - started, sum(process.cpu_times()[:2]) - cpu
    letters = worker.metric("screener_dead_letters_total")
    assert letters == malformed, f"{letters:.0f} dead letters instead of {malformed}"
    assert worker.terminate() == 0, worker.tail()
    return Pass(malformed, (done - already) / wall, spent / (done - already) * 1e6)


def main() -> None:
    """Prints every pass and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=5_000, help="a pass")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    brands, events = published(options.listings * (2 * options.pairs + 1))
    assert len(events) == options.listings * (2 * options.pairs + 1), f"the generator gave only {len(events)} listings"
    chunks = [events[start : start + options.listings] for start in range(0, len(events), options.listings)]
    clean: list[Pass] = []
    spoilt: list[Pass] = []
    with setting(brands) as around:
        fill(around, chunks[0], 0)
        work_off(around, options.listings, 0)  # the broker is warm from here on
        for number, chunk in enumerate(chunks[1:]):
            share = options.share if (number % 4) in (1, 2) else 0  # clean, spoilt, spoilt, clean
            malformed = fill(around, chunk, share)
            (spoilt if share else clean).append(work_off(around, options.listings, malformed))
    pairs = list(zip(clean, spoilt, strict=True))
    ratio = statistics.median(bad.per_s / good.per_s for good, bad in pairs)
    cpu = statistics.median(bad.cpu_us / good.cpu_us for good, bad in pairs)
    if options.as_json:
        print(json.dumps({"throughput_ratio": round(ratio, 3), "cpu_ratio": round(cpu, 3), "share": options.share}))
        return
    print(machine())
    for name, passes in (("0 %", clean), (f"{options.share:.0%}", spoilt)):
        shown = ", ".join(f"{one.per_s:.0f}/s {one.cpu_us:.0f} us CPU" for one in passes)
        print(f"{name:>4} malformed, {options.listings} inputs a pass: {shown}")
    print(f"throughput with {options.share:.0%} malformed is {ratio:.2f} of that without (at least 0.90 is wanted); CPU per input {cpu:.2f}")


if __name__ == "__main__":
    main()
