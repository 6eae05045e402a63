"""CPU time of the judge per listing, stage by stage, and what its tables weigh.

    python -m tests.bench.judge [--brands 10000] [--terms 100000] [--listings 3000] [--json]

Listings are the real ones where `../shared/data` is there, else the demo's; each is judged once, as a new listing, and read ahead with others as the
engine does. Every round has listings of its own: what the registry remembers of texts is as warm as it is in a worker, not warmer. Without
`--brands` the figures are for 2,000 brands (20,000 terms) and 10,000 brands (100,000 terms). Brands are invented here: syllables for Latin names,
frequent characters for Han ones; the real registry's names are never used, so almost no listing names a brand (`--named` puts one of them in front
of every fourth title, as often as real titles name registered brands). Each size runs in a process of its own, so that memory is what the tables
added to it. Times are process time, the best of several rounds; what another process does to the caches is still in them.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import psutil

from screener.contracts import Brand, InForce, ListingPublished
from screener.intake import milliseconds
from screener.judge.content import content_hash
from screener.judge.detectors import DETECTORS, Detector
from screener.judge.judge import apply, look_ahead
from screener.judge.listing_views import ListingViews, listing_views, listing_views_of_all
from screener.judge.policy import rule_on
from screener.judge.registry import Registry, compile_registry
from screener.judge.rulebook import parse_rulebook
from screener.judge.seller import SellerState
from screener.judge.side import Side
from screener.judge.views import views_of
from screener.offline import MemoryState
from screener.processor import Input, Origin
from screener.runtime.round import AHEAD_RECORDS
from tests.bench.setting import machine, published, real

SIZES = ((2_000, 20_000), (10_000, 100_000))
ROUNDS = 5
SEED = 11

_ONSETS = ("b", "br", "c", "cl", "d", "f", "g", "gr", "h", "j", "k", "l", "m", "n", "p", "qu", "r", "s", "st", "t", "tr", "v", "w", "z")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "ea", "ou")
_CODAS = ("", "", "n", "r", "l", "s", "x", "m")


def _latin(chance: random.Random) -> str:
    syllables = [chance.choice(_ONSETS) + chance.choice(_VOWELS) + chance.choice(_CODAS) for _ in range(chance.choice((2, 2, 3, 3, 4)))]
    name = "".join(syllables).title()
    return f"{name} {_latin(chance)}" if chance.random() < 0.2 else name


def _han(chance: random.Random) -> str:
    """Characters of the first level of GB 2312, which are the frequent ones."""
    return "".join(
        bytes((chance.randrange(0xB0, 0xD7), chance.randrange(0xA1, 0xFF))).decode("gb2312") for _ in range(chance.choice((2, 2, 3, 3, 4, 5)))
    )


def invented(brands: int, terms: int) -> tuple[Brand, ...]:
    """That many brands with that many different names in all, half of them Latin and half Han."""
    chance = random.Random(SEED)
    names: dict[str, None] = {}
    while len(names) < terms:
        names[_latin(chance) if chance.random() < 0.5 else _han(chance)] = None
    pool, each = list(names), terms // brands
    return tuple(
        Brand(brand_id=f"brand-{number}", name=pool[number * each], aliases=tuple(pool[number * each + 1 : (number + 1) * each]))
        for number in range(brands)
    )


def listings(count: int, named: bool, brands: Sequence[Brand]) -> list[ListingPublished]:
    """Ordinary listings, the real ones if they are here; with `named` every fourth begins with a brand's name."""
    here = (Path(__file__).parents[2].parent / "shared" / "data").is_dir()
    events = real(count)[1] if here else published(count)[1]
    if named:
        chance = random.Random(SEED)
        events = [
            event if number % 4 else msgspec.structs.replace(event, title=f"{chance.choice(brands).name} {event.title}")
            for number, event in enumerate(events)
        ]
    return events


Rounds = Sequence[Sequence[ListingPublished]]


def _slices(events: Sequence[ListingPublished]) -> list[Sequence[ListingPublished]]:
    return [events[at : at + AHEAD_RECORDS] for at in range(0, len(events), AHEAD_RECORDS)]


def _timed(work: Callable[[Any], object], rounds: Sequence[Sequence[Any]], each: int = 1) -> float:
    """Microseconds of CPU per listing, best round; an item is `each` listings."""
    best = float("inf")
    for items in rounds:
        started = time.process_time()
        for item in items:
            work(item)
        best = min(best, (time.process_time() - started) / len(items))
    return round(best / each * 1e6, 2)


def _seen(events: Sequence[ListingPublished], registry: Registry) -> list[tuple[ListingPublished, ListingViews]]:
    return [pair for part in _slices(events) for pair in zip(part, listing_views_of_all(part, registry), strict=True)]


def _detecting(detector: Detector, rounds: Rounds, seller: SellerState, side: Side) -> float:
    """One detector, as the first that asks of every listing."""
    return _timed(lambda pair: detector.detect(pair[0], pair[1], seller, None, side), [_seen(events, side.registry) for events in rounds])


def _inputs(events: Sequence[ListingPublished]) -> list[Input]:
    times = [milliseconds(event.occurred_at) for event in events]
    return [Input(event, Origin("screening.listing", 0, at, ms), ms, False, ()) for at, (event, ms) in enumerate(zip(events, times, strict=True))]


