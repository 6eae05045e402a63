"""CPU time of the two detectors that read evidence, and what evidence weighs, by how much is known.

    python -m tests.bench.evidence [--json]

Asked are 3,000 real titles (those of `../shared/data`; it ends where they are absent) with one random photo each; known are other titles of the same
data and random photos, as many of each: nothing is near, which is the ordinary listing. Process time, the best of three rounds.
Blind spot: what another process does to the caches; random hashes spread more evenly than those of real photos.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import time
from importlib import resources
from typing import Any

import psutil
from msgspec.structs import replace

from screener.contracts import EvidenceItem, EvidencePhoto, EvidenceText, Image, InForce
from screener.judge.detectors import copied_photo, copied_text
from screener.judge.evidence import compile_evidence, evidence_of
from screener.judge.listing_views import listing_views
from screener.judge.registry import compile_registry
from screener.judge.rulebook import parse_rulebook
from screener.judge.side import Side
from tests.bench.setting import machine, real

SIZES = (0, 10_000, 100_000)
ASKED_EVERY = 30
"""Of some 90,000 listings one in this many is asked for, the rest is known."""
ROUNDS = 3


def measure(size: int) -> dict[str, Any]:
    """The figures with `size` photos and the texts of `size` listings (those that say enough)."""
    chance = random.Random(size)
    listings = real(100_000)[1]
    known = [event for number, event in enumerate(listings) if number % ASKED_EVERY]
    items: list[EvidenceItem] = []
    for number in range(size):
        event = replace(known[number % len(known)], listing_id=f"blocked-{number}")
        items += [item for item in evidence_of(event) if isinstance(item, EvidenceText)]
        items.append(EvidencePhoto(pdq=_photo(chance), listing_id=event.listing_id, seller_id=event.seller_id))
    process = psutil.Process()
    before, started = process.memory_info().rss, time.process_time()
    evidence = compile_evidence(items, ())
    compile_s, weight_mb = time.process_time() - started, (process.memory_info().rss - before) / 1e6
    in_force = InForce(offset=0, version="bench")
    rulebook = parse_rulebook((resources.files("screener.judge") / "rulebook.toml").read_text("utf-8"))
    registry = compile_registry(())
    side = Side(registry=registry, registry_in_force=in_force, rulebook=rulebook, rulebook_in_force=in_force, evidence=evidence)
    asked = [replace(event, images=(Image(url="u", pdq=_photo(chance)),)) for event in listings[::ASKED_EVERY]]
    seen = [(event, listing_views(event, registry)) for event in asked]
    spent = {}
    for detector in (copied_text, copied_photo):
        best = float("inf")
        for _ in range(ROUNDS):
            started = time.process_time()
            for event, views in seen:
                detector.detect(event, views, None, None, side)
            best = min(best, time.process_time() - started)
        spent[detector.__name__.rpartition(".")[2]] = round(best / len(seen) * 1e6, 1)
    return {"photos": size, "items": len(items), "compile_s": round(compile_s, 1), "weight_mb": round(weight_mb, 1), "us_per_listing": spent}


def _photo(chance: random.Random) -> str:
    return f"{chance.getrandbits(256):064x}"


def main() -> None:
    """Prints a line for each size, each from a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sizes = []
    for size in SIZES:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            sizes.append(pool.apply(measure, (size,)))
    if options.json:
        print(json.dumps({"machine": machine(), "sizes": sizes}, indent=2))
        return
    print(machine())
    for one in sizes:
        us = one["us_per_listing"]
        cost = f"text {us['copied_text']} us, photo {us['copied_photo']} us"
        print(f"{one['items']} items: {cost}, {one['weight_mb']} MB, compiled in {one['compile_s']} s")


if __name__ == "__main__":
    main()
