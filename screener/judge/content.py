"""Looking at what a listing says: the views, the detectors, the ruling. No state is changed here."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts import ListingContent, ListingRemoved, Signal
from screener.judge.detectors import DETECTORS
from screener.judge.fingerprint import comparable_title, title_fingerprint
from screener.judge.listing import ListingState
from screener.judge.listing_views import ListingViews, listing_views
from screener.judge.policy import Ruling, rule_on
from screener.judge.registry import NAMED
from screener.judge.seller import SellerState
from screener.judge.side import Side

_encode = msgspec.json.Encoder(order="deterministic").encode

_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)

MAX_BRANDS = 20
"""Brands kept per listing and decision: a title stuffed with more names says nothing more by the twenty-first."""


class ForcedFailure(Exception):
    """A replay says that the detector failed when the input was judged."""


class Examined(Struct, frozen=True, gc=False, kw_only=True):
    """What the detectors found. `failed` are those that raised: then the ruling is at least a hold."""

    ruling: Ruling
    signals: tuple[Signal, ...]
    failed: tuple[str, ...]
    degraded: bool
    views: ListingViews | None


def content_hash(event: ListingContent | ListingRemoved) -> bytes:
    """Hash (16 bytes) of everything but the event's own id and time: a producer's retry has the same."""
    return hashlib.sha256(_encode(replace(event, event_id="", occurred_at=_NO_TIME))).digest()[:16]


def examine(
    event: ListingContent, seller: SellerState | None, listing: ListingState | None, skewed: bool, side: Side, ahead: ListingViews | None = None
) -> Examined:
    """Runs every detector; one that raises is named in `failed` and silences no other. `ahead` if the views were made with those of others."""
    signals: list[Signal] = []
    failed: list[str] = []
    forced = side.forced_failures
    views: ListingViews | None = None
    try:
        if "views" in forced:
            raise ForcedFailure
        views = ahead or listing_views(event, side.registry)
    except Exception:  # a bug in the views must not let a listing through, nor stop the line: the decision is degraded, and counted
        failed.append("views")
    if views is not None:
        for detector in DETECTORS:
            try:
                if forced and detector.name in forced:
                    raise ForcedFailure
                signal = detector.detect(event, views, seller, listing, side)
            except Exception:  # as above: a detector's bug is a fact in the trace
                failed.append(detector.name)
            else:
                if signal is not None:
                    signals.append(signal)
    if skewed:
        signals.append(Signal(name="clock_skew", strength=1.0, field="event", fact="occurred_at lies more than five minutes after the broker's time"))
    if listing is not None and listing.status == "held":
        fact = f"revision {listing.revision} was held at risk {listing.risk:.2f} for {', '.join(listing.signals[:8])}"
        signals.append(Signal(name="prior_hold", strength=listing.risk, field="listing", fact=fact[:300]))
    ruling = rule_on(tuple(signals), side.rulebook)
    if failed and ruling.decision == "allow":
        ruling = replace(ruling, decision="hold", rules=(*ruling.rules, "degraded"))
    return Examined(ruling=ruling, signals=tuple(signals), failed=tuple(failed), degraded=bool(failed), views=views)


def face(listing: ListingState, event: ListingContent, examined: Examined) -> ListingState:
    """The listing's state with this revision's face: fingerprints, category root, brands, price."""
    views = examined.views
    brands = tuple(dict.fromkeys(mention.brand_id for mention in views.mentions if mention.confidence >= NAMED))[:MAX_BRANDS] if views else ()
    return replace(
        listing,
        title=title_fingerprint(views.title) if views else b"",
        title_text=comparable_title(views.title) if views else "",
        category=event.category[:1],
        brands=brands,
        price=f"{event.price.amount} {event.price.currency}" if event.price else "",
    )
