"""The producer client against a real broker and a real worker.

Goal: what `ListingPublisher` sends keeps the contract whatever its caller configures, what was not delivered is said, and a wait ends with a decision
or with what to do.
Method: one embedded broker and one worker for the file; the broker that is paused has none. Where events went is read from delivery reports and
from the broker's own log file; refusals are caused on the broker (a topic that takes 250 bytes, a frozen process, no process) and not in the
client. The last test kills the broker.
Blind spot: several brokers (acks=all with replicas), TLS and SASL, and a publisher that many threads share.
"""

from __future__ import annotations

import json
import secrets
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from screener import reader, topics
from screener.client.events import InvalidEvent, NoDecision
from screener.client.partitioner import partition_of
from screener.client.publisher import ListingPublisher, NotDelivered, producer_config
from screener.codecs import canonical
from screener.contracts import ListingRemoved
from screener.embedded import EmbeddedBroker
from screener.reader import TopicMissing, Unreachable
from tests.driver import START, edited, published
from tests.harness import TIMEOUT_S, Cluster, Worker
from tests.streams import write_registry

PARTITIONS = 4
NOBODY = "127.0.0.1:1"
"""Port 1 (tcpmux) listens nowhere these days: connections are refused at once."""

BLOCKED = "Velmora handbag replica 1:1, add wechat: goods_123x"
HOSTILE = {"acks": "0", "partitioner": "random", "enable.idempotence": False, "message.max.bytes": 2_000}
"""What a caller may try to set and must not get."""


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """A broker with topics, a registry and a ready worker."""
    folder = tmp_path_factory.mktemp("client")
    with EmbeddedBroker() as running, Worker(running.bootstrap, folder / "w1") as worker:
        Cluster(running.bootstrap).set_up(write_registry(folder / "brands.jsonl"), PARTITIONS)
        worker.start().wait_ready()
        yield running


@pytest.fixture
def publisher(embedded: EmbeddedBroker) -> Iterator[ListingPublisher]:
    """One that remembers decisions."""
    with ListingPublisher(embedded.bootstrap) as client:
        client.listen()
        yield client


def _messages(embedded: EmbeddedBroker, topic: str) -> int:
    return sum(Cluster(embedded.bootstrap).ends(topic).values())


# What is sent.


def test_an_invalid_event_is_refused_before_anything_is_sent(embedded: EmbeddedBroker, publisher: ListingPublisher) -> None:
    before = _messages(embedded, topics.LISTING)
    wrong: list[dict[str, Any]] = [
        {"type": "published"},
        {"type": "removed", "event_id": "e", "occurred_at": "2026-05-04T10:00:00", "listing_id": "l", "revision": 1, "seller_id": "s"},
    ]
    for event in wrong:
        with pytest.raises(InvalidEvent, match="see topics/schemas"):
            publisher.publish(event)
    with pytest.raises(InvalidEvent, match="not_utf8"):
        publisher.publish_bytes(b'{"type":"\xff"}')
    publisher.flush()
    assert _messages(embedded, topics.LISTING) == before


@pytest.mark.parametrize("config", [{}, HOSTILE], ids=["plain", "hostile"])
def test_every_event_lies_where_javas_partitioner_puts_its_seller(embedded: EmbeddedBroker, config: dict[str, Any]) -> None:
    sellers = [*(f"seller-{number}" for number in range(60)), "维尔莫拉", "x\x00y"]
    went: dict[str, int] = {}

    def remember(seller: str) -> Callable[[int, int], None]:
        return lambda partition, _offset: went.__setitem__(seller, partition)

    with ListingPublisher(embedded.bootstrap, config=config) as client:
        for seller in sellers:
            client.publish(published(seller, f"l-{len(config)}", 1, "a scarf", description="long " * 1_000), delivered=remember(seller))
    assert went == {seller: partition_of(seller.encode(), PARTITIONS) for seller in sellers}
    assert set(went.values()) == set(range(PARTITIONS)), "the sellers do not show every partition"


def test_the_contracts_settings_cannot_be_overruled(embedded: EmbeddedBroker) -> None:
    settings = producer_config({**HOSTILE, "linger.ms": 7})
    assert (settings["acks"], settings["enable.idempotence"], settings["partitioner"], settings["linger.ms"]) == ("all", True, "murmur2_random", 7)
    places: list[tuple[int, int]] = []
    with ListingPublisher(embedded.bootstrap, config=HOSTILE) as client:
        client.publish(published("seller-idempotent", "l-1", 1, "a scarf"), delivered=lambda *place: places.append(place))
    partition, offset = places[0]
    assert _producer_id(embedded.data, partition, offset) >= 0, "the broker got the batch from a producer without idempotence"


