"""Goal: whatever lies on an input topic becomes an event or a dead letter that says why and what to do; nothing raises, nothing is guessed at.

Method: a table of every way to be malformed, with its reason; bounds tried from both sides; fuzzing with any bytes, broken events, any JSON, and
(through the whole core) events with any content.
Blind spot: what the contracts should allow at all; bytes that librdkafka itself refuses (a header name that is no UTF-8).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener import topics
from screener.catalog import BRAND_COUNTER, JUDGE
from screener.contracts import ListingPublished, Verdict
from screener.intake import INPUT_CONTRACTS, MAX_CARRIED_BYTES, MAX_CLOCK_SKEW_MS, MAX_DEPTH, MAX_DETAIL_CHARACTERS, milliseconds
from screener.processor import Headers, Incoming, Input, Malformed, Origin
from tests.driver import Driver

APPENDED_MS = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""

REMEDY = {
    "empty": "publish the event as JSON (a removal is an event of type removed)",
    "not_json": "publish one JSON object per record, UTF-8, without lone surrogates",
    "not_utf8": "encode the JSON as UTF-8",
    "too_deep": "flatten `attributes`",
    "invalid_value": "see topics/schemas",
    "missing_field": "see topics/schemas",
    "unknown_schema": "publish that version or upgrade the screener",
    "key_mismatch": "set it, so that the events of one key stay in order",
}
"""How the detail of each reason ends."""

EVENT: dict[str, Any] = {
    "type": "published",
    "event_id": "e-1",
    "occurred_at": "2026-01-01T00:00:00Z",
    "listing_id": "l-1",
    "revision": 1,
    "seller_id": "s-1",
    "title": "soft cotton scarf",
    "price": {"amount": "19.90", "currency": "EUR"},
    "condition": "new",
}


def read(value: bytes | None, *, key: bytes | None = b"s-1", headers: Headers = (), topic: str = topics.LISTING) -> Input | Malformed:
    return JUDGE.read(Incoming(Origin(topic, 0, 7, APPENDED_MS), key, value, headers))


def event(**changed: Any) -> bytes:
    return json.dumps({**EVENT, **changed}).encode()


def without(name: str) -> bytes:
    return json.dumps({field: value for field, value in EVENT.items() if field != name}).encode()


def raw(old: str, new: bytes) -> bytes:
    """The event with some of its text replaced by bytes."""
    whole = event()
    assert old.encode() in whole
    return whole.replace(old.encode(), new)


def accepted(value: bytes, **more: Any) -> Input:
    item = read(value, **more)
    assert isinstance(item, Input), item
    return item


def refused(value: bytes | None, reason: str, **more: Any) -> Malformed:
    item = read(value, **more)
    assert isinstance(item, Malformed), item
    assert item.reason == reason
    assert item.detail.endswith(f"; {REMEDY[reason]}")
    assert len(item.detail) <= MAX_DETAIL_CHARACTERS
    return item


def test_an_event_is_read_as_it_is() -> None:
    item = accepted(event())
    assert isinstance(item.event, ListingPublished)
    assert (item.event.seller_id, item.event.revision, item.event.title) == ("s-1", 1, "soft cotton scarf")
    assert (item.origin, item.occurred_ms, item.skewed, item.carried) == (Origin(topics.LISTING, 0, 7, APPENDED_MS), APPENDED_MS, False, ())


def test_every_input_topic_of_the_judge_is_read() -> None:
    assert set(JUDGE.inputs) == set(INPUT_CONTRACTS)
    for topic in JUDGE.inputs:
        refused(b"{}", "missing_field", topic=topic)


MALFORMED: dict[str, tuple[bytes | None, str]] = {
    "null value": (None, "empty"),
    "empty": (b"", "empty"),
    "only spaces": (b" \r\n\t", "empty"),
    "no JSON": (b"hello", "not_json"),
    "half an event": (event()[:40], "not_json"),
    "two events": (event() + event(), "not_json"),
    "byte order mark": (b"\xef\xbb\xbf" + event(), "not_json"),
    "zero bytes": (bytes(20), "not_json"),
    "Avro with a schema id": (b"\x00\x00\x00\x00\x2a\x06abc", "not_json"),
    "not a number": (raw('"revision": 1', b'"revision": NaN'), "not_json"),
    "UTF-16": (event().decode().encode("utf-16"), "not_json"),
    "an array": (b"[]", "invalid_value"),
    "null": (b"null", "invalid_value"),
    "a number": (b"1", "invalid_value"),
    "an array of events": (b"[" + event() + b"]", "invalid_value"),
    "unknown type": (event(type="relisted"), "invalid_value"),
    "no type": (without("type"), "missing_field"),
    "no seller": (without("seller_id"), "missing_field"),
    "no title": (without("title"), "missing_field"),
    "no time": (without("occurred_at"), "missing_field"),
    "seller is a number": (event(seller_id=1), "invalid_value"),
    "seller is empty": (event(seller_id=""), "invalid_value"),
    "seller is null": (event(seller_id=None), "invalid_value"),
    "seller is too long": (event(seller_id="s" * 201), "invalid_value"),
    "revision is text": (event(revision="1"), "invalid_value"),
    "revision is a fraction": (event(revision=1.5), "invalid_value"),
    "revision is a float": (event(revision=1.0), "invalid_value"),
    "revision is zero": (event(revision=0), "invalid_value"),
    "revision is true": (event(revision=True), "invalid_value"),
    "revision beyond 2^53": (event(revision=2**53), "invalid_value"),
    "revision beyond 64 bits": (event(revision=2**70), "invalid_value"),
    "revision with 5,000 digits": (raw('"revision": 1', b'"revision": ' + b"9" * 5_000), "invalid_value"),
    "negative price": (event(price={"amount": "-1", "currency": "EUR"}), "invalid_value"),
    "price is a number": (event(price={"amount": 1, "currency": "EUR"}), "invalid_value"),
    "price with a comma": (event(price={"amount": "1,5", "currency": "EUR"}), "invalid_value"),
    "price in Arabic digits": (event(price={"amount": "\u0661", "currency": "EUR"}), "invalid_value"),
    "price ends with a newline": (event(price={"amount": "19.90\n", "currency": "EUR"}), "invalid_value"),
    "currency ends with a newline": (event(price={"amount": "19.90", "currency": "EUR\n"}), "invalid_value"),
    "price without currency": (event(price={"amount": "1"}), "missing_field"),
    "hash ends with a newline": (event(images=[{"url": "u", "pdq": "0" * 64 + "\n"}]), "invalid_value"),
    "negative quantity": (event(quantity=-1), "invalid_value"),
    "unknown condition": (event(condition="mint"), "invalid_value"),
    "time without offset": (event(occurred_at="2026-01-01T00:00:00"), "invalid_value"),
    "time is a number": (event(occurred_at=1_767_225_600), "invalid_value"),
    "no such day": (event(occurred_at="2026-02-30T00:00:00Z"), "invalid_value"),
    "year zero": (event(occurred_at="0000-01-01T00:00:00Z"), "invalid_value"),
    "attribute beyond double": (raw('"title"', b'"attributes": {"n": 1e999}, "title"'), "invalid_value"),
    "attributes are a list": (event(attributes=[1]), "invalid_value"),
    "invalid UTF-8": (raw("soft", b"so\xfft"), "not_utf8"),
    "UTF-8 cut off": (raw("scarf", b"scar\xe4\xb8"), "not_utf8"),
    "surrogate as UTF-8": (raw("soft", b"so\xed\xa0\x80t"), "not_utf8"),
    "lone high surrogate": (raw("soft", rb"so\ud800t"), "not_json"),
    "lone low surrogate": (raw("soft", rb"so\udc00t"), "not_json"),
    "lone surrogate in an attribute's name": (raw('"title"', rb'"attributes": {"\ud800": 1}, "title"'), "not_json"),
    "2,000 levels": (event(attributes={"n": 1}).replace(b'{"n": 1}', b'{"n": ' + b"[" * 2_000 + b"]" * 2_000 + b"}"), "too_deep"),
    "100,000 levels never closed": (b"[" * 100_000, "too_deep"),
    "2,000 levels in an unknown field": (raw('"title"', b'"x": ' + b'{"a":' * 2_000 + b"1" + b"}" * 2_000 + b', "title"'), "too_deep"),
}


@pytest.mark.parametrize(("value", "reason"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_event_is_named(value: bytes | None, reason: str) -> None:
    refused(value, reason)


@pytest.mark.parametrize("value", [entry[0] for entry in MALFORMED.values()], ids=MALFORMED)
def test_it_goes_to_the_dead_letters_as_it_came(value: bytes | None) -> None:
    driver = Driver()
    stepped = driver.publish(value, key=b"any \xff key", headers=(("schema", b"1"), ("own", None)))
    (letter,) = driver.dead_letters()
    assert (letter.value, letter.key, letter.headers) == (value or b"", b"any \xff key", (("schema", b"1"), ("own", None)))
    assert (letter.origin, stepped.outcome.writes, driver.decisions()) == (driver.inputs[0].origin, (), [])
    assert driver.traces()[0][1] == value


@pytest.mark.parametrize("topic", JUDGE.inputs)
@pytest.mark.parametrize("value", [b"\xff", b"{", b"{}", b"[" * 5_000, None])
def test_no_topic_trusts_its_producer(topic: str, value: bytes | None) -> None:
    assert isinstance(read(value, topic=topic), Malformed)


# What is fine.

FINE: dict[str, bytes] = {
    "unknown field": event(colour="red"),
    "unknown field of any kind": event(next={"a": [1, {"b": None}]}),
    "unknown field beyond 64 bits": event(serial=2**70),
    "title is empty": event(title=""),
    "no price": event(price=None),
    "price of six digits after the point": event(price={"amount": "0.000001", "currency": "EUR"}),
    "largest revision": event(revision=2**53 - 1),
    "astral characters as escapes": event(title="scarf \U0001f9e3"),
    "astral characters as they are": json.dumps({**EVENT, "title": "scarf \U0001f9e3"}, ensure_ascii=False).encode(),
    "NUL in the title": event(title="a\x00b"),
    "spaces around": b"\n " + event() + b"\r\n",
    "offset": event(occurred_at="2026-01-01T09:00:00+09:00"),
    "year 1": event(occurred_at="0001-01-01T00:00:00+14:00"),
    "year 9999": event(occurred_at="9999-12-31T23:59:59-14:00"),
}


@pytest.mark.parametrize("value", FINE.values(), ids=FINE)
def test_what_is_unusual_and_fine_is_read(value: bytes) -> None:
    accepted(value)


@pytest.mark.parametrize("number", [2**63, 2**64, 2**70, -(2**200), 10**4_000])
def test_attributes_may_hold_integers_of_any_size(number: int) -> None:
    driver = Driver()
    first = driver.publish(event(attributes={"serial": number}))
    assert first.outcome.kind == "judged"
    assert driver.publish(event(attributes={"serial": number}, event_id="retry")).outcome.kind == "repeated"
    assert driver.publish(event(attributes={"serial": number + 1})).outcome.reason == "conflict"  # not rounded to a float on the way


def test_the_content_hash_tells_apart_what_json_tells_apart() -> None:
    driver = Driver()
    driver.publish(event(attributes={"a": 1, "b": [1, 2]}))
    assert driver.publish(event(attributes={"b": [1, 2], "a": 1})).outcome.kind == "repeated"
    for other in ({"a": 1, "b": [2, 1]}, {"a": "1", "b": [1, 2]}, {"a": True, "b": [1, 2]}, {"a": 1, "b": [1, 2], "c": None}):
        assert driver.publish(event(attributes=other)).outcome.reason == "conflict"


# Depth.


def nested(levels: int) -> bytes:
    """An event that nests so many levels, itself and its attributes included."""
    return event(attributes={"n": 1}).replace(b'{"n": 1}', b'{"n": ' + b"[" * (levels - 2) + b"]" * (levels - 2) + b"}")


def test_the_last_level_is_read_and_the_next_is_not() -> None:
    accepted(nested(MAX_DEPTH))
    refused(nested(MAX_DEPTH + 1), "too_deep")


def test_brackets_in_texts_and_side_by_side_are_not_depth() -> None:
    accepted(event(title="[" * 500, description="{" * 500 + '\\"[' * 500))
    accepted(event(attributes={"n": [[] for _ in range(5_000)]}))
    accepted(event(attributes={'"[' * 200: "]"}))


@pytest.mark.parametrize("levels", [90, 100, 101, 400, 900, 950, 980, 985, 988, 990, 992, 995, 1_000])
def test_depth_does_not_depend_on_who_calls(levels: int) -> None:
    """The interpreter's own limit would: a replay from another stack would differ, and the hash of what was just read could fail."""

    def called_from(frames: int) -> str:
        if frames:
            return called_from(frames - 1)
        return Driver().publish(nested(levels)).outcome.kind

    assert {called_from(0), called_from(100), called_from(300)} == {"judged" if levels <= MAX_DEPTH else "dead_letter"}


