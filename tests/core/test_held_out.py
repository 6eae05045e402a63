"""The held-out half of the quality benchmark is what it says: enough cases of every family, each a listing that intake would read.

Blind spot: whether a case is fair or realistic, and what the judge answers; the first is for a reader, the second for the benchmark's report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import msgspec
import pytest

from screener.contracts import ListingEdited, ListingEvent, ListingPublished
from tests.bench.quality.brands import benchmark_brands
from tests.bench.quality.cases import Attack, Brands, HardNegative
from tests.bench.quality.held_out import ATTACKS_EACH, FAMILIES, KINDS, NEGATIVES_EACH, held_out_attacks, held_out_negatives

_decode = msgspec.json.Decoder(ListingEvent).decode
EXPECTED = frozenset(
    {
        "open_slang",
        "lookalike_alphabet",
        "decorated_alphabet",
        "leet",
        "separators",
        "zero_width",
        "misspelt",
        "pinyin",
        "homophones",
        "glyph_variants",
        "split_characters",
        "traditional",
        "martian",
        "hinted_claim",
        "contact_diversion",
        "price_only",
        "picture_only",
        "copied_text",
        "copied_photo",
        "bait_and_switch",
        "burst",
        "relisted",
        "gated_brand",
        "parallel_import",
        "declared_brand",
        "category_mismatch",
        "accessory_cover",
        "foreign_language",
        "pack_price",
    }
)


@pytest.fixture(scope="module", params=[False, True], ids=["invented brands", "with the real registry"])
def brands(request: pytest.FixtureRequest) -> Brands:
    return benchmark_brands(request.param)


@pytest.fixture(scope="module")
def attacks(brands: Brands) -> tuple[Attack, ...]:
    return tuple(held_out_attacks(brands, 7))


@pytest.fixture(scope="module")
def negatives(brands: Brands) -> tuple[HardNegative, ...]:
    return tuple(held_out_negatives(brands, 7))


def _both(attacks: tuple[Attack, ...], negatives: tuple[HardNegative, ...]) -> Iterator[Attack | HardNegative]:
    yield from attacks
    yield from negatives


def test_every_family_has_its_number(attacks: tuple[Attack, ...], negatives: tuple[HardNegative, ...]) -> None:
    assert frozenset(FAMILIES) == EXPECTED
    assert ATTACKS_EACH >= 80
    assert Counter(attack.family for attack in attacks) == dict.fromkeys(FAMILIES, ATTACKS_EACH)
    assert len(KINDS) >= 20
    assert NEGATIVES_EACH >= 40
    assert Counter(negative.kind for negative in negatives) == dict.fromkeys(KINDS, NEGATIVES_EACH)


def test_every_event_passes_the_decoder_and_the_last_has_content(attacks: tuple[Attack, ...], negatives: tuple[HardNegative, ...]) -> None:
    for case in _both(attacks, negatives):
        events = [_decode(event) for event in case.events]
        assert isinstance(events[-1], ListingPublished | ListingEdited)
        assert events[-1].title.strip()
        assert len({event.seller_id for event in events}) == 1
        assert all(before.occurred_at <= after.occurred_at for before, after in pairwise(events))
        sellers = {_decode(event).seller_id for event in case.evidence}
        assert events[0].seller_id not in sellers
        assert ("evidence" in case.needs) == bool(case.evidence)


def test_no_event_id_is_used_twice(attacks: tuple[Attack, ...], negatives: tuple[HardNegative, ...]) -> None:
    ids = Counter(_decode(event).event_id for case in _both(attacks, negatives) for event in (*case.events, *case.evidence))
    assert max(ids.values()) == 1


def test_cases_name_brands_of_the_registry(brands: Brands, attacks: tuple[Attack, ...], negatives: tuple[HardNegative, ...]) -> None:
    known = {maker.brand_id for maker in brands.makers}
    assert {case.brand_id for case in _both(attacks, negatives)} - {None} <= known


def test_titles_of_a_family_differ(attacks: tuple[Attack, ...]) -> None:
    titles = {family: set[str]() for family in FAMILIES}
    for attack in attacks:
        titles[attack.family].add(_decode(attack.events[-1]).title)
    assert {family for family, seen in titles.items() if len(seen) < 0.9 * ATTACKS_EACH} == set()


def test_equal_seeds_give_equal_cases_and_others_do_not(brands: Brands, attacks: tuple[Attack, ...]) -> None:
    assert tuple(held_out_attacks(brands, 7)) == attacks
    assert tuple(held_out_attacks(brands, 8)) != attacks
