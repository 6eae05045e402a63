"""Goal: the scorer is the same judge: the same bytes as the live path, twice, on any hash seed, and never an exception on any line of a file.

Method: one small stream through `Offline` and through the driver, twice and in child processes with several hash seeds; `MemoryState` against a plain
dict; lines that are no events.
Blind spot: ticks, of which `Offline` has none; other Python versions (`judge_version` tells them apart).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.codecs import canonical
from screener.contracts import ListingEvent
from screener.judge.keys import DEADLINES, deadline_key
from screener.judge.rulebook import RulebookError
from screener.offline import MemoryState, NoBrands, Offline
from tests.driver import BAR, BLOCK, BRANDS, CLEAN, RULEBOOK, START, STRONG, WEAK, Driver, edited, published, removed

SEEDS = ("0", "1", "20260501")
EVENTS = 90


def small_stream() -> list[bytes]:
    """Ninety events of three sellers: every text, edits, removals, repeats, conflicts, several signals and brands in one listing."""
    texts = (CLEAN, WEAK, STRONG, BLOCK, BAR, f"Tarquent 维摩拉 高仿 {STRONG}", "TARQUENT shoes, fits Velmora")
    events: list[ListingEvent] = []
    for number in range(EVENTS):
        seller, listing, revision = f"s-{number % 3}", f"l-{number % 7}", number // 7 + 1
        at = START + timedelta(minutes=10 * number)
        if number % 11 == 10:
            events.append(removed(seller, listing, revision, at=at))
        else:
            make = published if revision == 1 else edited
            attributes = {f"k{index}": [index, {"b": 1, "a": number}] for index in range(number % 5)}
            events.append(make(seller, listing, revision, texts[number * 5 % 7], at=at, attributes=attributes, category=("fashion",)))
    return [canonical(event) for event in (*events, *events[-3:], *events[:20])] + [b"no event", canonical({"seller_id": "s-1"})]


def scored() -> str:
    """Hash over every record and the whole state that the stream leads to."""
    offline, hasher = Offline(BRANDS), hashlib.sha256()
    for value in small_stream():
        stepped, _ = offline.judge(value)
        for record in stepped.records:
            hasher.update(repr((record.topic, record.key, record.value, record.headers, record.partition)).encode())
        hasher.update(repr(stepped.outcome).encode())
    hasher.update(repr(sorted(offline.state.values.items())).encode())
    return hasher.hexdigest()


def test_the_stream_shows_every_answer() -> None:
    offline = Offline(BRANDS)
    steps = [offline.judge(value) for value in small_stream()]
    assert {stepped.outcome.kind for stepped, _ in steps} == {"judged", "recorded", "repeated", "stale", "dead_letter"}
    assert {decision.decision for _, decisions in steps for decision in decisions} == {"allow", "hold", "block"}
    assert len({signal.name for _, decisions in steps for decision in decisions for signal in decision.signals}) >= 5


def test_twice_is_the_same() -> None:
    assert scored() == scored()


def test_the_hash_seed_decides_nothing() -> None:
    program = "from tests.core.test_offline import scored; print(scored())"
    results = {}
    for seed in SEEDS:
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True, timeout=60)
        results[seed] = done.stdout.strip()
    assert set(results.values()) == {scored()}, results


def test_the_scorer_decides_as_the_live_path_does() -> None:
    """All but where the side logs lie: the driver's append times are the claimed ones here, and nothing falls due within a day."""
    offline, driver = Offline(BRANDS, RULEBOOK), Driver(rulebook=RULEBOOK)
    for number, value in enumerate(small_stream()):
        live = driver.publish(value, at=START + timedelta(minutes=10 * number) if number < EVENTS else None, headers=())
        scored_step, decisions = offline.judge(value)
        assert live.outcome.writes == scored_step.outcome.writes
        assert (live.outcome.kind, live.outcome.reason) == (scored_step.outcome.kind, scored_step.outcome.reason)
        for one, other in zip(driver.decisions()[-len(decisions) :] if decisions else (), decisions, strict=True):
            assert one == replace(other, registry=one.registry, rulebook=one.rulebook)
    assert len(driver.decisions()) > EVENTS / 2
    assert driver.state.values == offline.state.values


