"""What producers should not send, sent to a real worker: nothing of it stops the line, and nothing of it is lost.

Goal: every bad record ends as a decision, as a dead letter with its reason and its original bytes, key and headers, or as a counted repeat; and the
good listing behind it, of the same seller on the same partition, is decided after it.
Method: one embedded broker and one worker for the whole file. Records are made by a plain confluent-kafka producer and put on the seller's partition
between two good listings; decisions, trace and dead letters are read back by a plain read_committed consumer, and the three traces must follow one
another.
Blind spot: other clients' bytes (a Java producer's headers, a hand-made record batch), so many dead letters that the limit of 3.8 stops the worker,
and brokers that change records by themselves (down-conversion, recompression).
"""

from __future__ import annotations

import base64
import ctypes
import json
import struct
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from click.testing import CliRunner, Result
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from screener import topics
from screener.cli.main import cli
from screener.client.events import MAX_EVENT_BYTES, InvalidEvent
from screener.client.partitioner import partition_of
from screener.client.publisher import ListingPublisher
from screener.embedded import EmbeddedBroker
from screener.intake import MAX_CLOCK_SKEW_MS
from tests.harness import TIMEOUT_S, Cluster, Worker, read_all, until
from tests.streams import write_registry

PARTITIONS = 2
SCHEMA = (("schema", b"1"),)
OWN = "screener.dlq."
MEBIBYTE = 1024 * 1024
ROOM_BYTES = MEBIBYTE + 64 * 1024
"""`max.message.bytes` of the input topics: the largest record with its key, headers and framing."""

Headers = tuple[tuple[str, bytes | None], ...]
Place = tuple[int, int]


@dataclass(frozen=True)
class Sent:
    """Where a record came to lie on the listing topic."""

    partition: int
    offset: int


@dataclass
class Seen:
    """What became of the inputs, by their place on the listing topic."""

    traces: dict[Place, dict[str, Any]] = field(default_factory=dict)
    decisions: dict[Place, dict[str, Any]] = field(default_factory=dict)
    dead_letters: dict[Place, Message] = field(default_factory=dict)

    def take(self, message: Message) -> None:
        """Files a record of an output topic under the input that caused it."""
        value = message.value() or b""
        if message.topic() == topics.DEAD_LETTER:
            own = dict(_headers(message))
            self.dead_letters[int(own[f"{OWN}partition"] or b""), int(own[f"{OWN}offset"] or b"")] = message
            return
        told = json.loads(value.split(b"\n", 1)[0])
        place = told["cause"]["partition"], told["cause"]["offset"]
        if message.topic() == topics.TRACE:
            assert value.split(b"\n", 1)[1] is not None
            self.traces[place] = told
        else:
            self.decisions[place] = told


