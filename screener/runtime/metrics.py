"""Every metric, its labels and buckets, with a sentence for the person who looks at it at night."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

LATENCY_BUCKETS_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
ROUND_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)


class Metrics:
    """The metrics of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        registry = self.registry
        self.inputs = Counter("screener_inputs", "Inputs, and ticks of the clock, by what became of them.", ["outcome"], registry=registry)
        self.decisions = Counter("screener_decisions", "Decisions committed, by kind and mode.", ["decision", "mode"], registry=registry)
        self.dead_letters = Counter(
            "screener_dead_letters", "Inputs that could not be judged, by reason; see `screener dlq list`.", ["reason"], registry=registry
        )
        self.latency = Histogram(
            "screener_decision_latency_seconds",
            "From the broker's append time of an input to its committed decision, the slowest input of each round.",
            buckets=LATENCY_BUCKETS_S,
            registry=registry,
        )
        self.round_inputs = Histogram(
            "screener_round_inputs",
            "Inputs and ticks per committed round: grows when the worker is behind.",
            buckets=ROUND_BUCKETS,
            registry=registry,
        )
        self.commit = Histogram("screener_commit_seconds", "Produce, commit and store of a round.", buckets=LATENCY_BUCKETS_S, registry=registry)
        self.lag = Gauge(
            "screener_lag_records", "Records behind the end of an input topic, over this worker's partitions.", ["topic"], registry=registry
        )
        self.ready = Gauge("screener_ready", "1 when the worker is restored and consuming.", registry=registry)
        self.refetched = Counter(
            "screener_refetched_records", "Records skipped because they had been applied: should stay near 0.", registry=registry
        )
        self.degraded = Counter("screener_detector_failures", "Detectors that raised; the decision became a hold.", ["detector"], registry=registry)
        self.wrong_partition = Counter(
            "screener_wrong_partition_sellers",
            "Sellers first seen on a partition that is not murmur2's: a producer uses another partitioner.",
            registry=registry,
        )
        self.restored = Counter("screener_restored_records", "Changelog entries restored.", registry=registry)
        self.restores_in_full = Counter("screener_restores_in_full", "Partitions wiped and restored from the start.", registry=registry)
        self.offset_differences = Counter(
            "screener_offset_differences", "Partitions whose group offset was not the applied one at a restore.", registry=registry
        )
        self.side_rejected = Counter("screener_side_versions_rejected", "Versions of registry or rulebook that could not be used.", registry=registry)
        self.aborted = Counter("screener_rounds_aborted", "Rounds that did not commit and were dropped.", registry=registry)


METRICS = Metrics()
"""The process's metrics: counters are process-wide by nature."""
