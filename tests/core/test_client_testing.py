"""`LocalScreener`: a producer's test must find in it what it will find on a broker.

Goal: the double takes and refuses the same events as the publisher with the same words, decides as the core does, and can be told what to answer.
Method: both classes' signatures are compared; events go to the double and to the core itself (`Offline`) and must come to the same; invalid ones must
raise what the shared check says; forced answers are looked at as a producer would. The example of the module runs as a doctest.
Blind spot: what only a broker does: order between sellers, delivery errors, a decision that comes late (tests/broker/test_client.py).
"""

from __future__ import annotations

import doctest
import inspect
import json
import subprocess
import sys
from typing import Any

import pytest

from screener.client import testing
from screener.client.events import MAX_EVENT_BYTES, EventCheck, InvalidEvent, NoDecision
from screener.client.publisher import ListingPublisher
from screener.client.testing import LocalScreener
from screener.contracts import Brand, Decision, ListingPublished
from screener.offline import NoBrands, Offline
from tests.driver import BRANDS, published
from tests.streams import Market

SEED = 11


def listing(listing_id: str = "l-1", **more: Any) -> dict[str, Any]:
    """A listing that is allowed."""
    common = {"type": "published", "event_id": f"e-{listing_id}", "occurred_at": "2026-05-04T10:00:00Z", "revision": 1, "title": "a wool scarf"}
    return {**common, "listing_id": listing_id, "seller_id": "s-1", **more}


@pytest.fixture
def screener() -> LocalScreener:
    """One that protects two invented brands."""
    return LocalScreener(BRANDS)


def test_the_example_in_its_documentation_is_true() -> None:
    result = doctest.testmod(testing)
    assert (result.failed, result.attempted > 10) == (0, True)


def test_it_needs_no_kafka() -> None:
    code = "import sys; import screener.client.testing; print([name for name in ('confluent_kafka', 'faust', 'rocksdict') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


def test_it_has_the_publishers_methods_with_the_same_parameters() -> None:
    def methods(kind: type) -> dict[str, list[tuple[str, Any, Any]]]:
        public = {name: inspect.signature(method) for name, method in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
        return {name: [(one.name, one.kind, one.default) for one in signature.parameters.values()] for name, signature in public.items()}

    publisher, double = methods(ListingPublisher), methods(LocalScreener)
    assert {"publish", "publish_bytes", "listen", "flush", "wait_for_decision", "close"} <= publisher.keys()
    assert {name: double.get(name) for name in publisher} == publisher


def test_it_decides_as_the_core_does(screener: LocalScreener) -> None:
    core = Offline(BRANDS)
    decided: list[Decision] = []
    for event in Market(SEED).listings(300):
        screener.publish(event)
        decided += core.judge(json.dumps(event, ensure_ascii=False).encode())[1]
    kinds = {one.decision for one in decided}
    assert {"allow", "hold"} <= kinds, "the stream shows too little"
    compared = [(one.listing_id, one.decision, one.risk, [signal.name for signal in one.signals]) for one in screener.decisions]
    assert compared == [(one.listing_id, one.decision, one.risk, [signal.name for signal in one.signals]) for one in decided]
    for one in decided:
        assert screener.wait_for_decision(one.listing_id, one.revision, 1).decision == one.decision


def test_it_remembers_sellers_and_counts_a_repeat_as_one(screener: LocalScreener) -> None:
    screener.publish(listing())
    screener.publish(listing(event_id="a retry"))
    screener.publish(
        {"type": "removed", "event_id": "e-2", "occurred_at": "2026-05-04T11:00:00Z", "listing_id": "l-1", "revision": 2, "seller_id": "s-1"}
    )
    assert [(one.listing_id, one.revision, one.decision) for one in screener.decisions] == [("l-1", 1, "allow")]


def test_it_takes_typed_events_and_brands_as_dictionaries() -> None:
    with LocalScreener([{"brand_id": "velmora", "name": "Velmora"}]) as screener:
        event: ListingPublished = published("s-1", "l-1", 1, "Velmora handbag, replica 1:1")
        screener.publish(event, headers={"traceparent": b"00-1"})
        screener.flush()
        assert screener.wait_for_decision("l-1", 1, 1).brands == ("velmora",)


def test_without_brands_it_refuses_like_a_worker() -> None:
    with pytest.raises(NoBrands, match="registry load"):
        LocalScreener([])


def test_delivered_is_called_once_for_each_event(screener: LocalScreener) -> None:
    places: list[tuple[int, int]] = []
    for number in range(3):
        screener.publish(listing(f"l-{number}"), delivered=lambda partition, offset: places.append((partition, offset)))
    assert places == [(0, 0), (0, 1), (0, 2)]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (listing(title=5), "invalid_value: .*title.*see topics/schemas"),
        (listing(revision=0), "invalid_value: .*revision"),
        (listing(price={"amount": "-1", "currency": "CNY"}), "invalid_value: .*price.amount"),
        ({"type": "published"}, "missing_field: "),
        (listing(description="x" * MAX_EVENT_BYTES), "too_large: .*shorten"),
        (listing(title="\ud800"), "not_json: .*give text"),
        (listing(attributes={"made": object()}), "not_json: .*give text"),
        (listing(attributes={1: "one"}), "not_json: .*text keys only"),
    ],
)
def test_an_invalid_event_raises_and_is_not_judged(screener: LocalScreener, event: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidEvent, match=words):
        screener.publish(event)
    assert screener.decisions == ()


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"[]", json.dumps(listing(occurred_at="yesterday")).encode()])
def test_invalid_bytes_raise_what_the_shared_check_says(screener: LocalScreener, value: bytes) -> None:
    with pytest.raises(InvalidEvent) as theirs:
        EventCheck().seller_of(value)
    with pytest.raises(InvalidEvent) as ours:
        screener.publish_bytes(value)
    assert str(ours.value) == str(theirs.value)


