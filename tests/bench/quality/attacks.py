"""All families of constructed attacks. Seeded: the same registry and seed give the same bytes.

What the judge cannot see today is generated all the same, and says in `Attack.needs` what it takes:
`copied_text` and `copied_photo` need the evidence log or the brand's photos, `gated_brand` the registry's `gated`, `price_only` and `pack_price`
floors (or learnt prices), `parallel_import` authorised sellers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from tests.bench.quality import attacks_deeds as deeds
from tests.bench.quality import attacks_foreign, attacks_script
from tests.bench.quality import attacks_words as words
from tests.bench.quality.cases import Attack, Brands
from tests.bench.quality.scene import Scene

Family = Callable[[Scene], Iterator[Attack]]

FAMILIES: Final[Mapping[str, Family]] = {
    family.__name__: family
    for family in (
        words.open_slang,
        words.hinted_claim,
        words.contact_diversion,
        words.accessory_cover,
        words.parallel_import,
        attacks_foreign.foreign_language,
        *attacks_script.FAMILIES,
        deeds.price_only,
        deeds.pack_price,
        deeds.picture_only,
        deeds.copied_text,
        deeds.copied_photo,
        deeds.bait_and_switch,
        deeds.burst,
        deeds.relisted,
        deeds.gated_brand,
        deeds.declared_brand,
        deeds.category_mismatch,
    )
}

LISTINGS: Final = 200
"""A family's attacks in a full run: a tenth of recall is then known to ±4 points (two standard errors)."""


def attacks(brands: Brands, seed: int, count: int = LISTINGS, families: Sequence[str] = tuple(FAMILIES)) -> Iterator[Attack]:
    """`count` attacks of each family, one family after another. Raises `KeyError` for a family that does not exist."""
    for family in families:
        yield from islice(FAMILIES[family](Scene(brands, family, seed)), count)
