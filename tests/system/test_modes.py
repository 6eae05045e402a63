"""What changes while a worker runs: rulebook, registry, the clock, backfill, and the second processor.

Goal: a published rulebook or registry takes force without a restart, in shadow nothing is acted on, the clock decides holds that nobody decided,
backfill is judged too but last, and the brand counter counts every decision once, also across kill -9.
Method: one broker, one judge and one brand counter for the file, driven by the commands and a plain producer. That something has taken force is seen
in a decision that names it, never in a time. Deadlines: the listing topic lets producers set times, and a hold is an hour less two seconds old
when it is published.
Blind spot: several workers that swap at different moments (each decision names what it was made under), and rollbacks of the clock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, TopicPartition

from screener import topics
from screener.catalog import shipped_rulebook
from screener.embedded import EmbeddedBroker
from screener.processor import CLOCK
from tests.driver import CLEAN, RULEBOOK, STRONG, WEAK
from tests.harness import TIMEOUT_S, Cluster, Worker, read_all, succeed, until
from tests.streams import BRANDS, Market, Record, publish, write_registry

PARTITIONS = 2
HOUR_MS = 3_600_000
SEED = 21

LONG = f"{CLEAN} {'of merino wool ' * 100}"
"""Makes 1.7 KB a listing, so that a few thousand take several fetches: of one fetch, whole topics come one after the other anyway."""

BLOCKED = "Velmora handbag replica 1:1, add wechat: goods_123x"


class BrandCounter(Worker):
    """A worker of the other group."""

    group = "brand-count"


class Town:
    """A broker, its two workers, and a plain reader of what is decided."""

    def __init__(self, broker: EmbeddedBroker, judge: Worker, counter: BrandCounter, folder: Path) -> None:
        self.bootstrap, self.judge, self.counter, self.folder = broker.bootstrap, judge, counter, folder
        self._numbers = count(1)
        self._decisions: dict[str, list[dict[str, Any]]] = {}
        self._consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "plain", "enable.auto.commit": False, "fetch.wait.max.ms": 20})
        self._consumer.assign([TopicPartition(topics.DECISION, number, 0) for number in range(PARTITIONS)])

    def close(self) -> None:
        """Lets go of the broker."""
        self._consumer.close()

    def send(self, *titles: str, age_ms: int = 0, topic: str = topics.LISTING) -> list[str]:
        """Publishes new listings of as many sellers; returns their ids."""
        ids = [f"t-{next(self._numbers)}" for _ in titles]
        publish(
            self.bootstrap, [Record(topic, f"s-{id_}".encode(), _event(id_, title), age_ms=age_ms) for id_, title in zip(ids, titles, strict=True)]
        )
        return ids

    def decisions(self, listing_id: str, number: int) -> list[dict[str, Any]]:
        """The decisions about a listing, the oldest first; waits for so many."""

        def there() -> bool:
            if len(self._decisions.get(listing_id, ())) >= number:
                return True
            assert self.judge.running.poll() is None, self.judge.tail()
            for message in self._consumer.consume(2_000, 0.02):
                assert message.error() is None, message.error()
                one = json.loads(message.value() or b"")
                self._decisions.setdefault(one["listing_id"], []).append(one)
            return False

        until(there, TIMEOUT_S, lambda: f"{number} decisions about {listing_id} are wanted: {self.judge.tail()}", every_s=0)
        return self._decisions[listing_id]

    def decided(self, *titles: str, **more: Any) -> list[dict[str, Any]]:
        """Publishes listings and waits for the first decision about each, in their order."""
        return [self.decisions(id_, 1)[0] for id_ in self.send(*titles, **more)]

    def until_decided(self, title: str, like: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Publishes listings of one title until one is decided as wanted: what was published meanwhile took force."""
        found: list[dict[str, Any]] = []

        def seen() -> bool:
            found[:] = self.decided(title)
            return like(found[0])

        until(seen, TIMEOUT_S, lambda: f"still {found}")
        return found[0]

    def read(self, *names: str) -> list[dict[str, Any]]:
        """Every record on some JSON topics up to their ends, in order within a partition."""
        return [json.loads(value) for found in read_all(self.bootstrap, *names).values() for _, value in found]

    def rulebook(self, text: str) -> None:
        """Puts a rulebook in force."""
        path = self.folder / "rulebook.toml"
        path.write_text(text, encoding="utf-8")
        version = json.loads(succeed("rulebook", "publish", str(path), "--json", bootstrap=self.bootstrap))["version"]
        self.until_decided(CLEAN, lambda one: bool(one["rulebook"]["version"] == version))