def _judge_all(rounds: Rounds, side: Side) -> float:
    """Microseconds of CPU per listing of the whole judge. State is written as the engine does, outside the time that counts."""
    best = float("inf")
    for events in rounds:
        state, spent = MemoryState(), 0.0
        for part in _slices(events):
            spent += _judged(state, _inputs(part), side, ahead=True)
        best = min(best, spent / len(events))
    return round(best * 1e6, 2)


def _judged(state: MemoryState, items: Sequence[Input], side: Side, *, ahead: bool) -> float:
    """Seconds of CPU for a slice of listings."""
    started = time.process_time()
    judgements = [apply(state, item, side) for item in (look_ahead(items, side) if ahead else items) if isinstance(item, Input)]
    spent = time.process_time() - started
    for judgement in judgements:
        state.write(dict(judgement.writes))
    return spent


def _ahead_ratio(rounds: Rounds, side: Side) -> float:
    """Median over slices of the time with reading ahead to that without; both ways in turn, each first in every second slice."""
    ratios: list[float] = []
    for events in rounds:
        alone, together = MemoryState(), MemoryState()
        for number, part in enumerate(_slices(events)):
            items = _inputs(part)
            order = (True, False) if number % 2 else (False, True)
            spent = {ahead: _judged(together if ahead else alone, items, side, ahead=ahead) for ahead in order}
            ratios.append(spent[True] / spent[False])
    return round(statistics.median(ratios), 3)


def measure(brands: int, terms: int, count: int, named: bool) -> dict[str, Any]:
    """All figures for one size of registry."""
    records = invented(brands, terms)
    events = listings(count * ROUNDS, named, records)
    rounds = [events[at::ROUNDS] for at in range(ROUNDS)]
    process = psutil.Process()
    before = process.memory_info().rss
    started = time.process_time()
    registry = compile_registry(records)
    compile_s = time.process_time() - started
    table_mb = (process.memory_info().rss - before) / 1e6
    in_force = InForce(offset=0, version="bench")
    rulebook = parse_rulebook((resources.files("screener.judge") / "rulebook.toml").read_text("utf-8"))
    side = Side(registry=registry, registry_in_force=in_force, rulebook=rulebook, rulebook_in_force=in_force)
    seller = SellerState(first_ms=0)
    seen = _seen(rounds[0], registry)
    signals = [tuple(found for one in DETECTORS if (found := one.detect(event, views, seller, None, side))) for event, views in seen]
    detectors = {one.name: _detecting(one, rounds, seller, side) for one in DETECTORS}
    parts = [_slices(one)[: len(one) // AHEAD_RECORDS] for one in rounds]
    stages = {
        "views": _timed(lambda event: (views_of(event.title), views_of(event.description)), rounds),
        "views_and_mentions": _timed(lambda event: listing_views(event, registry), rounds),
        "look_ahead": _timed(lambda part: listing_views_of_all(part, registry), parts, AHEAD_RECORDS),
        "detectors": round(sum(detectors.values()), 2),
        "ruling": _timed(lambda found: rule_on(found, rulebook), [signals] * ROUNDS),
        "content_hash": _timed(content_hash, rounds),
        "whole": _judge_all(rounds, side),
    }
    stages["mentions"] = round(stages["views_and_mentions"] - stages["views"], 2)
    stages["state_and_chain"] = round(stages["whole"] - stages["look_ahead"] - stages["detectors"] - stages["ruling"], 2)
    return {
        "brands": brands,
        "terms": terms,
        "listings": len(events),
        "title_characters": round(sum(len(event.title) for event in events) / len(events), 1),
        "naming_a_brand": round(sum(bool(views.mentions) for _, views in seen) / len(seen), 3),
        "compile_s": round(compile_s, 2),
        "tables_mb": round(table_mb, 1),
        "us_per_listing": stages,
        "us_per_detector": detectors,
        "ratio_ahead_to_alone": _ahead_ratio(rounds, side),
    }


def _alone(brands: int, terms: int, count: int, named: bool) -> dict[str, Any]:
    """The figures from a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (brands, terms, count, named))


def main() -> None:
    """Prints everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--brands", type=int, help="one size only")
    parser.add_argument("--terms", type=int, help="names in all; ten for each brand if not given")
    parser.add_argument("--listings", type=int, default=3_000)
    parser.add_argument("--named", action="store_true", help="put a registered name in front of every fourth title")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = [(options.brands, options.terms or 10 * options.brands)] if options.brands else SIZES
    figures: dict[str, Any] = {"machine": machine(), "sizes": [_alone(brands, terms, options.listings, options.named) for brands, terms in sizes]}
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    print(figures["machine"])
    for size in figures["sizes"]:
        print(f"{size['brands']} brands, {size['terms']} terms: compiled in {size['compile_s']} s, tables {size['tables_mb']} MB")
        print(f"  read ahead / alone   {size['ratio_ahead_to_alone']:8.2f}")
        for stage, spent in size["us_per_listing"].items():
            print(f"  {stage:20} {spent:8.2f} us")


if __name__ == "__main__":
    main()
