"""Goal: a version whose commit timed out on the way is not called unpublished while the broker may still say how it ended.

Method: the real function over a producer that answers what was written down; a real broker cannot be made to time out at this very call.
Blind spot: everything else about publishing (tests/broker/test_cli.py).
"""

from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from screener import topics
from screener.client import sidelog
from screener.client.sidelog import NotPublished, publish_version


class Producer:
    """Ends `commit_transaction` with these errors, one a call, then well."""

    def __init__(self, *errors: KafkaError) -> None:
        self.errors = list(errors)
        self.calls: list[str] = []

    def init_transactions(self, _timeout: float) -> None: ...
    def begin_transaction(self) -> None: ...
    def produce(self, _topic: str, **_: Any) -> None: ...
    def poll(self, _timeout: float) -> None: ...

    def commit_transaction(self, _timeout: float) -> None:
        self.calls.append("commit")
        if self.errors:
            raise KafkaException(self.errors.pop(0))

    def abort_transaction(self, _timeout: float) -> None:
        self.calls.append("abort")


def publish(producer: Producer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidelog, "Producer", lambda _config: producer)
    publish_version({}, topics.RULEBOOK, [{"text": "x"}])


def test_the_commit_is_asked_again_while_its_outcome_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = Producer(*[KafkaError(KafkaError._TIMED_OUT, "slow", retriable=True)] * 2)
    publish(producer, monkeypatch)
    assert producer.calls == ["commit"] * 3


def test_a_refused_commit_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    producer = Producer(KafkaError(KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "no"))
    with pytest.raises(NotPublished, match="no"):
        publish(producer, monkeypatch)
    assert producer.calls == ["commit", "abort"]


def test_an_outcome_that_stays_open_ends_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sidelog, "TRANSACTION_TIMEOUT_S", 0.0)
    with pytest.raises(NotPublished, match="slow"):
        publish(Producer(*[KafkaError(KafkaError._TIMED_OUT, "slow", retriable=True)] * 9), monkeypatch)