class Market:
    """The broker, its one worker, and a plain client of both."""

    def __init__(self, broker: EmbeddedBroker, worker: Worker) -> None:
        self.broker, self.worker = broker, worker
        self._producer = Producer(self.config(**{"message.max.bytes": ROOM_BYTES}))
        self._consumer = Consumer({**self.config(), "group.id": "plain", "isolation.level": "read_committed", "enable.auto.commit": False})
        places = [TopicPartition(topic, number, 0) for topic in (topics.TRACE, topics.DECISION, topics.DEAD_LETTER) for number in range(PARTITIONS)]
        self._consumer.assign(places)
        self.seen = Seen()

    def config(self, **more: Any) -> dict[str, Any]:
        """Settings of a plain client."""
        return {"bootstrap.servers": self.broker.bootstrap, **more}

    def close(self) -> None:
        """Lets go of the broker."""
        self._consumer.close()

    def send(self, value: bytes | None, *, producer: Producer | None = None, headers: Headers = SCHEMA, **more: Any) -> Sent:
        """Puts a record on the listing topic as it is; `more` has key and partition."""
        by = producer or self._producer
        places: list[Sent] = []

        def report(error: KafkaError | None, message: Message) -> None:
            assert error is None, error
            places.append(Sent(int(message.partition() or 0), int(message.offset() or 0)))

        by.produce(topics.LISTING, value=value, headers=list(headers), on_delivery=report, **more)
        assert by.flush(TIMEOUT_S) == 0
        return places[0]

    def good(self, seller: str, listing: str, **more: Any) -> Sent:
        """A good listing, on the partition where its seller belongs (`more` may say another)."""
        return self.send(encoded(seller, listing), **{"key": seller.encode(), "partition": home(seller), **more})

    def trace(self, sent: Sent) -> dict[str, Any]:
        """The trace of an input; waits for it."""
        trace: dict[str, Any] = self._wait(self.seen.traces, sent, "trace")
        return trace

    def decision(self, sent: Sent) -> dict[str, Any]:
        """The decision an input led to; waits for it."""
        decision: dict[str, Any] = self._wait(self.seen.decisions, sent, "decision")
        return decision

    def dead_letter(self, sent: Sent) -> Message:
        """The dead letter an input became; waits for it."""
        found: Message = self._wait(self.seen.dead_letters, sent, "dead letter")
        return found

    def has_decision(self, sent: Sent) -> bool:
        """Whether an input whose successor was decided led to a decision."""
        return (sent.partition, sent.offset) in self.seen.decisions

    def metric(self, sample: str) -> float:
        """One sample of /metrics, labels included."""
        address = (self.worker.state_dir / "http").read_text(encoding="utf-8").strip()
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{sample} "))

    def wait_counted(self, sample: str, number: float) -> None:
        """Until a sample has reached a number and no more (it is counted right after the commit)."""
        until(lambda: self.metric(sample) >= number, TIMEOUT_S, lambda: f"{sample} is {self.metric(sample)}, {number} is wanted")
        assert self.metric(sample) == number

    def _wait(self, found: dict[Place, Any], sent: Sent, what: str) -> Any:
        place = (sent.partition, sent.offset)

        def there() -> bool:
            assert self.worker.running.poll() is None, f"the worker ended: {self.worker.tail()}"
            for message in self._consumer.consume(500, 0.02):
                assert message.error() is None, message.error()
                self.seen.take(message)
            return place in found

        until(there, TIMEOUT_S, lambda: f"no {what} of {sent}; {self.worker.tail()}", every_s=0)
        return found[place]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A broker and a ready worker, for all tests here."""
    folder = tmp_path_factory.mktemp("bad-input")
    with EmbeddedBroker() as broker, Worker(broker.bootstrap, folder / "w1") as worker:
        Cluster(broker.bootstrap).set_up(write_registry(folder / "brands.jsonl"), PARTITIONS)
        worker.start().wait_ready()
        market = Market(broker, worker)
        yield market
        market.close()
        assert worker.terminate() == 0, worker.tail()


def home(seller: str) -> int:
    """The partition a seller belongs to."""
    return partition_of(seller.encode(), PARTITIONS)


def event(seller: str, listing: str, **more: Any) -> dict[str, Any]:
    """A good listing event, some of it replaced."""
    common = {"type": "published", "event_id": f"e-{listing}", "occurred_at": "2026-05-04T10:00:00Z", "revision": 1, "title": "a wool scarf"}
    return {**common, "listing_id": listing, "seller_id": seller, **more}


def encoded(seller: str, listing: str, **more: Any) -> bytes:
    """As JSON."""
    return json.dumps(event(seller, listing, **more), ensure_ascii=False).encode()


def without(seller: str, *names: str) -> bytes:
    """A listing event that lacks fields."""
    return json.dumps({name: value for name, value in event(seller, "l-bad").items() if name not in names}).encode()


def with_raw(seller: str, name: str, raw: bytes) -> bytes:
    """A listing event with one more field, its value given as the bytes that stand in the JSON."""
    return encoded(seller, "l-bad")[:-1] + b', "' + name.encode() + b'": ' + raw + b"}"


def nested(levels: int) -> bytes:
    """JSON so many levels deep."""
    return b'{"a":' * levels + b"1" + b"}" * levels


def filled(seller: str, size: int) -> bytes:
    """A good listing of exactly so many bytes."""
    empty = encoded(seller, "l-bad", description="")
    return encoded(seller, "l-bad", description="x" * (size - len(empty)))


def _headers(message: Message) -> Headers:
    return tuple(message.headers() or ())  # type: ignore[arg-type]  # its hints allow a dict, which it never gives


@dataclass(frozen=True)
class Bad:
    """A record that becomes a dead letter; `value` is made for a seller, `key` None means the seller's."""

    name: str
    reason: str
    value: Callable[[str], bytes | None]
    headers: Headers = SCHEMA
    key: Callable[[str], bytes | None] = str.encode


