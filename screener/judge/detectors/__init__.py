"""The detectors, in the order in which they run and their signals are listed. Each looks for one kind of evidence and knows no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from screener.contracts import ListingContent, Signal
from screener.judge.detectors import (
    accessory_cover,
    bait_and_switch,
    burst,
    category_mismatch,
    coded_hint,
    contact_diversion,
    copied_photo,
    copied_text,
    declared_brand,
    denied_original,
    disguised_brand,
    edited_while_held,
    gated_brand,
    oversized_text,
    parallel_import,
    picture_only,
    price_floor,
    protected_brand,
    relisted,
    replica_slang,
    seller_strikes,
)
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews
from screener.judge.seller import SellerState
from screener.judge.side import Side

Detect = Callable[[ListingContent, ListingViews, SellerState | None, ListingState | None, Side], Signal | None]


class Detector(Struct, frozen=True):
    """A name, which is also its signal's, and the function. It may raise: the decision is then degraded to hold."""

    name: str
    detect: Detect


DETECTORS: Final[tuple[Detector, ...]] = (
    Detector("protected_brand", protected_brand.detect),
    Detector("disguised_brand", disguised_brand.detect),
    Detector("declared_brand", declared_brand.detect),
    Detector("gated_brand", gated_brand.detect),
    Detector("accessory_cover", accessory_cover.detect),
    Detector("replica_slang", replica_slang.detect),
    Detector("denied_original", denied_original.detect),
    Detector("coded_hint", coded_hint.detect),
    Detector("parallel_import", parallel_import.detect),
    Detector("picture_only", picture_only.detect),
    Detector("price_floor", price_floor.detect),
    Detector("contact_diversion", contact_diversion.detect),
    Detector("category_mismatch", category_mismatch.detect),
    Detector("copied_text", copied_text.detect),
    Detector("copied_photo", copied_photo.detect),
    Detector("bait_and_switch", bait_and_switch.detect),
    Detector("edited_while_held", edited_while_held.detect),
    Detector("seller_strikes", seller_strikes.detect),
    Detector("relisted", relisted.detect),
    Detector("burst", burst.detect),
    Detector("oversized_text", oversized_text.detect),
)
