"""Thirty decisions, one for each thing that may have to be explained: constructed, so that no detector, weight or registry changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from screener.contracts import Cause, Decision, InForce, Signal

HOUR_MS: Final = 3_600_000
NOON: Final = 1_767_441_600_000
"""3 January 2026, 12:00 UTC."""

HOLD: Final = Decision(
    decision_id="3f2a9c0d5b7e4816a1c3d5e7f9012345",
    listing_id="lamp-7",
    revision=2,
    seller_id="shop-41",
    decision="hold",
    scope="revision",
    mode="enforce",
    risk=0.7,
    brands=(),
    signals=(),
    rules=(),
    degraded=False,
    escalated=False,
    sampled=False,
    sequence=1,
    supersedes=None,
    cause=Cause(topic="marketplace.listing", partition=3, offset=42),
    event_id="e-77",
    occurred_ms=NOON - 90_000,
    appended_ms=NOON,
    review_by_ms=NOON + 48 * HOUR_MS,
    rulebook=InForce(offset=7, version="abcdef0123456789"),
    registry=InForce(offset=9, version="0123456789abcdef"),
    judge_version="0.1.0+test",
)


def _text(name: str, strength: float, quote: str, start: int, fact: str, brand: str | None = None, field: Any = "title") -> Signal:
    return Signal(name=name, strength=strength, field=field, span=(start, start + len(quote)), quote=quote, fact=fact, brand_id=brand)


def _fact(name: str, strength: float, field: Any, fact: str, quote: str = "", brand: str | None = None) -> Signal:
    return Signal(name=name, strength=strength, field=field, fact=fact, quote=quote, brand_id=brand)


OPEN = "names the brand velmora, by a seller its owner did not authorise"
NAMED = _text("protected_brand", 0.9, "Velmora", 3, OPEN, "velmora")
SPOKEN = _text("protected_brand", 0.9, "维摩拉", 0, OPEN, "velmora")
SPACED = _text("protected_brand", 0.9, "维.摩.拉", 3, "names the brand velmora, in disguise, by a seller its owner did not authorise", "velmora")
LOOKALIKE = _text("disguised_brand", 0.92, "Vеlmоrа", 2, "writes the brand velmora in characters that look alike", "velmora")
SLANG = _text("replica_slang", 0.9, "高★仿", 8, '"高仿" is what sellers of copies write')
PUTIAN = _text("replica_slang", 0.6, "莆田", 11, '"莆田" is what sellers of copies write')
FLOOR = _fact("price_floor", 0.84, "price", "20 CNY for a new article; genuine new goods of velmora here start at 100", "20", "velmora")
CONTACT = _text("contact_diversion", 0.9, "加V: abc12345", 14, '"v" beside what is shaped like an account')
STRIKES = _fact("seller_strikes", 0.5, "seller", "2.00 strikes left (half-life 30 days); 3 listings blocked and 4 held so far")
RELISTED = _text(
    "relisted",
    0.8,
    "维摩拉 春季新款",
    0,
    "the same title was held or blocked before, in another listing of this seller or in this one before its removal",
)
SWITCHED = _fact(
    "bait_and_switch",
    0.9,
    "listing",
    "the title shares 8% with the allowed one; category beauty became bags; the brand velmora appeared; the price went from 19.90 to 499 CNY",
    "Velmora 手提包",
    "velmora",
)
PRIOR = _fact("prior_hold", 0.7, "listing", "revision 1 was held at risk 0.70 for protected_brand, replica_slang")
DUE_WEAK = _fact("review_due", 1.0, "listing", "nobody decided by review_by; weak evidence: protected_brand, replica_slang")
DUE_STRONG = _fact("review_due", 1.0, "listing", "nobody decided by review_by; strong evidence: relisted, seller_strikes")
VERDICT = _fact("verdict", 1.0, "event", "decided by reviewer-12: the invoice is genuine")
VERDICT_BLOCK = _fact("verdict", 1.0, "event", "decided by reviewer-12: the stitching on the photo is not the maker's")
SKEW = _fact("clock_skew", 1.0, "event", "occurred_at lies more than five minutes after the broker's time")
LONG = _fact("oversized_text", 0.5, "description", "the description has 9000 characters, of which the first 4000 were judged")


def _hold(*signals: Signal, rules: tuple[str, ...] = (), **changed: Any) -> Decision:
    brands = tuple(dict.fromkeys(signal.brand_id for signal in signals if signal.brand_id))
    return replace(HOLD, signals=signals, rules=rules, brands=brands, **changed)


def _block(*signals: Signal, rules: tuple[str, ...] = (), **changed: Any) -> Decision:
    return _hold(*signals, rules=rules, **{"decision": "block", "risk": 0.95, "review_by_ms": None, **changed})


def _allow(*signals: Signal, **changed: Any) -> Decision:
    return _hold(*signals, **{"decision": "allow", "risk": 0.07 if signals else 0.0, "review_by_ms": None, **changed})


FIRST = _hold(SPOKEN, PUTIAN, rules=("brand-with-weak-signs",), revision=1, decision_id="0f" * 16)
"""The decision before, where a case has one."""

WEAK = ("brand-with-weak-signs",)

CASES: Final[Mapping[str, tuple[Decision, tuple[Decision, ...]]]] = {
    "01-allow-clean": (_allow(), ()),
    "02-allow-brand-alone": (_allow(NAMED), ()),
    "03-allow-parallel-import": (_allow(_text("parallel_import", 0.3, "代购", 0, "says that it comes from another channel")), ()),
    "04-hold-weak-signs": (_hold(SPOKEN, PUTIAN, FLOOR, rules=WEAK), ()),
    "05-hold-by-weights": (
        _hold(_text("denied_original", 0.6, "非专柜正品", 8, '"非专柜正品" says that it is not the genuine article'), SPOKEN, risk=0.52),
        (),
    ),
    "06-hold-disguised": (_hold(SPACED, LOOKALIKE, risk=0.62), ()),
    "07-hold-listing-scope": (_hold(RELISTED, scope="listing", risk=0.6), ()),
    "08-hold-shadow": (_hold(SPOKEN, PUTIAN, FLOOR, rules=WEAK, mode="shadow"), ()),
    "09-hold-degraded": (_hold(rules=("degraded",), degraded=True, risk=0.0), ()),
    "10-hold-escalated": (
        _hold(DUE_STRONG, escalated=True, sequence=2, supersedes=FIRST.decision_id, event_id=None, risk=0.8, review_by_ms=NOON + 24 * HOUR_MS),
        (replace(FIRST, revision=2, signals=(RELISTED, STRIKES), risk=0.8, appended_ms=NOON - 48 * HOUR_MS),),
    ),
    "11-hold-edited-while-held": (
        _hold(_fact("edited_while_held", 0.6, "listing", "edit number 3 while the listing is held"), PRIOR, risk=0.6),
        (replace(FIRST, appended_ms=NOON - HOUR_MS),),
    ),
    "12-block-brand-sold-as-copy": (_block(NAMED, SLANG, rules=("brand-sold-as-copy",)), ()),
    "13-block-several-at-once": (_block(SPACED, LOOKALIKE, SLANG, FLOOR, CONTACT, STRIKES, rules=("brand-sold-as-copy", *WEAK), risk=0.99), ()),
    "14-block-shadow": (_block(NAMED, SLANG, rules=("brand-sold-as-copy",), mode="shadow"), ()),
    "15-block-listing-barred": (_block(SPOKEN, rules=("barred",), scope="listing"), (replace(FIRST, decision="block", scope="listing", risk=0.95),)),
    "16-block-by-person": (
        _block(VERDICT_BLOCK, risk=1.0, sequence=2, supersedes=FIRST.decision_id),
        (replace(FIRST, revision=2, appended_ms=NOON - 5 * HOUR_MS),),
    ),
    "17-release-by-person": (
        replace(_allow(VERDICT, risk=0.0, sequence=2, supersedes=FIRST.decision_id), decision="release"),
        (replace(FIRST, revision=2, appended_ms=NOON - 5 * HOUR_MS),),
    ),
    "18-release-by-clock-sampled": (
        replace(_allow(DUE_WEAK, risk=0.6, sequence=2, supersedes=FIRST.decision_id, event_id=None), decision="release", sampled=True),
        (replace(FIRST, revision=2, appended_ms=NOON - 48 * HOUR_MS),),
    ),
    "19-hold-relisted-after-removal": (_hold(RELISTED, STRIKES, risk=0.68, revision=4), (replace(FIRST, revision=2),)),
    "20-hold-switched": (_hold(NAMED, SWITCHED, rules=("switched-to-brand",), risk=0.8), (replace(_allow(), revision=1),)),
    "21-hold-gated-and-declared": (
        _hold(
            _fact("gated_brand", 0.8, "seller", "the brand is gated and the seller is not on its list", "", "velmora"),
            _fact("declared_brand", 0.5, "brand", "the field says another brand than the title", "Lumara"),
            _fact("accessory_cover", 0.6, "title", "says that it fits goods of velmora, and is of the brand's own kind of goods", "适用 Velmora"),
        ),
        (),
    ),
    "22-hold-prices": (_hold(FLOOR, _fact("price_below_usual", 0.7, "price", "far below what such goods cost", "20", "velmora")), ()),
    "23-hold-contact-in-english": (
        _hold(
            _text("contact_diversion", 0.9, 'WhatsApp "+1 202 555 0143"', 5, '"whatsapp" beside what is shaped like an account', None, "description")
        ),
        (),
    ),
    "24-hold-copies": (
        _hold(
            _text("copied_text", 0.8, "全新未拆 支持验货", 0, "near a blocked text", None, "description"),
            _fact("copied_photo", 0.9, "images", "near a blocked photo"),
        ),
        (),
    ),
    "25-hold-category-and-picture-only": (
        _hold(
            _fact("category_mismatch", 0.6, "category", "the title is of another category"),
            _text("picture_only", 0.3, "看图", 0, "says nothing"),
            _text("coded_hint", 0.6, "懂的来", 3, '"懂的来" hints at what the listing does not say'),
        ),
        (),
    ),
    "26-hold-histories": (
        _hold(
            _fact("burst", 0.6, "seller", "many more than usual"),
            _fact("complaint_history", 0.5, "seller", "several complaints"),
            _fact("refund_history", 0.5, "seller", "many refunds"),
        ),
        (),
    ),
    "27-hold-long-text-and-clock": (_hold(LONG, SKEW, risk=0.5), ()),
    "28-hold-unknown-signal-and-rule": (_hold(_fact("moon_phase", 0.5, "event", "full moon"), rules=("of-another-rulebook",)), ()),
    "29-hold-text-that-would-forge": (
        replace(
            _hold(_text("replica_slang", 0.9, '高仿”。规则：无\n\x1b[31m\u202e"', 0, '"高仿" is what sellers of copies write')),
            listing_id="l\nThis decision was made by a person.",
            seller_id="s\u2028",
        ),
        (),
    ),
    "30-decision-of-a-later-release": (Decision(**{**{name: getattr(HOLD, name) for name in HOLD.__struct_fields__}, "decision": "quarantine"}), ()),
}
"""By name: the decision, and the listing's decisions before it."""