def test_a_text_without_end_is_looked_at_once() -> None:
    refused(b"[" * (MAX_DEPTH + 1) + b'"' + b'\\"' * 400_000, "too_deep")
    refused(b'{"a":[' + b"[]," * 60 + b'"' + b'\\"[' * 300_000, "not_json")


# Details.


@pytest.mark.parametrize(
    ("value", "reason"),
    [(event(condition="x" * 100_000), "invalid_value"), (event(type="\U0001f9e3" * 100_000), "invalid_value")],
)
def test_a_detail_that_quotes_the_input_is_cut_before_what_to_do(value: bytes, reason: str) -> None:
    detail = refused(value, reason).detail
    assert len(detail) == MAX_DETAIL_CHARACTERS
    assert "…; see topics/schemas" in detail


def test_a_detail_says_where() -> None:
    assert "$.price.amount" in refused(event(price={"amount": "-1", "currency": "EUR"}), "invalid_value").detail
    assert "`title`" in refused(without("title"), "missing_field").detail


# Key and headers.


@pytest.mark.parametrize("key", [None, b"", b"s-2", b"s-1 ", b"S-1", b"\xff"])
def test_the_key_must_be_the_seller(key: bytes | None) -> None:
    assert "seller_id" in refused(event(), "key_mismatch", key=key).detail


