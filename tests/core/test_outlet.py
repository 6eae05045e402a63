"""Goal: every topic gets exactly what an outcome says, under the right key and partition, and a trace or a dead letter keeps its input byte for byte.

Method: outcomes of real scenes through the driver, and doors called with hand-made inputs, with odd bytes in every place; sizes above the limit.
Blind spot: whether brokers take the records (`tests/broker/test_bad_input.py`), and the topics' own limits (`screener topics check`).
"""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener import outlet, topics
from screener.codecs import canonical
from screener.contracts import Action, BrandHit, Cause, Decision, InForce, TraceHead
from screener.processor import Headers, Incoming, Origin, Outcome, Outgoing, digest
from screener.step import Stepped
from screener.tracing import glance, split
from tests.driver import BLOCK, BRANDS, CLEAN, RULEBOOK, STRONG, WEAK, Driver, edited, published, removed

ORIGIN = Origin(topics.LISTING, 3, 42, 1_767_225_600_000)
SIDE = {topics.REGISTRY: InForce(offset=5, version="r"), topics.RULEBOOK: InForce(offset=-1, version="b")}
LARGE = outlet.MAX_RECORD_BYTES


def traced(incoming: Incoming, outcome: Outcome | None = None) -> Outgoing:
    return outlet.trace(topics.TRACE, incoming, outcome or Outcome(kind="judged", seller_id="s-1"), 9, SIDE, "before", "after")


def sent_to(stepped: Stepped) -> list[str]:
    return [record.topic for record in stepped.records]


# What goes where.


def test_decisions_come_before_what_follows_from_them_and_the_trace_last() -> None:
    driver = Driver(rulebook=RULEBOOK)
    first = driver.publish(published("s", "l", 1, WEAK))
    assert sent_to(first) == [topics.DECISION, topics.HOLD, topics.BRAND_HIT, topics.TRACE]
    second = driver.publish(edited("s", "l", 2, BLOCK))
    assert sent_to(second) == [topics.DECISION, topics.HOLD, topics.BLOCK, topics.TRACE]
    assert sent_to(driver.publish(removed("s", "l", 3))) == [topics.BLOCK, topics.TRACE]
    assert sent_to(driver.publish(removed("s", "l", 3))) == [topics.TRACE]
    assert sent_to(driver.publish(removed("s", "l", 2))) == [topics.TRACE]
    assert sent_to(driver.publish(published("s", "l", 3, CLEAN))) == [topics.DEAD_LETTER, topics.TRACE]


def test_keys_and_partitions_are_the_sellers_and_a_brand_hits_the_brands() -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s-1", "l", 1, f"{WEAK} Tarquent"))
    keys = {record.topic: (record.key, record.partition) for record in driver.sent if record.topic != topics.BRAND_HIT}
    assert keys == dict.fromkeys((topics.DECISION, topics.HOLD, topics.TRACE), (b"s-1", 0))
    hits = [record for record in driver.sent if record.topic == topics.BRAND_HIT]
    assert [(hit.key, hit.partition) for hit in hits] == [(brand.brand_id.encode(), None) for brand in BRANDS]
    decoded = [msgspec.json.decode(hit.value, type=BrandHit) for hit in hits]
    assert [(hit.brand_id, hit.decision, hit.decision_id) for hit in decoded] == [
        (brand.brand_id, "hold", driver.decisions()[0].decision_id) for brand in BRANDS
    ]


def test_every_record_bears_its_schema_and_what_the_input_carried() -> None:
    driver = Driver(rulebook=RULEBOOK)
    carried = (("traceparent", b"00-t"), ("cause_id", b"c"))
    stepped = driver.publish(published("s", "l", 1, WEAK), headers=(("schema", b"1"), ("traceparent", b"00-t"), ("ce_id", b"c"), ("other", b"x")))
    headers = {record.topic: record.headers for record in stepped.records}
    schema: Headers = (("schema", b"1"),)
    assert headers == {topics.DECISION: schema + carried, topics.HOLD: schema + carried, topics.BRAND_HIT: schema + carried, topics.TRACE: schema}


def test_values_are_canonical_and_read_back() -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s", "l", 1, f"维摩拉 {STRONG}"))
    kinds: dict[str, Any] = {topics.DECISION: Decision, topics.HOLD: Action, topics.BRAND_HIT: BrandHit}
    seen = [record for record in driver.sent if record.topic in kinds]
    assert {record.topic for record in seen} == set(kinds)
    for record in seen:
        assert canonical(msgspec.json.decode(record.value, type=kinds[record.topic])) == record.value
        assert b"\n" not in record.value
    assert "维摩拉".encode() in driver.sent[0].value  # as UTF-8, not escaped


def test_a_tick_sends_its_decisions_under_each_sellers_key() -> None:
    driver = Driver(rulebook=RULEBOOK)
    for seller in ("s-1", "s-2"):
        driver.publish(published(seller, "l", 1, WEAK))
    before = len(driver.sent)
    driver.advance(49 * 60)
    new = driver.sent[before:]
    assert [(record.topic, record.key) for record in new if record.topic != topics.BRAND_HIT] == [
        (topics.DECISION, b"s-1"),
        (topics.DECISION, b"s-2"),
        (topics.HOLD, b"s-1"),
        (topics.HOLD, b"s-2"),
        (topics.TRACE, None),
    ]