def _producer_id(data: Path, partition: int, offset: int) -> int:
    """Who wrote the batch a record lies in, -1 for a producer without id (Kafka's record batch format, version 2)."""
    log = (data / "kafka" / f"{topics.LISTING}-{partition}" / f"{0:020}.log").read_bytes()
    position = 0
    while position < len(log):
        base, length, last, producer = struct.unpack_from(">qi11xi16xq", log, position)
        if base <= offset <= base + last:
            return int(producer)
        position += 12 + length
    raise AssertionError(f"offset {offset} lies in no batch of the first segment")


def test_key_headers_and_value_are_the_contracts(embedded: EmbeddedBroker) -> None:
    places: list[tuple[int, int]] = []
    event = ListingRemoved(event_id="e-1", occurred_at=START, listing_id="l-kept", revision=9, seller_id="seller-kept")
    with ListingPublisher(embedded.bootstrap) as client:
        client.publish(event, headers={"traceparent": b"00-1"}, delivered=lambda *place: places.append(place))
    with reader.TopicReader({"bootstrap.servers": embedded.bootstrap}, topics.LISTING) as log:
        log.start()
        record = next(one for one in log.to_end() if (one.partition, one.offset) == places[0])
    assert record.key == b"seller-kept"
    assert record.headers == (("schema", b"1"), ("traceparent", b"00-1"))
    assert json.loads(record.value) == {
        "type": "removed",
        "event_id": "e-1",
        "occurred_at": "2026-01-05T10:00:00Z",
        "listing_id": "l-kept",
        "revision": 9,
        "seller_id": "seller-kept",
    }


# What is not delivered.


def test_an_event_the_topic_does_not_take_is_named(embedded: EmbeddedBroker) -> None:
    entry = ConfigEntry("max.message.bytes", "250", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, topics.SELLER, incremental_configs=[entry])
    with AdminClient({"bootstrap.servers": embedded.bootstrap}) as client:
        client.incremental_alter_configs([resource])[resource].result(TIMEOUT_S)
    event: Any = {"type": "updated", "occurred_at": "2026-05-04T10:00:00Z", "seller_id": "s-1"}
    publisher = ListingPublisher(embedded.bootstrap, topic=topics.SELLER)
    publisher.publish({**event, "event_id": secrets.token_hex(100)})
    with pytest.raises(NotDelivered, match=r"1 events were not delivered, the first because .*too large.*; publish them again") as refused:
        publisher.flush()
    assert [key for key, _ in refused.value.failed] == [b"s-1"]
    publisher.publish({**event, "event_id": "e"})
    publisher.close()
    assert _messages(embedded, topics.SELLER) == 1


@pytest.fixture
def pausable() -> Iterator[EmbeddedBroker]:
    """A broker with topics and nothing that works on it: a worker may end on the pause of its broker (70), and nobody here starts it again."""
    with EmbeddedBroker() as running:
        Cluster(running.bootstrap).set_up(None, PARTITIONS)
        yield running


def test_a_broker_that_hangs_is_said_and_the_publisher_goes_on_afterwards(pausable: EmbeddedBroker) -> None:
    places: list[tuple[int, int]] = []
    client = ListingPublisher(pausable.bootstrap, config={"message.timeout.ms": 1_000})
    client.publish(published("seller-hangs", "l-1", 1, "a scarf"))
    client.flush()
    pausable.pause()
    time.sleep(0.5)  # a thread of the broker may run on for a moment after the signal
    try:
        client.publish(published("seller-hangs", "l-2", 1, "a scarf"))
        with pytest.raises(NotDelivered, match=r"1 events were not confirmed within 0\.1 s"):
            client.flush(0.1)
        with pytest.raises(NotDelivered, match="timed out") as refused:
            client.flush()
        assert [key for key, _ in refused.value.failed] == [b"seller-hangs"]
    finally:
        pausable.resume()
    client.publish(published("seller-hangs", "l-2", 1, "a scarf"), delivered=lambda *place: places.append(place))
    client.close()
    assert len(places) == 1


def test_leaving_the_block_says_what_was_not_delivered() -> None:
    client = ListingPublisher(NOBODY, config={"message.timeout.ms": 300})
    with pytest.raises(NotDelivered, match="publish them again"), client:
        client.publish(published("s-1", "l-1", 1, "a scarf"))


def test_an_unreachable_broker_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "REQUEST_TIMEOUT_S", 0.5)
    client = ListingPublisher(NOBODY, config={"message.timeout.ms": 1_000})
    client.publish(published("s-1", "l-1", 1, "a scarf"))
    with pytest.raises(Unreachable, match=rf"no Kafka broker answers at {NOBODY} .*`screener broker run`"):
        client.listen()
    with pytest.raises(Unreachable, match="--bootstrap HOST:PORT"):
        client.wait_for_decision("l-1", 1, 1)
    with pytest.raises(NotDelivered, match=rf"refused.*does a broker answer at {NOBODY}\?\); publish them again"):
        client.close()


def test_missing_topics_are_named(broker: EmbeddedBroker) -> None:
    with (
        ListingPublisher(broker.bootstrap) as client,
        pytest.raises(TopicMissing, match=r"screening\.decision does not exist; run `screener topics apply`"),
    ):
        client.listen()


