"""Seeded streams of inputs for the system tests: invented sellers and brands, and every kind of input a worker can meet."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from screener import topics
from tests.login import client

BRANDS: list[dict[str, Any]] = [
    {"brand_id": f"b-{name.lower()}", "name": name, "aliases": [alias], "price_floors": [{"category": [], "currency": "CNY", "amount": "900"}]}
    for name, alias in [
        ("Velmora", "维尔莫拉"),
        ("Tarquent", "塔昆特"),
        ("Osprigo", "奥斯普里戈"),
        ("Lumiskar", "卢米斯卡"),
        ("Brontavi", "布隆塔维"),
    ]
]
"""Brands that do not exist."""

_GOODS = ("wallet", "running shoes", "watch", "scarf", "backpack", "sunglasses", "kettle", "desk lamp", "yoga mat", "tea set")
_PRAISE = ("", "new season ", "soft ", "handmade ", "limited ", "classic ")
_CATEGORIES = (("fashion", "shoes"), ("fashion", "bags"), ("home",), ())
_START = datetime(2026, 1, 1, tzinfo=UTC)

HOLD_REVIEW_MS = 48 * 3_600_000
"""`review_h` of the shipped rulebook."""


@dataclass(frozen=True)
class Record:
    """What is published: bytes, as a producer in any language would."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = (("schema", b"1"),)
    age_ms: int = 0
    """How long before its publication the record claims to have been appended; needs a topic that lets producers set times."""


def write_registry(path: Path) -> Path:
    """The brands as a file for `screener registry load`."""
    path.write_text("".join(json.dumps(brand, ensure_ascii=False) + "\n" for brand in BRANDS), encoding="utf-8")
    return path