# The trace.

ODD_BYTES = [b"", b"\n", b"{}\n{}", b"\xff\xfe\x00", '{"title":"\u2028"}'.encode(), b"x" * 100_000]


@pytest.mark.parametrize("value", ODD_BYTES)
def test_a_trace_keeps_the_inputs_bytes(value: bytes) -> None:
    record = traced(Incoming(ORIGIN, b"s-1", value, ()))
    assert split(record.value)[1] == value
    assert record.value.endswith(value)


def test_a_trace_tells_no_value_from_an_empty_one() -> None:
    assert split(traced(Incoming(ORIGIN, b"s-1", None, ())).value)[1] is None
    assert split(traced(Incoming(ORIGIN, b"s-1", b"", ())).value)[1] == b""


def test_a_trace_head_says_everything_about_its_input() -> None:
    headers: Headers = (("schema", b"1"), ("empty", b""), ("none", None), ("\u00e9\n", b"\xff"))
    decision = canonical({"decision": "hold", "n": [1]})
    outcome = Outcome(
        kind="judged", reason="why", decisions=(decision, decision), failed_detectors=("price_floor",), listing_id="l", seller_id="卖家"
    )
    record = traced(Incoming(ORIGIN, b"\xffkey", b"value", headers), outcome)
    head, _ = split(record.value)
    assert head == TraceHead(
        format=1,
        sequence=9,
        outcome="judged",
        reason="why",
        cause=Cause(topic=topics.LISTING, partition=3, offset=42),
        timestamp_ms=ORIGIN.timestamp_ms,
        key=base64.b64encode(b"\xffkey").decode(),
        headers=(("schema", "MQ=="), ("empty", ""), ("none", None), ("\u00e9\n", "/w==")),
        listing_id="l",
        seller_id="卖家",
        decisions=({"decision": "hold", "n": [1]},) * 2,
        failed_detectors=("price_floor",),
        side=SIDE,
        state_before="before",
        state_after="after",
        judge_version=head.judge_version,
        input_present=True,
    )
    assert (record.topic, record.key, record.partition, record.headers) == (topics.TRACE, "卖家".encode(), 3, (("schema", b"1"),))
    seen = glance(record.value)
    assert (seen.cause, seen.outcome, seen.reason, seen.sequence) == (head.cause, "judged", "why", 9)


def test_a_trace_head_is_one_line_with_sorted_keys() -> None:
    line = traced(Incoming(ORIGIN, None, b"v", (("b", b"1"), ("a", b"2")))).value.partition(b"\n")[0]
    names = list(json.loads(line))
    assert names == sorted(names)
    assert [name for name, _ in json.loads(line)["headers"]] == ["b", "a"]  # order among headers is the producer's


@pytest.mark.parametrize(("seller_id", "key", "expected"), [("s-1", b"other", b"s-1"), (None, b"other", b"other"), (None, None, None)])
def test_a_trace_is_keyed_by_the_seller_if_one_is_known(seller_id: str | None, key: bytes | None, expected: bytes | None) -> None:
    assert traced(Incoming(ORIGIN, key, b"v", ()), Outcome(kind="dead_letter", seller_id=seller_id)).key == expected


def test_state_hashes_tell_what_changed() -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s", "l", 1, CLEAN))
    driver.publish(edited("s", "l", 2, CLEAN))
    driver.publish(edited("s", "l", 2, CLEAN))
    driver.publish(published("s", "l-2", 1, CLEAN))
    first, second, repeated, other = [head for head, _ in driver.traces()]
    assert first.state_after == second.state_before != second.state_after
    assert repeated.state_before == repeated.state_after
    assert other.state_before not in (second.state_after, first.state_before)  # the same seller, another listing
    keys = [record for record in driver.state.values if record[:1] == b"s"], [b"l\x00\x01sl-2"]
    touched = [*keys[0], *keys[1]]
    assert other.state_after == digest(touched, [driver.state.get(key) for key in touched])


def test_a_digest_tells_missing_from_empty_and_key_from_value() -> None:
    digests = {digest([b"a"], [None]), digest([b"a"], [b""]), digest([b"a"], [b"\x00"]), digest([b"a", b""], [b"", None]), digest([], [])}
    assert len(digests) == 5
    assert digest([b"a", b"b"], [b"1", b"2"]) != digest([b"b", b"a"], [b"2", b"1"])


# Dead letters.


@pytest.mark.parametrize("value", ODD_BYTES)
def test_a_dead_letter_is_the_input_as_it_came(value: bytes) -> None:
    headers: Headers = (("schema", b"9"), ("x", None), ("x", b"\xff"))
    record = outlet.dead_letter(Incoming(ORIGIN, b"\xff", value, headers), "not_json", "why; do this")
    assert (record.topic, record.key, record.value, record.partition) == (topics.DEAD_LETTER, b"\xff", value, 3)
    assert record.headers[:3] == headers
    assert dict(record.headers[3:]) == {
        "screener.dlq.topic": b"marketplace.listing",
        "screener.dlq.partition": b"3",
        "screener.dlq.offset": b"42",
        "screener.dlq.timestamp_ms": b"1767225600000",
        "screener.dlq.reason": b"not_json",
        "screener.dlq.detail": b"why; do this",
    }


