"""Publishes a version of a side log, whole or not at all."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaException, Producer

from screener.client.events import MAX_EVENT_BYTES
from screener.sidelog import encode_version, version_of

TRANSACTION_TIMEOUT_S = 30.0


class NotPublished(Exception):
    """Nothing was changed, unless the broker stayed silent to the end of the commit; the message says what it said."""


def publish_version(config: Mapping[str, Any], topic: str, parts: Sequence[dict[str, Any]]) -> str:
    """Appends the parts and their manifest in one transaction; returns the version. Raises `NotPublished`.

    One transactional id per topic: of two that publish at the same time the later one wins whole, the earlier one fails.
    """
    producer = Producer(
        {
            **config,
            "transactional.id": f"screener-publish-{topic}",
            "linger.ms": 5,
            "compression.type": "lz4",
            "message.max.bytes": MAX_EVENT_BYTES + 64 * 1024,
            "log_level": 0,
        }
    )
    try:
        producer.init_transactions(TRANSACTION_TIMEOUT_S)
        producer.begin_transaction()
        for value in encode_version(parts):
            _produce(producer, topic, value)
        _commit(producer)
    except KafkaException as error:
        with contextlib.suppress(KafkaException):  # left open, it would keep every worker from reading on until it times out
            producer.abort_transaction(TRANSACTION_TIMEOUT_S)
        raise NotPublished(error.args[0].str()) from error
    return version_of(parts)


def _produce(producer: Producer, topic: str, value: bytes) -> None:
    while True:
        try:
            producer.produce(topic, value=value, partition=0)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def _commit(producer: Producer) -> None:
    """Calls again while the outcome is open: after a time-out the broker may have committed, and only the same call finds out."""
    deadline = time.monotonic() + TRANSACTION_TIMEOUT_S
    while True:
        try:
            producer.commit_transaction(max(0.1, deadline - time.monotonic()))
        except KafkaException as error:
            if not error.args[0].retriable() or time.monotonic() >= deadline:
                raise
        else:
            return
