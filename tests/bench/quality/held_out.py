"""The benchmark's held-out half: attacks and innocent look-alikes of an author who saw neither the judge nor the other half.

Everything is constructed from a grammar, so a figure measured on it says how the judge meets these tricks, not how common they are.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from tests.bench.quality import (
    held_out_deeds,
    held_out_negatives_brands,
    held_out_negatives_shop,
    held_out_negatives_text,
    held_out_shop,
    held_out_text,
    held_out_words,
)
from tests.bench.quality.cases import Attack, Brands, HardNegative
from tests.bench.quality.held_out_goods import Scene, targets

ATTACKS_EACH: Final = 84
"""Listings per family: a recall of 95 % is then known to about five points either way."""
NEGATIVES_EACH: Final = 40

FAMILIES: Final = {**held_out_words.FAMILIES, **held_out_text.FAMILIES, **held_out_deeds.FAMILIES, **held_out_shop.FAMILIES}
KINDS: Final = {**held_out_negatives_brands.KINDS, **held_out_negatives_shop.KINDS, **held_out_negatives_text.KINDS}


def _scenes(brands: Brands, seed: int, name: str, count: int) -> Iterator[Scene]:
    pool = targets(brands)
    for number in range(count):
        yield Scene(brands, pool, random.Random(f"held-out/{seed}/{name}/{number}"), f"held-{name}-{number}")


def held_out_attacks(brands: Brands, seed: int) -> Iterator[Attack]:
    """`ATTACKS_EACH` attacks of every family, phrased with `brands`; equal seeds give equal bytes."""
    for family, write in FAMILIES.items():
        for scene in _scenes(brands, seed, family, ATTACKS_EACH):
            yield replace(write(scene), family=family)


def held_out_negatives(brands: Brands, seed: int) -> Iterator[HardNegative]:
    """`NEGATIVES_EACH` innocent listings of every kind, phrased with `brands`; equal seeds give equal bytes."""
    for kind, write in KINDS.items():
        for scene in _scenes(brands, seed, kind, NEGATIVES_EACH):
            yield replace(write(scene), kind=kind)
