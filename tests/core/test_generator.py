"""The generated marketplace of `screener demo`.

Goal: one seed is one stream, byte for byte, on every machine; every event keeps the contract; the truth covers every published revision and plants
each technique; sellers are as uneven as real ones.
Method: streams of several sizes and seeds are generated and looked at as values; determinism is shown by fresh interpreters with other hash seeds.
Blind spot: whether the invented market resembles a real one, and whether another Python version draws the same numbers (one version is at hand).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256

import msgspec
import pytest

from screener.cli.demo import DEFAULT_LISTINGS, DEFAULT_SEED
from screener.client.events import EventCheck
from screener.codecs import canonical
from screener.contracts import Brand, ListingEdited, ListingEvent, ListingPublished, ListingRemoved
from screener.demo.crooked import CROOKED
from screener.demo.generator import Stream, generate
from screener.demo.honest import HONEST, ORDINARY, flagship, ordinary, resale
from screener.judge.registry import check_brands

_DIGEST = """
from hashlib import sha256
from screener.codecs import canonical
from screener.demo.generator import generate
stream = generate(7, 400)
print(sha256(b"".join(canonical(one) for part in (stream.brands, stream.events, stream.truths) for one in part)).hexdigest())
"""


@pytest.fixture(scope="module")
def stream() -> Stream:
    """What `screener demo` sends by default."""
    return generate(DEFAULT_SEED, DEFAULT_LISTINGS)


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_a_seed_is_one_stream_whatever_the_hash_seed(hash_seed: str) -> None:
    fresh = subprocess.run(
        [sys.executable, "-c", _DIGEST], env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, check=True, timeout=60
    )
    here = generate(7, 400)
    values = [canonical(one) for part in (here.brands, here.events, here.truths) for one in part]
    assert fresh.stdout.strip() == sha256(b"".join(values)).hexdigest()


def test_another_seed_is_another_market() -> None:
    one, other = generate(1, 200), generate(2, 200)
    assert one.events != other.events
    assert one.brands != other.brands


@pytest.mark.parametrize("listings", [1, 2, 9, 137])
@pytest.mark.parametrize("seed", [0, 5])
def test_a_stream_has_exactly_as_many_listings_as_asked_for(listings: int, seed: int) -> None:
    assert len({event.listing_id for event in generate(seed, listings).events}) == listings


def test_an_empty_stream_is_refused() -> None:
    with pytest.raises(ValueError, match="ask for one or more"):
        generate(1, 0)


def test_every_event_and_brand_keeps_its_contract(stream: Stream) -> None:
    check, brand = EventCheck(), msgspec.json.Decoder(Brand)
    for event in stream.events:
        assert check.seller_of(canonical(event)) == event.seller_id
    assert [brand.decode(canonical(one)) for one in stream.brands] == list(stream.brands)


def test_no_brand_is_refused_and_only_the_everyday_words_are_demoted(stream: Stream) -> None:
    assert [(finding.brand_id, finding.level) for finding in check_brands(stream.brands)] == [("silvanor", "demoted")] * 2


def test_claimed_times_are_past_and_in_order_except_for_repeats(stream: Stream) -> None:
    times = list({event.event_id: event.occurred_at for event in stream.events}.values())
    assert times == sorted(times)
    assert datetime(2026, 1, 5, tzinfo=UTC) <= times[0] <= times[-1] < datetime(2026, 2, 1, tzinfo=UTC)


def test_revisions_of_a_listing_grow_by_one_under_one_seller(stream: Stream) -> None:
    for events in _by_listing(stream).values():
        assert [event.revision for event in events] == list(range(1, len(events) + 1))
        assert len({event.seller_id for event in events}) == 1
        assert isinstance(events[0], ListingPublished)
        assert all(isinstance(event, ListingEdited) for event in events[1:-1])
        assert len(events) == 1 or isinstance(events[-1], ListingEdited | ListingRemoved)


def test_some_events_are_repeated_exactly(stream: Stream) -> None:
    repeated = len(stream.events) - len({event.event_id for event in stream.events})
    assert 0.005 < repeated / len(stream.events) < 0.02
    assert len({canonical(event) for event in stream.events}) == len(stream.events) - repeated


def test_truth_covers_every_published_revision_once(stream: Stream) -> None:
    said = Counter((truth.listing_id, truth.revision) for truth in stream.truths)
    published = {(event.listing_id, event.revision) for event in stream.events if not isinstance(event, ListingRemoved)}
    assert set(said) == published
    assert set(said.values()) == {1}
    assert all(bool(truth.technique) == truth.counterfeit == (not truth.likeness) for truth in stream.truths)


def test_every_technique_and_every_likeness_is_planted(stream: Stream) -> None:
    techniques = Counter(truth.technique for truth in stream.truths if truth.counterfeit)
    likenesses = Counter(truth.likeness for truth in stream.truths if not truth.counterfeit)
    assert set(techniques) == {story.__name__ for story in CROOKED}
    assert set(likenesses) == {story.__name__ for story in HONEST if story not in (ordinary, resale, flagship)} | {ORDINARY}
    assert min(techniques.values()) >= 10
    assert min(likenesses.values()) >= 10
    assert 0.02 < techniques.total() / len(stream.truths) < 0.1


def test_a_bait_is_innocent_until_it_is_switched(stream: Stream) -> None:
    known = {(truth.listing_id, truth.revision): truth for truth in stream.truths}
    switched = [truth for truth in stream.truths if truth.technique == "bait_and_switch"]
    assert all(not known[truth.listing_id, truth.revision - 1].counterfeit for truth in switched)


def test_counterfeits_come_from_a_few_sellers_who_also_sell_honest_goods(stream: Stream) -> None:
    seller_of = {event.listing_id: event.seller_id for event in stream.events}
    crooks = {seller_of[truth.listing_id] for truth in stream.truths if truth.counterfeit}
    assert len(crooks) < 0.06 * len(set(seller_of.values()))
    assert any(seller_of[truth.listing_id] in crooks for truth in stream.truths if not truth.counterfeit)
    authorised = {seller for brand in stream.brands for seller in brand.authorised_sellers}
    assert not crooks & authorised
    assert authorised & set(seller_of.values())


def test_sellers_are_as_uneven_as_real_ones(stream: Stream) -> None:
    sizes = sorted(Counter({event.listing_id: event.seller_id for event in stream.events}.values()).values(), reverse=True)
    top = sum(sizes[: len(sizes) // 100]) / sum(sizes)
    assert 0.15 < top < 0.35, "real marketplaces: a fifth to a quarter with the top 1 % of sellers"


def test_both_languages_and_all_conditions_occur(stream: Stream) -> None:
    contents = [event for event in stream.events if not isinstance(event, ListingRemoved)]
    assert {event.locale for event in contents} == {"zh-CN", "en"}
    assert {event.condition for event in contents} == {"new", "used", "unknown"}
    assert {event.price.currency for event in contents if event.price} == {"CNY", "USD"}


def _by_listing(stream: Stream) -> dict[str, list[ListingEvent]]:
    """Each listing's events in the order of the stream, repeats left out."""
    found: dict[str, dict[int, ListingEvent]] = {}
    for event in stream.events:
        found.setdefault(event.listing_id, {}).setdefault(event.revision, event)
    return {listing_id: list(events.values()) for listing_id, events in found.items()}
