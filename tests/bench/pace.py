"""Latency at a given rate: inputs handed to a producer at an even pace by a process of their own, and a read_committed reader of the outputs."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from typing import Any

import msgspec
from confluent_kafka import Producer
from hdrh.histogram import HdrHistogram

from screener.client.publisher import producer_config
from tests.bench.job import Load, Output, Seen

FIRST = 200
"""Inputs sent before the others, whose outputs are waited for: starting an engine takes seconds, which must not be in any figure."""

WARM_UP_SHARE = 0.3
"""Of the inputs, not counted at the start: connections and queues settle."""


def send(bootstrap: str, topic: str, inputs: Load, rate: float, first: int, end: int, sent_ms: Any) -> None:
    """Hands over the inputs from `first` to before `end` at `rate` a second and notes the wall clock of each."""
    producer = Producer(producer_config({"bootstrap.servers": bootstrap, "linger.ms": 5}))
    started, done = time.perf_counter(), first
    while done < end:
        while done < end and done - first < (time.perf_counter() - started) * rate:
            key, value = inputs.events[done]
            sent_ms[done] = time.time() * 1000
            producer.produce(topic, value=value, key=key)
            producer.poll(0)
            done += 1
        time.sleep(0.0005)
    producer.flush(30)


def paced(bootstrap: str, topic: str, inputs: Load, rate: float, seconds: float, read: Callable[[int], Seen]) -> dict[str, float]:
    """p50, p99 and maximum in milliseconds; `read` waits until the engine's reader has seen so many outputs."""
    count = min(int(rate * seconds), len(inputs.events))
    sent_ms = multiprocessing.Array("d", count)
    send(bootstrap, topic, inputs, rate, 0, FIRST, sent_ms)
    read(FIRST)
    sender = multiprocessing.Process(target=send, args=(bootstrap, topic, inputs, rate, FIRST, count, sent_ms))
    sender.start()
    seen = read(count)
    sender.join(30)
    index = _places(inputs, count)
    decode, histogram = msgspec.json.Decoder(Output).decode, HdrHistogram(1, 600_000, 3)
    for value, arrived_ms in zip(seen.values, seen.arrived_ms, strict=True):
        output = decode(value)
        place = index[output.seller_id, output.count]
        if place >= count * WARM_UP_SHARE:
            histogram.record_value(max(1, round(arrived_ms - sent_ms[place])))
    return {"rate": rate, **{f"p{percent:g}": float(histogram.get_value_at_percentile(percent)) for percent in (50, 99, 100)}}


def _places(inputs: Load, count: int) -> dict[tuple[str, int], int]:
    """Which input leads to an output of a key with a count."""
    counts: dict[str, int] = {}
    places: dict[tuple[str, int], int] = {}
    for place, (key, _value) in enumerate(inputs.events[:count]):
        seller = key.decode()
        counts[seller] = counts.get(seller, 0) + 1
        places[seller, counts[seller]] = place
    return places