def test_a_key_is_compared_as_utf8() -> None:
    accepted(event(seller_id="卖家"), key="卖家".encode())
    accepted(event(seller_id="s" * 200), key=b"s" * 200)


def test_the_brand_counter_is_keyed_by_brand() -> None:
    hit = {"brand_id": "b", "listing_id": "l", "revision": 1, "seller_id": "s", "decision": "hold", "decision_id": "d"}
    incoming = Incoming(Origin(topics.BRAND_HIT, 0, 0, APPENDED_MS), b"b", json.dumps(hit).encode(), ())
    item = BRAND_COUNTER.read(incoming)
    assert isinstance(item, Input)
    assert (item.occurred_ms, item.skewed) == (APPENDED_MS, False)  # what goes between processors claims no time
    other = BRAND_COUNTER.read(Incoming(incoming.origin, b"s", incoming.value, ()))
    assert isinstance(other, Malformed)
    assert "brand_id" in other.detail


@pytest.mark.parametrize("version", [b"2", b"", b"1.0", b" 1", None, b"\xff" * 1_000])
def test_another_schema_version_is_not_guessed_at(version: bytes | None) -> None:
    assert len(refused(event(), "unknown_schema", headers=(("schema", version),)).detail) < 250


def test_the_known_schema_version_or_none_is_read() -> None:
    accepted(event(), headers=(("schema", b"1"),))
    accepted(event(), headers=())
    refused(event(), "unknown_schema", headers=(("schema", b"1"), ("schema", b"2")))


