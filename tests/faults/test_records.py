"""Topics that hold what no worker wrote, and topics that take nothing.

Goal: a changelog that somebody else wrote into is not served from: the worker ends and says what to do. An output topic that refuses stops the worker
with nothing committed, and nothing is missing once it takes records again.
Method: a real broker; a foreign producer writes into the changelog under the engine's own key and under a seller's key; `max.message.bytes` of the
decisions' topic is lowered under load.
Blind spot: foreign records that are well-formed state (nothing tells them from ours), a broker that refuses only some records. A right that is
missing is in test_rights.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from confluent_kafka import Producer

from screener import topics
from screener.judge.keys import seller_key
from screener.runtime.exits import DO_NOT_RESTART, RESTART
from screener.topicfiles import load_topics
from tests.faults.scene import RECOVERY_MAX_S, Scene
from tests.harness import TIMEOUT_S
from tests.oracle import META_KEY, Topics

BATCH = 1_000
GARBAGE = b"\xc1 no state of ours"
LIMIT_BYTES = 600
"""Smaller than any decision."""


@pytest.mark.parametrize(
    ("fault", "prefix"),
    [
        pytest.param("changelog-meta", META_KEY, marks=pytest.mark.faults),
        pytest.param("changelog-value", seller_key(""), marks=pytest.mark.faults_short),
    ],
)
def test_a_foreign_record_in_the_changelog(scene: Scene, fault: str, prefix: bytes) -> None:
    """The worker ends for good; nothing is judged with what it cannot read, and mended it goes on."""
    worker = scene.start(scene.new_worker())
    scene.judge(BATCH)
    scene.stop(worker)
    right = {key: value for key, value in _last_values(scene).items() if key.startswith(prefix)}
    assert right
    _write(scene, dict.fromkeys(right, GARBAGE))
    scene.publish(BATCH)
    for _ in range(2):  # a restart ends the same way
        worker.start()
        assert worker.wait(RECOVERY_MAX_S) == DO_NOT_RESTART, worker.tail()
        assert topics.JUDGE_CHANGELOG in worker.tail()
        assert "from a backup" in worker.tail()
    _write(scene, right)
    began = time.monotonic()
    scene.start(worker)
    scene.recovered(fault, began)
    scene.finish()


@pytest.mark.faults_short
def test_an_output_topic_refuses(scene: Scene) -> None:
    worker = scene.start(scene.new_worker())
    scene.judge(BATCH)
    scene.cluster.configure("max.message.bytes", str(LIMIT_BYTES), topics.DECISION)
    scene.publish(BATCH)
    assert scene.ended(worker) == RESTART, worker.tail()
    assert "MSG_SIZE_TOO_LARGE" in worker.tail()
    assert "max.message.bytes" in worker.tail()
    assert worker.start().wait(RECOVERY_MAX_S) == RESTART, worker.tail()
    assert scene.cluster.lag() > 0, "what could not be sent was passed over"
    scene.cluster.configure("max.message.bytes", _limit(), topics.DECISION)
    began = time.monotonic()
    scene.start(worker)
    scene.recovered("output-refuses", began)
    scene.finish()


def _limit() -> str:
    """What the contract says."""
    return next(spec.config["max.message.bytes"] for spec in load_topics() if spec.name == topics.DECISION)


def _last_values(scene: Scene) -> Mapping[bytes, bytes]:
    """The changelog's partition 0, key by key."""
    reader = Topics(scene.broker.bootstrap)
    try:
        messages = reader.read((topics.JUDGE_CHANGELOG, 0))[topics.JUDGE_CHANGELOG, 0]
    finally:
        reader.close()
    values = {message.key() or b"": message.value() for message in messages}
    return {key: value for key, value in values.items() if value is not None}


def _write(scene: Scene, values: Mapping[bytes, bytes]) -> None:
    """Into the changelog's partition 0, as no worker would: without a transaction."""
    producer = Producer({"bootstrap.servers": scene.broker.bootstrap, "log_level": 0})
    for key, value in values.items():
        producer.produce(topics.JUDGE_CHANGELOG, value=value, key=key, partition=0)
    assert producer.flush(TIMEOUT_S) == 0