def test_nobody_decides_what_was_not_published(screener: LocalScreener) -> None:
    screener.publish(listing())
    with pytest.raises(NoDecision, match="no decision about l-1 revision 2 within 5 s; keep it invisible and wait again"):
        screener.wait_for_decision("l-1", 2, timeout_s=5)


@pytest.mark.parametrize("kind", ["allow", "hold", "block"])
def test_a_forced_answer_is_the_answer(screener: LocalScreener, kind: Any) -> None:
    screener.answer("l-1", kind)
    screener.publish(listing())
    screener.publish(listing("l-2"))
    decision = screener.wait_for_decision("l-1", 1, 1)
    assert (decision.decision, decision.sequence, decision.supersedes) == (kind, 1, None)
    assert (decision.review_by_ms is not None) == (kind == "hold")
    assert screener.wait_for_decision("l-2", 1, 1).decision == "allow"


def test_a_hold_can_be_decided_afterwards_once(screener: LocalScreener) -> None:
    screener.answer("l-1", "hold")
    screener.publish(listing())
    held = screener.wait_for_decision("l-1", 1, 1)
    screener.answer("l-1", "release")
    released = screener.wait_for_decision("l-1", 1, 1)
    assert (released.decision, released.sequence, released.supersedes) == ("release", 2, held.decision_id)
    assert released.decision_id != held.decision_id
    screener.publish(listing(type="edited", revision=2, event_id="e-2"))
    edited = screener.wait_for_decision("l-1", 2, 1)
    assert (edited.decision, edited.sequence) != ("release", 1), "nothing of this revision was held that could be released"
    assert len(screener.decisions) == 3


def test_a_forced_silence_is_a_timeout(screener: LocalScreener) -> None:
    screener.answer("l-1", None)
    screener.publish(listing())
    with pytest.raises(NoDecision):
        screener.wait_for_decision("l-1", 1, timeout_s=1)
    screener.answer("l-1", "allow")
    screener.publish(listing(type="edited", revision=2, event_id="e-2"))
    assert screener.wait_for_decision("l-1", 2, 1).decision == "allow"


def test_what_cannot_be_forced_is_refused(screener: LocalScreener) -> None:
    with pytest.raises(ValueError, match="say one of allow, hold, block, release, or None"):
        screener.answer("l-1", "reject")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="publish it first"):
        screener.answer("l-1", "release")


def test_a_brand_is_checked_like_a_registry_file() -> None:
    with pytest.raises(ValueError, match="name"):
        LocalScreener([Brand(brand_id="b", name="Velmora"), {"brand_id": "c"}])


def test_two_sellers_may_use_one_listing_id(screener: LocalScreener) -> None:
    screener.publish(listing(seller_id="s-1"))
    screener.publish(listing(seller_id="s-2", title="Velmora handbag, replica 1:1"))
    assert screener.wait_for_decision("l-1", 1, 1).decision == "block"  # the one published last
    assert screener.wait_for_decision("l-1", 1, 1, seller_id="s-1").decision == "allow"
    with pytest.raises(NoDecision):
        screener.wait_for_decision("l-1", 1, 1, seller_id="s-3")