def test_trace_context_and_the_cause_are_carried() -> None:
    headers = (("traceparent", b"00-a-b-01"), ("ce_id", b"c-1"), ("ce_source", b"/shop"), ("authorization", b"secret"), ("tracestate", None))
    assert accepted(event(), headers=headers).carried == (("traceparent", b"00-a-b-01"), ("cause_id", b"c-1"), ("cause_source", b"/shop"))
    assert accepted(event(), headers=(("ce_traceparent", b"t"), ("ce_tracestate", b"s"))).carried == (("traceparent", b"t"), ("tracestate", b"s"))
    assert accepted(event(), headers=(("traceparent", b"1"), ("ce_traceparent", b"2"))).carried == (("traceparent", b"1"),)


def test_a_header_too_long_to_carry_is_left_behind() -> None:
    fits, longer = b"x" * MAX_CARRIED_BYTES, b"x" * (MAX_CARRIED_BYTES + 1)
    assert accepted(event(), headers=(("tracestate", longer), ("traceparent", fits))).carried == (("traceparent", fits),)


# Time.


@pytest.mark.parametrize(
    ("claimed", "ahead_ms", "skewed"),
    [
        ("2026-01-01T00:05:00Z", MAX_CLOCK_SKEW_MS, False),
        ("2026-01-01T00:05:00.001Z", MAX_CLOCK_SKEW_MS, True),
        ("2099-01-01T00:00:00Z", MAX_CLOCK_SKEW_MS, True),
        ("9999-12-31T23:59:59Z", MAX_CLOCK_SKEW_MS, True),
        ("2025-12-31T23:59:59Z", -1_000, False),
        ("1970-01-01T00:00:00Z", -APPENDED_MS, False),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000 - APPENDED_MS, False),
    ],
)
def test_a_claimed_time_is_believed_up_to_five_minutes_ahead(claimed: str, ahead_ms: int, skewed: bool) -> None:
    item = accepted(event(occurred_at=claimed))
    assert (item.occurred_ms - APPENDED_MS, item.skewed) == (ahead_ms, skewed)


