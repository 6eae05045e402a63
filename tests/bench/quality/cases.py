"""What the quality benchmark is made of: constructed attacks, innocent look-alikes, and the view on the registry that both are phrased with.

Frozen: two authors write against this file without seeing each other's cases (`attacks.py` and `negatives.py`; `held_out.py`). Field names of a
listing are those of `screener.contracts`; an event is the canonical JSON that a producer would publish, so it passes the real intake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from screener.codecs import canonical
from screener.contracts import Brand

START: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""When the first event of a case happens unless its author says otherwise: in working hours, so that no rule about the hour speaks."""

Need = Literal["price_floor", "authorised_sellers", "gated", "brand_photos", "evidence"]
"""What must be known beside the listing itself: a field of the brand's record, or earlier blocked listings of other sellers (the evidence log)."""


class Attack(Struct, frozen=True, kw_only=True):
    """A constructed counterfeit: the last event is what the judge must stop (hold or block); what it says of the earlier ones is not counted."""

    family: str
    """The trick, e.g. `zero_width`. Recall is told family by family."""
    events: tuple[bytes, ...]
    """Listing events of one seller in order of time, canonical JSON."""
    brand_id: str | None = None
    """The registry's brand that is counterfeited; None when no certain one is."""
    needs: tuple[Need, ...] = ()
    """Without these nobody could see the attack."""
    evidence: tuple[bytes, ...] = ()
    """Listing events of *other* sellers that a person blocked before: what a copied text or photo was copied from."""


class HardNegative(Struct, frozen=True, kw_only=True):
    """An innocent listing that looks like an attack: the last event must not be blocked, and should be allowed."""

    kind: str
    """What makes it look like one, e.g. `jade_grade_a`."""
    events: tuple[bytes, ...]
    brand_id: str | None = None
    needs: tuple[Need, ...] = ()
    evidence: tuple[bytes, ...] = ()


class Floor(Struct, frozen=True):
    """A brand's price floor; `amount` in units of `currency`."""

    category: tuple[str, ...]
    currency: str
    amount: float


class Maker(Struct, frozen=True, kw_only=True):
    """A registered brand as the author of a case sees it. Every tuple may be empty."""

    brand_id: str
    latin: tuple[str, ...]
    """Names in Latin letters (digits, spaces and signs among them), the brand's own spelling."""
    han: tuple[str, ...]
    """Names in Chinese characters."""
    categories: tuple[tuple[str, ...], ...]
    floors: tuple[Floor, ...]
    authorised_sellers: tuple[str, ...]
    gated: bool
    """Only authorised sellers may sell it at all."""
    photos: tuple[str, ...]
    """The brand's own product photos, as PDQ hashes of 64 hex digits."""
    fictional: bool
    """Invented here; the others are the real registry's."""


class Brands(Struct, frozen=True, kw_only=True):
    """The registry that a run judges with, and the brands in it that are worth counterfeiting."""

    records: tuple[Mapping[str, Any], ...]
    """Brand records as a registry file holds them, one JSON object each; fields that the contract does not know yet are ignored by it."""
    makers: tuple[Maker, ...]
    """Brands with a category and a name of four or more Latin letters or of two or more Chinese characters, in the records' order. Some are everyday
    words, as in real registries."""

    def compiled(self) -> tuple[Brand, ...]:
        """The records as today's contract reads them."""
        return tuple(msgspec.convert(record, Brand) for record in self.records)

    def with_names(self, *, latin: bool = False, han: bool = False) -> tuple[Maker, ...]:
        """Those that have a name in each script that is asked for."""
        return tuple(maker for maker in self.makers if (maker.latin or not latin) and (maker.han or not han))

    def with_floor(self) -> tuple[Maker, ...]:
        """Those with a price floor."""
        return tuple(maker for maker in self.makers if maker.floors)

    def with_authorised(self) -> tuple[Maker, ...]:
        """Those that name their authorised sellers."""
        return tuple(maker for maker in self.makers if maker.authorised_sellers)

    def with_gate(self) -> tuple[Maker, ...]:
        """Those that only authorised sellers may sell."""
        return tuple(maker for maker in self.makers if maker.gated)

    def with_photos(self) -> tuple[Maker, ...]:
        """Those that supplied photos."""
        return tuple(maker for maker in self.makers if maker.photos)

    def in_category(self, *words: str) -> tuple[Maker, ...]:
        """Those with a category path that holds one of `words` in one of its parts (`"鞋"`, `"女包"`, `"唇膏"`)."""
        return tuple(maker for maker in self.makers if any(word in part for path in maker.categories for part in path for word in words))


def listing(
    seller_id: str,
    listing_id: str,
    title: str,
    *,
    revision: int = 1,
    minutes: float = 0,
    description: str = "",
    category: Sequence[str] = (),
    brand: str | None = None,
    price: float | None = None,
    currency: str = "CNY",
    condition: str = "new",
    quantity: int | None = None,
    photos: Sequence[str] = (),
    attributes: Mapping[str, Any] | None = None,
    locale: str = "zh-CN",
) -> bytes:
    """A listing event: published with revision 1, edited with a later one, `minutes` after `START`. `photos` are PDQ hashes of 64 hex digits."""
    at = (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    return canonical(
        {
            "type": "published" if revision == 1 else "edited",
            "event_id": f"{seller_id}-{listing_id}-{revision}",
            "occurred_at": at,
            "listing_id": listing_id,
            "revision": revision,
            "seller_id": seller_id,
            "title": title,
            "description": description,
            "category": list(category),
            "brand": brand,
            "price": None if price is None else {"amount": f"{price:.2f}", "currency": currency},
            "condition": condition,
            "quantity": quantity,
            "images": [{"url": f"https://photos.example/{pdq[:12]}.jpg", "pdq": pdq} for pdq in photos],
            "attributes": dict(attributes or {}),
            "locale": locale,
        }
    )


def removed(seller_id: str, listing_id: str, *, revision: int, minutes: float) -> bytes:
    """The event by which a seller takes a listing down."""
    at = (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    ids = {"event_id": f"{seller_id}-{listing_id}-{revision}", "listing_id": listing_id, "seller_id": seller_id}
    return canonical({"type": "removed", "occurred_at": at, "revision": revision, **ids})