class Market:
    """A marketplace with a memory: `listing` is a new one, `event` whatever happens next."""

    def __init__(self, seed: int, sellers: int = 300) -> None:
        self._random = random.Random(seed)
        self._sellers = [f"seller-{number}" for number in range(sellers)]
        self._number = 0
        self._listings: list[dict[str, Any]] = []

    def listing(self) -> dict[str, Any]:
        """A newly published listing, clean or suspicious."""
        self._number += 1
        content = self._content()
        event = {"type": "published", "listing_id": f"l-{self._number}", "revision": 1, "seller_id": self._seller(), **content}
        self._listings.append(event)
        return event

    def listings(self, count: int) -> Iterator[dict[str, Any]]:
        """So many new listings."""
        return (self.listing() for _ in range(count))

    def records(self, count: int, overdue_share: float = 0.0) -> Iterator[Record]:
        """A mixed stream; a share of the listings is as old as a hold's deadline, so that holds fall due while the stream runs."""
        for _ in range(count):
            record = self._record()
            if record.topic == topics.LISTING and overdue_share and self._random.random() < overdue_share:
                # Falls due one to eleven seconds after it was published.
                record = replace(record, age_ms=HOLD_REVIEW_MS - self._random.randrange(1_000, 11_000))
            yield record

    def _record(self) -> Record:
        roll = self._random.random()
        if roll < 0.60 or not self._listings:
            return _listing(self.listing())
        if roll < 0.78:
            return _listing(self._edit())
        if roll < 0.84:
            return _listing(self._any())  # a repeat, or stale when it was edited since
        if roll < 0.89:
            return _listing(self._removal())
        if roll < 0.91:
            return _listing({**self._any(), "title": "another content under this revision"})
        if roll < 0.93:
            return _listing(self.listing(), topics.LISTING_BACKFILL)
        return self._poison() if roll < 0.95 else self._around()

    def _any(self) -> dict[str, Any]:
        return self._random.choice(self._listings[-2_000:])

    def _edit(self) -> dict[str, Any]:
        before = self._any()
        edited = {**before, "type": "edited", "revision": before["revision"] + 1, **self._content()}
        self._listings.append(edited)
        return edited

    def _removal(self) -> dict[str, Any]:
        before = self._any()
        kept = {name: before[name] for name in ("listing_id", "seller_id")}
        return {"type": "removed", "event_id": self._event_id(), "occurred_at": self._time(), "revision": before["revision"] + 1, **kept}

    def _around(self) -> Record:
        """Something that is no listing: the judge counts it in the seller's memory."""
        listing = self._any()
        common = {"event_id": self._event_id(), "occurred_at": self._time(), "seller_id": listing["seller_id"]}
        topic, event = self._random.choice(
            [
                (topics.SELLER, {"type": "updated"}),
                (topics.TRANSACTION, {"type": "sold", "order_id": self._event_id(), "listing_id": listing["listing_id"]}),
                (topics.TRANSACTION, {"type": "refunded", "order_id": self._event_id(), "listing_id": listing["listing_id"]}),
                (topics.COMPLAINT, {"type": "notice", "complaint_id": self._event_id(), "listing_id": listing["listing_id"]}),
                (topics.RING, {"type": "joined", "ring_id": "ring-1"}),
                (topics.VERDICT, {"type": "release", "listing_id": listing["listing_id"], "revision": listing["revision"], "reviewer": "r-1"}),
                (topics.VERDICT, {"type": "block", "listing_id": listing["listing_id"], "revision": listing["revision"], "reviewer": "r-2"}),
            ]
        )
        return Record(topic, common["seller_id"].encode(), _bytes({**common, **event}))

    def _poison(self) -> Record:
        """What no intake can read; it becomes a dead letter."""
        whole = _listing(self._any())
        assert whole.value is not None
        return self._random.choice(
            [
                replace(whole, value=whole.value[: len(whole.value) // 2]),
                replace(whole, value=b"\xff\xfe not JSON"),
                replace(whole, value=None),
                replace(whole, key=b"somebody-else"),
                replace(whole, key=None),
                replace(whole, headers=(("schema", b"99"), ("traceparent", b"00-1"))),
                replace(whole, value=b'{"type":"published"}'),
            ]
        )

    def _content(self) -> dict[str, Any]:
        pick = self._random
        title, price = f"{pick.choice(_PRAISE)}{pick.choice(_GOODS)} {pick.randrange(10_000)}", pick.randrange(20, 3_000)
        description, brand = "ships within two days", None
        if pick.random() < 0.35:
            brand = pick.choice(BRANDS)["name"]
            title = f"{brand} {title}"
        if pick.random() < 0.20:
            title = f"{title} {pick.choice(['高仿', 'replica 1:1', 'A货', '精仿', '复刻'])}"
        if pick.random() < 0.15:
            description = f"{description}, add wechat: goods_{pick.randrange(1_000)}x"
        return {
            "event_id": self._event_id(),
            "occurred_at": self._time(),
            "title": title,
            "description": description,
            "category": list(pick.choice(_CATEGORIES)),
            "brand": brand,
            "price": {"amount": str(price), "currency": "CNY"},
            "condition": pick.choice(["new", "used", "unknown"]),
            "quantity": pick.randrange(1, 50),
        }

    def _seller(self) -> str:
        # A few sellers are hot: half of all listings come from a tenth of them.
        hot = self._sellers[: len(self._sellers) // 10]
        return self._random.choice(hot if self._random.random() < 0.5 else self._sellers)

    def _event_id(self) -> str:
        return f"e-{self._random.randrange(10**12)}"

    def _time(self) -> str:
        return (_START + timedelta(seconds=self._number * 3 + self._random.randrange(60))).isoformat()


class Publishing:
    """Publishes records at a pace in a thread of its own; `join` raises what went wrong there."""

    def __init__(self, bootstrap: str, records: Iterable[Record], rate: float) -> None:
        self._bootstrap, self._records, self._rate = bootstrap, records, rate
        self._failure: BaseException | None = None
        self._hurried, self._stopped = threading.Event(), threading.Event()
        self.sent = 0
        self._thread = threading.Thread(target=self._run, name="publish", daemon=True)

    def start(self) -> Publishing:
        """Begins."""
        self._thread.start()
        return self

    @property
    def is_done(self) -> bool:
        """Everything was sent, or it failed."""
        return not self._thread.is_alive()

    def hurry(self) -> None:
        """No pace any more: what the pace was for has happened."""
        self._hurried.set()

    def stop(self) -> None:
        """No record more: what the stream was for has happened."""
        self._stopped.set()
        self._hurried.set()

    def join(self, timeout_s: float) -> None:
        """Waits for the last record."""
        self._thread.join(timeout_s)
        assert self.is_done, f"{self.sent} records were published within {timeout_s:g} s, and that is not all"
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            publish(self._bootstrap, self._paced())
        except BaseException as error:
            self._failure = error

    def _paced(self) -> Iterator[Record]:
        started = time.monotonic()
        for record in self._records:
            if self._stopped.is_set():
                return
            yield record
            self.sent += 1
            if not self._hurried.is_set() and (ahead_s := self.sent / self._rate - (time.monotonic() - started)) > 0:
                self._hurried.wait(ahead_s)


def publish(bootstrap: str, records: Iterator[Record] | Sequence[Record]) -> None:
    """Sends records as they are, in order; fails when one was not delivered."""
    config = {
        **client(bootstrap),
        "acks": "all",
        "enable.idempotence": True,
        "partitioner": "murmur2_random",
        "linger.ms": 2,
    }
    producer = Producer(config)
    failed: list[str] = []

    def report(error: Any, _message: Any) -> None:
        if error is not None:
            failed.append(str(error))

    for record in records:
        more: dict[str, Any] = {"timestamp": int(time.time() * 1000) - record.age_ms} if record.age_ms else {}
        producer.produce(record.topic, value=record.value, key=record.key, headers=list(record.headers), on_delivery=report, **more)
        producer.poll(0)
    assert producer.flush(30) == 0, "some records were not delivered"
    assert not failed, failed[:3]


def _listing(event: dict[str, Any], topic: str = topics.LISTING) -> Record:
    return Record(topic, str(event["seller_id"]).encode(), _bytes(event))


def _bytes(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode()