def _event(listing_id: str, title: str) -> bytes:
    common = {"type": "published", "revision": 1, "occurred_at": "2026-05-04T10:00:00Z", "title": title}
    return json.dumps({**common, "event_id": f"e-{listing_id}", "listing_id": listing_id, "seller_id": f"s-{listing_id}"}).encode()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Broker, topics, registry, a ready judge and a ready brand counter; both still run the process they started with, except after a kill."""
    folder = tmp_path_factory.mktemp("modes")
    with (
        EmbeddedBroker() as broker,
        Worker(broker.bootstrap, folder / "judge") as judge,
        BrandCounter(broker.bootstrap, folder / "counter") as counter,
    ):
        Cluster(broker.bootstrap).set_up(write_registry(folder / "brands.jsonl"), PARTITIONS)
        judge.start()
        counter.start().wait_ready()
        judge.wait_ready()
        town = Town(broker, judge, counter, folder)
        yield town
        town.close()
        assert (judge.terminate(), counter.terminate()) == (0, 0)


def test_in_shadow_everything_is_judged_and_nothing_acted_on(town: Town) -> None:
    process = town.judge.running.pid
    first = town.decided(BLOCKED, STRONG)
    assert [(one["decision"], one["mode"]) for one in first] == [("block", "enforce"), ("hold", "enforce")]

    succeed("rulebook", "publish", "--mode", "shadow", bootstrap=town.bootstrap)
    assert town.until_decided(CLEAN, lambda one: bool(one["mode"] == "shadow"))["decision"] == "allow"
    in_shadow = town.decided(BLOCKED, STRONG, BLOCKED, STRONG)
    assert [(one["decision"], one["mode"]) for one in in_shadow] == [("block", "shadow"), ("hold", "shadow")] * 2

    succeed("rulebook", "publish", "--mode", "enforce", bootstrap=town.bootstrap)
    town.until_decided(CLEAN, lambda one: bool(one["mode"] == "enforce"))
    last = town.decided(BLOCKED, STRONG)
    assert [(one["decision"], one["mode"]) for one in last] == [("block", "enforce"), ("hold", "enforce")]
    for topic, kind in ((topics.BLOCK, 0), (topics.HOLD, 1)):
        told = [(one["action"], one["decision_id"]) for one in town.read(topic)]
        assert sorted(told) == sorted(("placed", one["decision_id"]) for one in (first[kind], last[kind]))
    assert (town.judge.running.pid, town.judge.running.poll()) == (process, None)


def test_a_share_of_the_sellers_in_shadow(town: Town) -> None:
    town.rulebook(shipped_rulebook().parts[0]["text"] + "\n[[shadow]]\nshare = 0.5\n")
    decided = town.decided(*[BLOCKED] * 40)
    assert {one["mode"] for one in decided} == {"enforce", "shadow"}
    enforced = {one["listing_id"] for one in decided if one["mode"] == "enforce"}
    assert {one["listing_id"] for one in town.read(topics.BLOCK)} & {one["listing_id"] for one in decided} == enforced


def test_a_brand_loaded_while_it_runs_is_protected_from_then_on(town: Town) -> None:
    process, text = town.judge.running.pid, "Zorvane scarf replica 1:1"
    assert town.decided(text)[0]["brands"] == []
    path = town.folder / "more.jsonl"
    path.write_text("".join(json.dumps(brand) + "\n" for brand in [*BRANDS, {"brand_id": "b-zorvane", "name": "Zorvane"}]), encoding="utf-8")
    version = json.loads(succeed("registry", "load", str(path), "--json", bootstrap=town.bootstrap))["version"]
    found = town.until_decided(text, lambda one: bool(one["brands"] == ["b-zorvane"]))
    assert (found["decision"], found["registry"]["version"]) == ("block", version)
    assert town.decided(text)[0]["brands"] == ["b-zorvane"]
    assert town.judge.running.pid == process


def test_backfill_is_judged_too_and_last(town: Town) -> None:
    """Best effort: batches of both may lie in the worker's hands when it starts, so most of the backfill is asked to come last, not all of it."""
    assert town.judge.terminate() == 0
    old = town.send(*[LONG] * 2_000, topic=topics.LISTING_BACKFILL)
    new = town.send(*[LONG] * 6_000)
    town.judge.start().wait_ready()
    assert all(len(town.decisions(listing_id, 1)) == 1 for listing_id in (*old, *new))
    heads = [json.loads(value.split(b"\n", 1)[0]) for _, value in read_all(town.bootstrap, topics.TRACE)[topics.TRACE, 0]]
    order = [head["cause"]["topic"] for head in sorted(heads, key=lambda head: int(head["sequence"])) if head["listing_id"] in {*old, *new}]
    last_new = len(order) - 1 - order[::-1].index(topics.LISTING)
    behind = order[last_new:].count(topics.LISTING_BACKFILL) / order.count(topics.LISTING_BACKFILL)
    print(f"{behind:.0%} of the backfill came behind the last new listing")
    assert behind > 0.5