DEAD_LETTERS = (
    Bad("not-json", "not_json", lambda seller: b"type=published&seller=" + seller.encode()),
    Bad("half-a-record", "not_json", lambda seller: encoded(seller, "l-bad")[:60]),
    Bad("a-json-list", "invalid_value", lambda seller: b"[" + encoded(seller, "l-bad") + b"]"),
    Bad("wrong-type", "invalid_value", lambda seller: encoded(seller, "l-bad", title=5)),
    Bad("unknown-type", "invalid_value", lambda seller: encoded(seller, "l-bad", type="relisted")),
    Bad("missing-field", "missing_field", lambda seller: without(seller, "title")),
    Bad("negative-price", "invalid_value", lambda seller: encoded(seller, "l-bad", price={"amount": "-1.00", "currency": "CNY"})),
    Bad("price-as-number", "invalid_value", lambda seller: encoded(seller, "l-bad", price={"amount": 1.5, "currency": "CNY"})),
    Bad("revision-zero", "invalid_value", lambda seller: encoded(seller, "l-bad", revision=0)),
    Bad("time-without-zone", "invalid_value", lambda seller: encoded(seller, "l-bad", occurred_at="2026-05-04T10:00:00")),
    Bad("unknown-schema", "unknown_schema", lambda seller: encoded(seller, "l-bad"), headers=(("schema", b"99"), ("traceparent", b"00-1"))),
    Bad("null-schema", "unknown_schema", lambda seller: encoded(seller, "l-bad"), headers=(("schema", None),)),
    Bad("two-schemas", "unknown_schema", lambda seller: encoded(seller, "l-bad"), headers=(("schema", b"1"), ("schema", b"2"))),
    Bad("another-key", "key_mismatch", lambda seller: encoded(seller, "l-bad"), key=lambda _seller: b"somebody-else"),
    Bad("null-key", "key_mismatch", lambda seller: encoded(seller, "l-bad"), key=lambda _seller: None),
    Bad("binary-key", "key_mismatch", lambda seller: encoded(seller, "l-bad"), key=lambda _seller: b"\xff\x00\xfe"),
    Bad("null-value", "empty", lambda _seller: None),
    Bad("empty-value", "empty", lambda _seller: b""),
    Bad("blank-value", "empty", lambda _seller: b" \n\t"),
    Bad("2000-levels", "too_deep", lambda seller: with_raw(seller, "attributes", nested(2_000))),
    Bad("2000-levels-in-an-unknown-field", "too_deep", lambda seller: with_raw(seller, "later", nested(2_000))),
    Bad("quantity-beyond-64-bits", "invalid_value", lambda seller: encoded(seller, "l-bad", quantity=10**30)),
    Bad("revision-beyond-64-bits", "invalid_value", lambda seller: encoded(seller, "l-bad", revision=2**64)),
    Bad("invalid-utf-8", "not_utf8", lambda seller: with_raw(seller, "description", b'"\xff\xfe"')),
    Bad("surrogate-as-escape", "not_json", lambda seller: with_raw(seller, "description", b'"\\ud800"')),
    Bad("surrogate-as-bytes", "not_utf8", lambda seller: with_raw(seller, "description", b'"\xed\xa0\x80"')),
    Bad("surrogate-in-a-name", "not_json", lambda seller: with_raw(seller, "attributes", b'{"\\udfff": 1}')),
    Bad("duplicate-headers", "not_json", lambda _seller: b"{", headers=(*SCHEMA, ("x", b"1"), ("x", None), ("x", b""), ("x", b"\xff"), *SCHEMA)),
    Bad("headers-of-1-MiB", "not_json", lambda _seller: b"{", headers=(("x", b"h" * MEBIBYTE),)),
    Bad("header-like-a-dead-letter's", "not_json", lambda _seller: b"{", headers=((f"{OWN}other", b"kept"),)),
    Bad("1-MiB-of-rubbish", "not_json", lambda _seller: bytes(MEBIBYTE)),
)


