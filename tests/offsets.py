"""A group's offsets, for tests: by a consumer, because the admin client ends the process by a signal when the broker goes away while it asks
(librdkafka's issues 3663 and 4605)."""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Consumer, TopicPartition

from tests.login import client


def group_offsets(bootstrap: str, group: str, places: Sequence[TopicPartition], timeout_s: float) -> dict[tuple[str, int], int]:
    """The committed offset of each place, negative where there is none, once no transaction is pending for them. Raises `KafkaException`."""
    asking = Consumer({**client(bootstrap), "group.id": group, "enable.auto.commit": False, "isolation.level": "read_committed"})
    try:
        answer = asking.committed(list(places), timeout_s)
    finally:
        asking.close()
    return {(p.topic, p.partition): p.offset for p in answer}