def test_a_dead_letter_that_failed_again_says_its_latest_reason_once() -> None:
    first = outlet.dead_letter(Incoming(ORIGIN, b"s", b"v", (("x", b"1"),)), "not_json", "first")
    again = Incoming(Origin(topics.LISTING, 3, 99, 1), first.key, first.value, first.headers)
    second = outlet.dead_letter(again, "missing_field", "second")
    assert len(second.headers) == len(first.headers) == len(dict(second.headers))
    assert dict(second.headers)["screener.dlq.detail"] == b"second"
    assert dict(second.headers)["screener.dlq.offset"] == b"99"
    assert dict(second.headers)["x"] == b"1"


def test_a_detail_that_is_no_utf8_does_not_stop_the_line() -> None:
    record = outlet.dead_letter(Incoming(ORIGIN, None, None, ()), "not_utf8", "a \ud800 b")
    assert dict(record.headers)["screener.dlq.detail"] == b"a ? b"
    assert (record.key, record.value) == (None, b"")


@given(
    st.none() | st.binary(max_size=30),
    st.none() | st.binary(max_size=60),
    st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=9))),
)
def test_whatever_comes_is_traced_and_kept(key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    incoming = Incoming(ORIGIN, key, value, tuple(headers))
    head, stored = split(traced(incoming).value)
    back = tuple((name, None if text is None else base64.b64decode(text)) for name, text in head.headers)
    assert (stored, back, head.key and base64.b64decode(head.key)) == (value, tuple(headers), None if key is None else key or "")
    letter = outlet.dead_letter(incoming, "r", "d")
    assert (letter.key, letter.value, letter.headers[: len(headers)]) == (key, value or b"", tuple(headers))


# Sizes.


def test_size_counts_key_value_and_headers() -> None:
    assert outlet.size(Outgoing("t", b"12", b"345", (("6", b"78"), ("9", None)), 0)) == 9
    assert outlet.size(Outgoing("t", None, b"", (), None)) == 0


def test_what_leads_to_a_record_too_large_is_a_dead_letter_and_changes_nothing() -> None:
    driver = Driver(rulebook=RULEBOOK)
    padding = ("padding", b"x" * (LARGE * 3 // 4))  # base64 makes it as large as the limit
    stepped = driver.publish(published("s", "l", 1, WEAK), headers=(("schema", b"1"), padding))
    assert (stepped.outcome.kind, stepped.outcome.reason, stepped.outcome.writes) == ("dead_letter", "output_too_large", ())
    assert sent_to(stepped) == [topics.DEAD_LETTER, topics.TRACE]
    assert (driver.decisions(), driver.state.values) == ([], {})
    (letter,) = driver.dead_letters()
    assert (letter.reason, letter.value, letter.headers) == ("output_too_large", driver.inputs[0].value, (("schema", b"1"), padding))
    assert letter.detail.endswith("publish a smaller event")
    head, value = driver.traces()[0]
    assert (head.outcome, head.reason, head.listing_id, value) == ("dead_letter", "output_too_large", "l", driver.inputs[0].value)
    driver.publish(published("s", "l", 1, WEAK))
    assert [decision.decision for decision in driver.decisions()] == ["hold"]


MEBIBYTE = 1024 * 1024
"""What an input topic takes at most, key, value and headers together."""


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (b"k" * MEBIBYTE, ()),
        (b"s", (("x", b"x" * MEBIBYTE),)),
        (b"s", (("\x00" * MEBIBYTE, b""),)),
        (b"s", tuple((f"{number:06}", b"x") for number in range(MEBIBYTE // 7))),
        (None, (("\x01" * 500_000, None), ("\x01" * 500_000, None))),
    ],
    ids=["key", "header value", "header name", "many headers", "two names"],
)
@pytest.mark.parametrize("value", [published("s", "l", 1, WEAK), b"{", None], ids=["event", "malformed", "null"])
def test_no_input_the_broker_takes_leads_to_a_record_it_does_not(key: bytes | None, headers: Headers, value: Any) -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(value, key=key, headers=headers)
    assert max(outlet.size(record) for record in driver.sent) <= LARGE
    assert len(driver.traces()) == 1
    for letter in driver.dead_letters():
        assert (letter.key, letter.value, letter.headers) == (key, driver.inputs[0].value or b"", headers)


def test_a_mebibyte_of_text_is_judged() -> None:
    driver = Driver()
    stepped = driver.publish(published("s", "l", 1, CLEAN, description="夏" * (MEBIBYTE // 3 - 1_000)))
    assert stepped.outcome.kind == "judged"
    assert outlet.size(stepped.records[-1]) > MEBIBYTE * 9 // 10