@pytest.mark.parametrize("bad", DEAD_LETTERS, ids=lambda bad: bad.name)
def test_becomes_a_dead_letter_and_the_line_goes_on(market: Market, bad: Bad) -> None:
    seller = f"seller-{bad.name}"
    value, key = bad.value(seller), bad.key(seller)
    before = market.good(seller, "l-before")
    sent = market.send(value, key=key, partition=home(seller), headers=bad.headers)
    behind = market.good(seller, "l-behind")

    _assert_followed(market, before, sent, behind)
    trace, letter = market.trace(sent), market.dead_letter(sent)
    assert (trace["outcome"], trace["reason"]) == ("dead_letter", bad.reason)
    assert not market.has_decision(sent)
    assert letter.partition() == sent.partition
    assert (letter.key(), letter.value()) == (key, value or b"")
    own = {name: text for name, text in _headers(letter) if name.startswith(OWN) and name != f"{OWN}other"}
    assert tuple(header for header in _headers(letter) if header[0] not in own) == bad.headers
    assert own[f"{OWN}reason"] == bad.reason.encode()
    assert own[f"{OWN}detail"], "it does not say what to do"
    assert (own[f"{OWN}topic"], own[f"{OWN}offset"]) == (topics.LISTING.encode(), str(sent.offset).encode())


@dataclass(frozen=True)
class Odd:
    """A record that looks wrong and is none."""

    name: str
    value: Callable[[str], bytes]
    headers: Headers = SCHEMA


JUDGED = (
    Odd("unknown-field", lambda seller: with_raw(seller, "added_next_year", b'{"by": ["the producer"]}')),
    Odd("1-MiB", lambda seller: filled(seller, MAX_EVENT_BYTES)),
    Odd("50-levels", lambda seller: with_raw(seller, "attributes", nested(50))),
    Odd("attribute-beyond-64-bits", lambda seller: with_raw(seller, "attributes", b'{"serial": -1' + b"0" * 30 + b"}")),
    Odd("a-surrogate-pair", lambda seller: with_raw(seller, "description", b'"\\ud83d\\ude00"')),
    Odd("no-headers", lambda seller: encoded(seller, "l-bad"), headers=()),
    Odd("the-same-header-twice", lambda seller: encoded(seller, "l-bad"), headers=(*SCHEMA, *SCHEMA, ("x", b"1"), ("x", None))),
    Odd("headers-of-1-MiB", lambda seller: encoded(seller, "l-bad"), headers=(*SCHEMA, ("x", b"h" * MEBIBYTE))),
    Odd("a-field-twice", lambda seller: with_raw(seller, "title", b'"the last one counts"')),
    Odd("white-space-around", lambda seller: b"\r\n " + encoded(seller, "l-bad") + b"\n"),
)


@pytest.mark.parametrize("odd", JUDGED, ids=lambda odd: odd.name)
def test_is_judged(market: Market, odd: Odd) -> None:
    seller = f"odd-{odd.name}"
    before = market.good(seller, "l-before")
    sent = market.send(odd.value(seller), key=seller.encode(), partition=home(seller), headers=odd.headers)
    behind = market.good(seller, "l-behind")

    _assert_followed(market, before, sent, behind)
    trace, decision = market.trace(sent), market.decision(sent)
    assert trace["outcome"] == "judged"
    assert (decision["listing_id"], decision["seller_id"], decision["degraded"]) == ("l-bad", seller, False)
    kept = tuple((name, None if text is None else base64.b64decode(text)) for name, text in trace["headers"])
    assert kept == odd.headers


def _assert_followed(market: Market, before: Sent, sent: Sent, behind: Sent) -> None:
    """The good listings around a record are decided, and the three are judged in the order they came in."""
    assert market.decision(behind)["decision"] == "allow"
    assert market.decision(before)["decision"] == "allow"
    first = market.trace(before)["sequence"]
    assert [market.trace(sent)["sequence"], market.trace(behind)["sequence"]] == [first + 1, first + 2]


def test_a_stale_revision_is_counted_and_decides_nothing(market: Market) -> None:
    counted = market.metric('screener_inputs_total{outcome="stale"}')
    newer = market.good("seller-stale", "l-1")
    market.send(encoded("seller-stale", "l-1", type="edited", revision=3), key=b"seller-stale", partition=home("seller-stale"))
    stale = market.send(encoded("seller-stale", "l-1", type="edited", revision=2), key=b"seller-stale", partition=home("seller-stale"))
    behind = market.good("seller-stale", "l-behind")
    assert market.decision(behind)["decision"] == "allow"
    assert market.decision(newer)["revision"] == 1
    assert (market.trace(stale)["outcome"], market.trace(stale)["reason"]) == ("stale", "older_revision")
    assert not market.has_decision(stale)
    market.wait_counted('screener_inputs_total{outcome="stale"}', counted + 1)