def test_the_clock_decides_holds_that_nobody_decided(town: Town) -> None:
    text = (
        RULEBOOK.replace("review_h = 48", "review_h = 1")
        .replace("escalation_h = 24", "escalation_h = 1")
        .replace("sample_one_in = 2", "sample_one_in = 1")
    )
    assert text.count("_h = 1\n") == 2
    town.rulebook(text)
    Cluster(town.bootstrap).let_producers_set_times(topics.LISTING)
    clean, weak, strong = town.decided(CLEAN, WEAK, STRONG, age_ms=HOUR_MS - 2_000)
    young = town.decided(WEAK, STRONG)
    assert [one["decision"] for one in (clean, weak, strong, *young)] == ["allow", "hold", "hold", "hold", "hold"]
    released, escalated = town.decisions(weak["listing_id"], 2)[1], town.decisions(strong["listing_id"], 2)[1]
    assert (released["decision"], released["sequence"], released["supersedes"], released["sampled"]) == ("release", 2, weak["decision_id"], True)
    assert (escalated["decision"], escalated["escalated"], escalated["supersedes"]) == ("hold", True, strong["decision_id"])
    for one, before in ((released, weak), (escalated, strong)):
        assert (one["cause"]["topic"], one["event_id"]) == (CLOCK, None)
        assert one["cause"]["offset"] >= before["review_by_ms"] == before["appended_ms"] + HOUR_MS
    assert escalated["review_by_ms"] == escalated["cause"]["offset"] + HOUR_MS
    ids = [one["listing_id"] for one in (weak, strong)]
    told = [
        (one["listing_id"], one["action"], one["decision_id"], one["lifted_by"], one["review_by_ms"])
        for one in town.read(topics.HOLD)
        if one["listing_id"] in ids
    ]
    assert sorted(told, key=lambda one: ids.index(one[0])) == [
        (ids[0], "placed", weak["decision_id"], None, weak["review_by_ms"]),
        (ids[0], "lifted", weak["decision_id"], "release", None),
        (ids[1], "placed", strong["decision_id"], None, strong["review_by_ms"]),
        (ids[1], "lifted", strong["decision_id"], "hold", None),
        (ids[1], "placed", escalated["decision_id"], None, escalated["review_by_ms"]),
    ]
    undue = {one["listing_id"] for one in (clean, *young)}
    assert Counter(one["listing_id"] for one in town.read(topics.DECISION) if one["listing_id"] in undue) == dict.fromkeys(undue, 1)


def test_the_brand_counter_counts_each_decision_once_across_kill_9(town: Town) -> None:
    """The last one, for it compares with every decision of the file."""
    town.rulebook(shipped_rulebook().parts[0]["text"])
    market = Market(SEED)
    for killed in (town.counter, town.judge, town.counter):
        events = market.listings(1_500)
        publish(town.bootstrap, [Record(topics.LISTING, event["seller_id"].encode(), json.dumps(event).encode()) for event in events])
        killed.kill()
        killed.start().wait_ready()
    Cluster(town.bootstrap).wait_caught_up()
    expected: Counter[tuple[str, str]] = Counter()
    for one in town.read(topics.DECISION):
        expected.update((brand, one["decision"]) for brand in one["brands"])
    counts: list[dict[str, Any]] = []

    def counted() -> bool:
        counts[:] = town.read(topics.BRAND_COUNT)
        return len(counts) >= expected.total()

    until(counted, TIMEOUT_S, lambda: f"{len(counts)} counts, {expected.total()} are wanted: {town.counter.tail()}")
    kinds = ("allow", "hold", "block", "release")
    newest = {one["brand_id"]: one for one in counts}
    assert {(brand, kind): one[kind] for brand, one in newest.items() for kind in kinds if one[kind]} == dict(expected)
    assert {kind for _, kind in expected} == set(kinds), "some kind of decision was not part of it"
    steps = {brand: [sum(one[kind] for kind in kinds) for one in counts if one["brand_id"] == brand] for brand in newest}
    assert steps == {brand: list(range(1, len(found) + 1)) for brand, found in steps.items()}, "a step was lost or doubled"
