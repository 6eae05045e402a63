"""The curve behind `judge.evidence.LIKE`: how often two texts are as alike as that when they are of one article, and when they are not.

    python -m tests.bench.likeness [--known 10000] [--json]

Two measures. Pairs: `relisting-pairs` of the real data beside the repository (English product titles of two shops, labelled by others as the same
article or not). Strangers: real titles of one shop each looked up among `--known` real titles of *other* shops as if those had been blocked; all are
honest, so each match is a false one (609 titles of the data really stand in several shops: those are counted apart).
Blind spot: titles without descriptions; a shop's own terms of sale, which many shops copy, are in neither.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from screener.contracts import EvidenceText, ListingPublished
from screener.judge.evidence import LIKE, MIN_TOKENS, compile_evidence
from screener.judge.fingerprint import sketch_likeness, text_sketch
from screener.judge.views import views_of
from tests.bench.setting import real

STEPS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
ASKED = 3_000
"""Titles looked up: a share of one in a thousand is told from none."""


def _sketch(title: str) -> bytes:
    return text_sketch(views_of(title).plain, "")


def pairs() -> list[dict[str, Any]]:
    """For each step the share of same and of different pairs at or above it, of those that say enough."""
    path = Path(__file__).parents[2].parent / "shared" / "data" / "relisting-pairs.jsonl.gz"
    with gzip.open(path) as lines:
        rows = [msgspec.json.decode(line) for line in lines]
    graded: dict[int, list[float]] = {0: [], 1: []}
    for row in rows:
        one, other = _sketch(row["left"]["title"]), _sketch(row["right"]["title"])
        graded[row["same"]].append(sketch_likeness(one, other))
    return [
        {"likeness": step, **{f"{name}_share": round(sum(x >= step for x in graded[same]) / len(graded[same]), 4) for name, same in NAMES}}
        for step in STEPS
    ]


NAMES = (("same", 1), ("different", 0))


def strangers(known: int) -> dict[str, Any]:
    """How many honest titles match one of `known` titles of other shops: each shop is on one side only."""
    listings = real(100_000)[1]
    stock: list[ListingPublished] = []
    asked: list[ListingPublished] = []
    for event in listings:
        (stock if sum(event.seller_id.encode()) % 2 else asked).append(event)
    items = [
        EvidenceText(sketch=sketch.hex(), listing_id=event.listing_id, seller_id=event.seller_id)
        for event in _spread(stock, known)
        if len(sketch := _sketch(event.title)) >= 4 * MIN_TOKENS
    ]
    evidence, titles = compile_evidence(items, ()), {event.listing_id: event.title for event in stock}
    found, verbatim, told = [], 0, 0
    for event in _spread(asked, ASKED):
        sketch = _sketch(event.title)
        if len(sketch) < 4 * MIN_TOKENS:
            continue
        told += 1
        if (near := evidence.nearest_text(sketch)) is not None:
            if titles[near[0].listing_id] == event.title:
                verbatim += 1
            else:
                found.append(near[1])
    curve = [{"likeness": step, "false_share": round(sum(x >= step for x in found) / told, 4)} for step in STEPS if step >= LIKE]
    return {"texts_known": len(items), "asked": told, "verbatim": verbatim, "curve": curve}


def _spread(events: list[ListingPublished], count: int) -> list[ListingPublished]:
    return events[:: max(1, len(events) // count)][:count]


def main() -> None:
    """Prints both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--known", type=int, default=10_000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not (Path(__file__).parents[2].parent / "shared" / "data").is_dir():
        sys.exit("../shared/data with real pairs is not here")
    figures: dict[str, Any] = {"pairs": pairs(), "strangers": strangers(options.known)}
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for row in figures["pairs"]:
        print(f"likeness >= {row['likeness']}: {row['same_share']:.1%} of same, {row['different_share']:.2%} of different pairs")
    other = figures["strangers"]
    print(f"{other['asked']} honest titles among {other['texts_known']} texts of other shops; {other['verbatim']} stand there word for word")
    for row in other["curve"]:
        print(f"likeness >= {row['likeness']}: {row['false_share']:.2%} match one that is not the same")


if __name__ == "__main__":
    main()