# Lines that are no events.

EVENT: dict[str, Any] = json.loads(canonical(published("s", "l", 1, WEAK)))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "empty"),
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[" * 5_000, "too_deep"),
        (canonical({**EVENT, "occurred_at": "2026-01-05T10:00:00"}), "invalid_value"),
        (canonical({**EVENT, "occurred_at": 5}), "invalid_value"),
        (canonical({**EVENT, "seller_id": ""}), "invalid_value"),
        (canonical({**EVENT, "seller_id": None}), "invalid_value"),
        (canonical({"seller_id": "s", "occurred_at": "2026-01-05T10:00:00Z"}), "missing_field"),
    ],
)
def test_a_line_that_is_no_event_is_a_dead_letter(line: bytes, reason: str) -> None:
    stepped, decisions = Offline(BRANDS).judge(line)
    assert (stepped.outcome.kind, stepped.outcome.reason, decisions) == ("dead_letter", reason, ())


@pytest.mark.parametrize("year", ["0001", "1900", "1969", "1970", "2099", "9999"])
def test_a_hold_of_any_year_has_a_deadline(year: str) -> None:
    offline = Offline(BRANDS, RULEBOOK)
    _, (decision,) = offline.judge(canonical({**EVENT, "occurred_at": f"{year}-01-01T00:00:00Z"}))
    assert decision.decision == "hold"
    assert decision.review_by_ms is not None
    assert decision.review_by_ms > 0
    assert len(offline.state.scan(*DEADLINES, 9)) == 1


def test_an_event_is_keyed_by_its_own_seller_and_numbered_in_order() -> None:
    offline = Offline(BRANDS, RULEBOOK)
    _, (first,) = offline.judge(canonical(published("s-1", "l", 1, WEAK)))
    offline.judge(b"{")
    _, (second,) = offline.judge(canonical(published("s-2", "l", 1, WEAK)))
    assert (first.cause.offset, second.cause.offset) == (0, 2)
    assert first.appended_ms == first.occurred_ms
    assert first.decision_id != second.decision_id
    assert first.rulebook.offset == first.registry.offset == -1


def test_later_events_see_what_earlier_ones_left() -> None:
    offline = Offline(BRANDS, RULEBOOK)
    offline.judge(canonical(published("s", "l", 1, WEAK)))
    _, (decision,) = offline.judge(canonical(edited("s", "l", 2, WEAK)))
    assert "prior_hold" in [signal.name for signal in decision.signals]


def test_without_brands_nothing_is_judged() -> None:
    with pytest.raises(NoBrands, match="registry load"):
        Offline([])


def test_a_rulebook_that_is_none_is_refused() -> None:
    with pytest.raises(RulebookError):
        Offline(BRANDS, 'mode = "enforce"\nsurprise = 1\n')


# The state in memory.

KEYS = st.one_of(
    st.sampled_from([b"sa", b"sb", b"l\x00\x01ax", b"u", b"v"]),
    st.builds(deadline_key, st.integers(0, 6), st.sampled_from([b"", b"l\x00\x01ax", b"l\x00\x01ay"])),
)


@given(
    st.lists(st.dictionaries(KEYS, st.none() | st.binary(max_size=2), max_size=5), max_size=12),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(0, 5),
)
def test_memory_state_is_a_dict_with_ordered_deadlines(batches: list[dict[bytes, bytes | None]], first: int, last: int, limit: int) -> None:
    state, model = MemoryState(), dict[bytes, bytes]()
    for batch in batches:
        state.write(batch)
        for key, value in batch.items():
            if value is None:
                model.pop(key, None)
            else:
                model[key] = value
        assert state.values == model
        for key in batch:
            assert state.get(key) == model.get(key)
        for start, stop in (DEADLINES, (deadline_key(first, b""), deadline_key(last, b""))):
            expected = sorted((key, value) for key, value in model.items() if start <= key < stop)
            assert list(state.scan(start, stop, limit)) == expected[:limit]
            assert list(state.scan(start, stop, 1_000)) == expected