def test_a_revision_again_is_a_repeat_and_with_other_content_a_conflict(market: Market) -> None:
    counted = market.metric('screener_inputs_total{outcome="repeated"}')
    seller = "seller-repeats"
    first = market.good(seller, "l-1")
    repeat = market.send(encoded(seller, "l-1", event_id="a retry", occurred_at="2026-05-04T10:00:09Z"), key=seller.encode(), partition=home(seller))
    value = encoded(seller, "l-1", title="another content")
    conflict = market.send(value, key=seller.encode(), partition=home(seller), headers=(*SCHEMA, ("x", b"kept")))
    behind = market.good(seller, "l-behind")
    assert market.decision(behind)["decision"] == "allow"
    assert market.decision(first)["decision"] == "allow"
    assert market.trace(repeat)["outcome"] == "repeated"
    assert (market.trace(conflict)["outcome"], market.trace(conflict)["reason"]) == ("dead_letter", "conflict")
    assert not market.has_decision(repeat)
    assert not market.has_decision(conflict)
    assert (market.dead_letter(conflict).value(), _headers(market.dead_letter(conflict))[:2]) == (value, (*SCHEMA, ("x", b"kept")))
    market.wait_counted('screener_inputs_total{outcome="repeated"}', counted + 1)


def test_a_seller_on_a_wrong_partition_is_judged_and_counted_once(market: Market) -> None:
    counted = market.metric("screener_wrong_partition_sellers_total")
    wrong = 1 - home("seller-lost")
    sent = [market.good("seller-lost", f"l-{number}", partition=wrong) for number in range(2)]
    assert [market.decision(one)["decision"] for one in sent] == ["allow", "allow"]
    assert [one.partition for one in sent] == [wrong, wrong]
    market.wait_counted("screener_wrong_partition_sellers_total", counted + 1)
    assert market.decision(market.good("seller-at-home", "l-1"))["decision"] == "allow"
    assert market.metric("screener_wrong_partition_sellers_total") == counted + 1


@pytest.mark.parametrize(("codec", "number"), [("none", 0), ("gzip", 1), ("snappy", 2), ("lz4", 3), ("zstd", 4)])
def test_every_compression_is_read(market: Market, codec: str, number: int) -> None:
    seller = f"seller-{codec}"
    producer = Producer(market.config(**{"compression.type": codec}))
    value = encoded(seller, "l-1", description="ships within two days. " * 500)
    sent = market.send(value, producer=producer, key=seller.encode(), partition=home(seller))
    assert market.decision(sent)["decision"] == "allow"
    assert _codec(market.broker.data, sent) == number, "the broker holds another compression than the one meant"


def _codec(data: Path, sent: Sent) -> int:
    """The compression of the batch a record lies in, from the broker's own file (Kafka's record batch format, version 2)."""
    log = (data / "kafka" / f"{topics.LISTING}-{sent.partition}" / f"{0:020}.log").read_bytes()
    position = 0
    while position < len(log):
        base, length, _epoch, _magic, _crc, attributes, last = struct.unpack_from(">qiibIhi", log, position)
        if base <= sent.offset <= base + last:
            return int(attributes & 7)
        position += 12 + length
    raise AssertionError(f"{sent} lies in no batch of the first segment")


def test_a_claimed_time_in_2099_is_clamped_and_noted(market: Market) -> None:
    sent = market.send(encoded("seller-2099", "l-1", occurred_at="2099-01-01T00:00:00Z"), key=b"seller-2099", partition=home("seller-2099"))
    behind = market.good("seller-2099", "l-behind")
    decision = market.decision(sent)
    assert "clock_skew" in [signal["name"] for signal in decision["signals"]]
    assert decision["occurred_ms"] == decision["appended_ms"] + MAX_CLOCK_SKEW_MS
    assert "clock_skew" not in [signal["name"] for signal in market.decision(behind)["signals"]]


def test_the_brokers_clock_counts_not_the_producers(market: Market) -> None:
    sent = market.good("seller-1970", "l-1", timestamp=86_400_000)
    decision = market.decision(sent)
    consumer = Consumer(market.config(**{"group.id": "plain", "enable.auto.commit": False}))
    consumer.assign([TopicPartition(topics.LISTING, sent.partition, sent.offset)])
    message = consumer.poll(TIMEOUT_S)
    consumer.close()
    assert message is not None
    kind, appended_ms = message.timestamp()
    assert kind == TIMESTAMP_LOG_APPEND_TIME
    assert appended_ms > 86_400_000
    assert (decision["appended_ms"], market.trace(sent)["timestamp_ms"]) == (appended_ms, appended_ms)