# What is decided.


def test_a_wait_ends_with_the_decision_of_its_own_revision(publisher: ListingPublisher) -> None:
    publisher.publish(published("seller-waits", "l-waits", 1, "a wool scarf"))
    publisher.publish(edited("seller-waits", "l-waits", 2, BLOCKED))
    publisher.publish(published("another-seller", "another", 1, "a wool scarf"))
    blocked, allowed = publisher.wait_for_decision("l-waits", 2, TIMEOUT_S), publisher.wait_for_decision("l-waits", 1, TIMEOUT_S)
    assert (allowed.decision, allowed.revision, allowed.seller_id) == ("allow", 1, "seller-waits")
    assert (blocked.decision, blocked.revision, blocked.seller_id) == ("block", 2, "seller-waits")


def test_two_sellers_may_use_one_listing_id(embedded: EmbeddedBroker, publisher: ListingPublisher) -> None:
    publisher.publish(published("seller-one", "l-shared", 1, "a wool scarf"))
    publisher.wait_for_decision("l-shared", 1, TIMEOUT_S)
    publisher.publish(published("seller-two", "l-shared", 1, BLOCKED))
    assert publisher.wait_for_decision("l-shared", 1, TIMEOUT_S).decision == "block"  # not the other seller's, which is there already
    assert publisher.wait_for_decision("l-shared", 1, TIMEOUT_S, seller_id="seller-one").decision == "allow"
    with ListingPublisher(embedded.bootstrap) as other:
        other.listen()
        publisher.publish(edited("seller-one", "l-shared", 2, "a wool scarf"))
        assert other.wait_for_decision("l-shared", 2, TIMEOUT_S).seller_id == "seller-one"  # published by another process


def test_what_a_later_release_decides_counts_as_hold_and_rubbish_is_passed_over(embedded: EmbeddedBroker, publisher: ListingPublisher) -> None:
    publisher.publish(published("seller-later", "l-later", 1, "a wool scarf"))
    decision = msgspec.to_builtins(publisher.wait_for_decision("l-later", 1, TIMEOUT_S))
    producer = Producer({"bootstrap.servers": embedded.bootstrap})
    for value in (b"rubbish", json.dumps({**decision, "listing_id": "l-of-later", "decision": "quarantine"}).encode()):
        producer.produce(topics.DECISION, value, partition=0)
    assert producer.flush(TIMEOUT_S) == 0
    assert publisher.wait_for_decision("l-of-later", 1, TIMEOUT_S).decision == "hold"


def test_a_repeat_is_not_decided_again(publisher: ListingPublisher) -> None:
    publisher.publish(published("seller-again", "l-again", 1, "a wool scarf"))
    first = publisher.wait_for_decision("l-again", 1, TIMEOUT_S)
    publisher.publish(published("seller-again", "l-again", 1, "a wool scarf"))
    publisher.publish(published("seller-again", "l-behind", 1, "a wool scarf"))
    publisher.wait_for_decision("l-behind", 1, TIMEOUT_S)
    assert publisher.wait_for_decision("l-again", 1, TIMEOUT_S) == first


def test_no_decision_says_what_to_do(embedded: EmbeddedBroker, publisher: ListingPublisher) -> None:
    with pytest.raises(
        NoDecision, match=r"no decision about l-never revision 3 within 0\.2 s; keep it invisible and wait again, and check that a worker"
    ):
        publisher.wait_for_decision("l-never", 3, timeout_s=0.2)
    with ListingPublisher(embedded.bootstrap) as late, pytest.raises(NoDecision, match="call `listen` before publishing"):
        late.wait_for_decision("l-never", 3, timeout_s=0.2)


def test_when_the_broker_crashes_listening_goes_on_and_reading_ends(embedded: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one: it kills the broker. The decision that comes afterwards is the first one, written again under another listing's name."""
    with ListingPublisher(embedded.bootstrap) as client:
        client.listen()
        client.publish(published("seller-crash", "l-before-the-crash", 1, "a wool scarf"))
        decision = client.wait_for_decision("l-before-the-crash", 1, TIMEOUT_S)
        with reader.TopicReader({"bootstrap.servers": embedded.bootstrap}, topics.DECISION) as interrupted:
            embedded.kill()
            monkeypatch.setattr(reader, "REQUEST_TIMEOUT_S", 0.3)
            interrupted.start()
            with pytest.raises(Unreachable, match=embedded.bootstrap):
                list(interrupted.to_end())
        with pytest.raises(NoDecision):
            client.wait_for_decision("l-after-the-crash", 1, timeout_s=1)
        embedded.start()
        producer = Producer({"bootstrap.servers": embedded.bootstrap})
        producer.produce(topics.DECISION, canonical(msgspec.structs.replace(decision, listing_id="l-after-the-crash")))
        assert producer.flush(TIMEOUT_S) == 0
        assert client.wait_for_decision("l-after-the-crash", 1, TIMEOUT_S).listing_id == "l-after-the-crash"