def test_milliseconds_round_down() -> None:
    assert milliseconds(datetime(1970, 1, 1, 0, 0, 1, 999_999, tzinfo=UTC)) == 1_999
    assert milliseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


# Fuzzing.

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def check(item: Input | Malformed) -> None:
    if isinstance(item, Malformed):
        assert item.detail.endswith(f"; {REMEDY[item.reason]}")
        assert len(item.detail) <= MAX_DETAIL_CHARACTERS


@given(st.binary(max_size=300), st.none() | st.binary(max_size=20), st.sampled_from(JUDGE.inputs))
def test_any_bytes_are_answered(value: bytes, key: bytes | None, topic: str) -> None:
    check(read(value, key=key, topic=topic))


@given(ANY_JSON, st.sampled_from(JUDGE.inputs))
def test_any_json_is_answered(value: Any, topic: str) -> None:
    check(read(json.dumps(value).encode(), topic=topic))


@given(st.text(alphabet='[]{}"\\,:a1 ', max_size=400))
def test_any_brackets_are_answered(text: str) -> None:
    check(read(text.encode() * 3))


@given(st.randoms(use_true_random=False), st.integers(1, 6))
def test_any_damage_to_an_event_is_answered(dice: random.Random, strokes: int) -> None:
    value = bytearray(event(attributes={"a": [1, {"b": "c"}]}))
    damage: list[Callable[[int], None]] = [
        lambda at: value.__setitem__(at, dice.randrange(256)),
        lambda at: value.insert(at, dice.randrange(256)),
        lambda at: value.__delitem__(slice(at, at + dice.randrange(1, 9))),
        lambda at: value.extend(value[at:]),
    ]
    for _ in range(strokes):
        if value:
            dice.choice(damage)(dice.randrange(len(value)))
    check(read(bytes(value)))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*EVENT, "description", "category", "brand", "images", "attributes", "locale", "quantity"]), ANY_JSON, max_size=3)
)
def test_any_field_with_anything_in_it_is_judged_or_a_dead_letter(changed: dict[str, Any]) -> None:
    driver = Driver()
    for value in (event(**changed), event(**changed)):
        assert driver.publish(value).outcome.kind in ("judged", "recorded", "repeated", "dead_letter")
    assert len(driver.traces()) == 2
    assert len(driver.decisions()) + min(1, len(driver.dead_letters())) + sum(head.reason == "removal" for head, _ in driver.traces()) == 1


@settings(max_examples=200, deadline=None)
@given(title=st.text(max_size=80), description=st.text(max_size=200), attributes=st.dictionaries(st.text(max_size=5), ANY_JSON, max_size=3))
def test_any_text_is_judged(title: str, description: str, attributes: dict[str, Any]) -> None:
    driver = Driver()
    value = json.dumps({**EVENT, "title": title, "description": description, "attributes": attributes}).encode()
    stepped = driver.publish(value)
    assert (stepped.outcome.kind, stepped.outcome.failed_detectors) == ("judged", ())


def test_a_verdict_is_read_by_the_same_rules() -> None:
    verdict = {"event_id": "e", "type": "block", "occurred_at": "2026-01-01T00:00:00Z", "listing_id": "l", "revision": 1, "seller_id": "s-1"}
    refused(json.dumps(verdict).encode(), "missing_field", topic=topics.VERDICT)
    item = accepted(json.dumps({**verdict, "reviewer": "r"}).encode(), topic=topics.VERDICT)
    assert isinstance(item.event, Verdict)
    assert item.event.scope == "revision"