@pytest.mark.parametrize("seller", ["seller\x00with\x00NUL", "seller 😀 — 维尔莫拉\u202e", "\x1b[31mred\x1b[0m\n", "l" * 200])
def test_ids_of_any_characters_are_kept_apart(market: Market, seller: str) -> None:
    listing = f"l\x00😀{seller[:100]}"
    sent = market.send(encoded(seller, listing), key=seller.encode(), partition=home(seller))
    repeat = market.send(encoded(seller, listing), key=seller.encode(), partition=home(seller))
    other = market.send(encoded(seller, listing[:-1]), key=seller.encode(), partition=home(seller))
    decision = market.decision(sent)
    assert (decision["seller_id"], decision["listing_id"]) == (seller, listing)
    assert market.trace(repeat)["outcome"] == "repeated"
    assert market.decision(other)["listing_id"] == listing[:-1]


def test_two_sellers_whose_ids_run_into_each_other_have_two_listings(market: Market) -> None:
    """Both pairs are `a NUL b NUL c` when written one behind the other."""
    sent = [
        market.send(encoded(seller, listing), key=seller.encode(), partition=0)
        for seller, listing in (("pair-a\x00b", "c"), ("pair-a", "b\x00c"))
    ]  # fmt: skip
    assert [market.trace(one)["outcome"] for one in sent] == ["judged", "judged"]


def test_an_aborted_transaction_is_not_seen(market: Market) -> None:
    seller = "seller-aborts"
    producer = Producer(market.config(**{"transactional.id": "test-aborts"}))
    producer.init_transactions(TIMEOUT_S)
    producer.begin_transaction()
    aborted = market.send(encoded(seller, "l-aborted"), producer=producer, key=seller.encode(), partition=home(seller))
    producer.abort_transaction(TIMEOUT_S)
    producer.begin_transaction()
    committed = market.send(encoded(seller, "l-committed"), producer=producer, key=seller.encode(), partition=home(seller))
    producer.commit_transaction(TIMEOUT_S)
    behind = market.good(seller, "l-behind")
    assert market.decision(behind)["decision"] == "allow"
    assert market.decision(committed)["listing_id"] == "l-committed"
    assert (aborted.partition, aborted.offset) not in market.seen.traces
    assert not market.has_decision(aborted)
    sent = read_all(market.broker.bootstrap, topics.LISTING, committed=False)[topics.LISTING, aborted.partition]
    assert aborted.offset in [offset for offset, _ in sent], "it never came to lie on the topic"


@pytest.mark.parametrize("envelope", ["key", "headers"])
def test_an_envelope_that_is_larger_in_the_trace_than_it_was(market: Market, envelope: str) -> None:
    seller = f"seller-large-{envelope}"
    key = b"k" * MEBIBYTE if envelope == "key" else None
    headers: Headers = SCHEMA if envelope == "key" else (("\x01" * 500_000, b""),)
    before = market.good(seller, "l-before")
    sent = market.send(encoded(seller, "l-bad"), key=key, headers=headers, partition=home(seller))
    behind = market.good(seller, "l-behind")
    _assert_followed(market, before, sent, behind)
    letter = market.dead_letter(sent)
    assert (letter.key(), letter.value()) == (key, encoded(seller, "l-bad"))
    assert _headers(letter)[: len(headers)] == headers


def test_a_header_whose_name_is_no_text(market: Market) -> None:
    seller = "seller-header-name"
    before = market.good(seller, "l-before")
    sent = _send_by_librdkafka(market.broker.bootstrap, home(seller), seller.encode(), encoded(seller, "l-bad"), b"\xff\xfe")
    behind = market.good(seller, "l-behind")
    _assert_followed(market, before, sent, behind)
    assert market.dead_letter(sent).value() == encoded(seller, "l-bad")


