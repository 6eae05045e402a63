"""Publishes a version of a side log, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import Producer

from screener.sidelog import encode_version, version_of

TRANSACTION_TIMEOUT_S = 30.0


def publish_version(config: Mapping[str, Any], topic: str, parts: Sequence[dict[str, Any]]) -> str:
    """Appends the parts and their manifest in one transaction; returns the version.

    One transactional id per topic: of two that publish at the same time the later one wins whole, the earlier one fails with `KafkaException`.
    """
    producer = Producer({**config, "transactional.id": f"screener-publish-{topic}", "linger.ms": 5, "compression.type": "lz4"})
    producer.init_transactions(TRANSACTION_TIMEOUT_S)
    producer.begin_transaction()
    for value in encode_version(parts):
        producer.produce(topic, value=value, partition=0)
        producer.poll(0)
    producer.commit_transaction(TRANSACTION_TIMEOUT_S)
    return version_of(parts)