def _send_by_librdkafka(bootstrap: str, partition: int, key: bytes, value: bytes, header: bytes) -> Sent:
    """Publishes with the C library itself: confluent_kafka takes header names as text only."""
    folder = Path(confluent_kafka.__file__).parents[1]
    library = ctypes.CDLL(str(next(folder.glob("confluent_kafka.libs/librdkafka-*"))))
    for name in ("rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_headers_new"):
        getattr(library, name).restype = ctypes.c_void_p
    pointer, number, size = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    error = ctypes.create_string_buffer(512)
    config = library.rd_kafka_conf_new()
    library.rd_kafka_conf_set(pointer(config), b"bootstrap.servers", bootstrap.encode(), error, size(512))
    client = pointer(library.rd_kafka_new(number(0), pointer(config), error, size(512)))
    headers = pointer(library.rd_kafka_headers_new(size(1)))
    library.rd_kafka_header_add(headers, header, size(len(header)), b"x", size(1))
    end, topic, to, body, by, head = (number(tag) for tag in (0, 1, 3, 4, 5, 10))  # rd_kafka_vtype_t
    before = Cluster(bootstrap).ends(topics.LISTING)[topics.LISTING, partition]
    arguments = (
        topic,
        topics.LISTING.encode(),
        to,
        ctypes.c_int32(partition),
        body,
        value,
        size(len(value)),
        by,
        key,
        size(len(key)),
        head,
        headers,
        end,
    )
    assert library.rd_kafka_producev(client, *arguments) == 0
    assert library.rd_kafka_flush(client, number(10_000)) == 0
    library.rd_kafka_destroy(client)
    return Sent(partition, before)


def test_5_MB_are_refused_at_the_producer(market: Market) -> None:
    seller = "seller-5-MB"
    too_large = filled(seller, 5_000_000)
    ends = Cluster(market.broker.bootstrap).ends(topics.LISTING)
    with ListingPublisher(market.broker.bootstrap) as publisher, pytest.raises(InvalidEvent, match=r"too_large: 5000000 bytes.*shorten"):
        publisher.publish_bytes(too_large)
    with pytest.raises(KafkaException, match="MSG_SIZE_TOO_LARGE"):
        market.send(too_large, key=seller.encode(), partition=home(seller))
    refused: list[KafkaError | None] = []
    careless = Producer(market.config(**{"message.max.bytes": 10_000_000}))
    careless.produce(topics.LISTING, value=too_large, key=seller.encode(), on_delivery=lambda error, _message: refused.append(error))
    assert careless.flush(TIMEOUT_S) == 0
    assert [error.code() for error in refused if error is not None] == [KafkaError.MSG_SIZE_TOO_LARGE]
    assert Cluster(market.broker.bootstrap).ends(topics.LISTING) == ends
    assert market.decision(market.good(seller, "l-behind"))["decision"] == "allow"


def test_the_commands_give_back_the_original_bytes(market: Market) -> None:
    seller = "seller-commands"
    originals = [b"\xff\x00\xfe\r\n", b"", bytes(range(256)) * 4_096]
    headers: Headers = (("x", b"\xff"), ("x", None), ("\x1b[31m", b"\x1b[0m"))
    sent = [market.send(value, key=b"\xff\n", partition=home(seller), headers=headers) for value in originals]
    letters = [market.dead_letter(one) for one in sent]

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(cli, ["dlq", *arguments, "--bootstrap", market.broker.bootstrap])

    listed = run("list", "--json", "--limit", "1000")
    assert listed.exit_code == 1
    rows = {row["id"]: row for row in json.loads(listed.stdout)}
    assert len(rows) >= len(market.seen.dead_letters)
    for value, one, letter in zip(originals, sent, letters, strict=True):
        id_ = f"{letter.partition()}:{letter.offset()}"
        row = rows[id_]
        assert (row["topic"], row["partition"], row["offset"]) == (topics.LISTING, one.partition, one.offset)
        assert row["reason"] == market.trace(one)["reason"]
        assert run("show", id_, "--raw").stdout_bytes == value
        shown = json.loads(run("show", id_, "--json").stdout)
        assert (base64.b64decode(shown["value_base64"]), base64.b64decode(shown["key_base64"])) == (value, b"\xff\n")
        assert tuple((name, None if text is None else base64.b64decode(text)) for name, text in shown["headers_base64"]) == headers
        assert "\x1b" not in run("show", id_).stdout
    only = json.loads(run("list", "--json", "--reason", "empty").stdout)
    assert {row["reason"] for row in only} == {"empty"}
    nothing = run("show", "0:999999999")
    assert (nothing.exit_code, "dlq list" in nothing.stderr) == (1, True)
