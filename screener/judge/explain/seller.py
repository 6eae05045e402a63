"""A decision for the seller it concerns: what the problem is and what he can do. It depends on nothing that would teach how to pass the next time.

Of the evidence only the signals' names are read, each mapped to a topic, and the brand that is openly named; never a strength, a quote, a fact, a
span, a rule or the risk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from screener.codecs import printable
from screener.contracts import Decision, Signal
from screener.judge.explain.quoting import day_after_months, instant
from screener.judge.explain.seller_words import FOR_SELLER
from screener.judge.explain.words import ForSeller, Language, Topic

TOPICS: Final[Mapping[str, Topic]] = {
    "protected_brand": "brand",
    "disguised_brand": "brand",
    "declared_brand": "brand",
    "gated_brand": "brand",
    "accessory_cover": "brand",
    "replica_slang": "wording",
    "denied_original": "wording",
    "coded_hint": "wording",
    "parallel_import": "brand",
    "picture_only": "unclear",
    "price_floor": "price",
    "price_below_usual": "price",
    "contact_diversion": "contact",
    "copied_text": "originality",
    "copied_photo": "originality",
    "category_mismatch": "category",
    "bait_and_switch": "changed",
    "edited_while_held": "account",
    "relisted": "account",
    "burst": "account",
    "seller_strikes": "account",
    "complaint_history": "account",
    "refund_history": "account",
    "oversized_text": "length",
    "clock_skew": "data",
    "prior_hold": "account",
    "verdict": "person",
    "review_due": "due",
}
"""What each signal is about, as far as its seller is told. Several share a topic, so that none can be told from another."""

APPEAL_MONTHS: Final = 6
"""Article 20(1) of Regulation (EU) 2022/2065: complaints are taken for at least six months."""


def for_seller(decision: Decision, language: Language, earlier: Sequence[Decision]) -> str:
    """Lines for the seller, without a newline at the end.

    What a person or the clock decided is still about what an `earlier` decision on the same revision found.
    """
    signals = [*decision.signals]
    if any(signal.name in ("verdict", "review_due") for signal in signals):
        signals.extend(signal for one in earlier if one.revision == decision.revision for signal in one.signals)
    words, kind = FOR_SELLER[language], decision.decision
    restricted = kind in ("hold", "block")
    lines = [words.head.format(listing=printable(decision.listing_id), revision=decision.revision), "", _outcome(words, decision)]
    if decision.mode != "shadow" and kind not in ("allow", "release"):  # an unknown kind counts as hold
        lines.append(words.visible[decision.scope])
        lines.append(words.no_fault)
        if restricted:
            lines.extend(("", *_reasons(words, decision, signals)))
            lines.extend(("", *_remedies(words, decision, signals, language)))
        lines.extend(("", _decided_by(words, decision)))
    else:
        lines.append("")
    lines.append(words.reference.format(decision=decision.decision_id))
    return "\n".join(lines)


def _outcome(words: ForSeller, decision: Decision) -> str:
    if decision.mode == "shadow":  # nothing was done to the listing, and what is only being tried out is no seller's concern
        return words.says["unrestricted"]
    if decision.decision == "hold" and decision.escalated:
        return words.says["escalated"]
    return words.says.get(decision.decision, words.says[""])


def _topics(signals: Sequence[Signal]) -> tuple[Topic, ...]:
    return tuple(dict.fromkeys(TOPICS[signal.name] for signal in signals if signal.name in TOPICS))


def _reasons(words: ForSeller, decision: Decision, signals: Sequence[Signal]) -> list[str]:
    said = [f"  - {words.problems[topic]}" for topic in _topics(signals)]
    if decision.degraded:
        said.append(f"  - {words.fault_of_ours}")
    brands = _brands(signals)
    if brands:
        said.append(f"  - {words.brands.format(brands=words.separator.join(printable(brand) for brand in brands))}")
    return [words.reasons, *(said or [words.no_reason])]


def _brands(signals: Sequence[Signal]) -> tuple[str, ...]:
    """Ids of the brands in question; none where a name was written in disguise, so that nobody learns whether it was read."""
    if any(signal.name == "disguised_brand" for signal in signals):
        return ()
    named = (signal.brand_id for signal in signals if signal.name in ("protected_brand", "gated_brand"))
    return tuple(dict.fromkeys(brand for brand in named if brand))


def _remedies(words: ForSeller, decision: Decision, signals: Sequence[Signal], language: Language) -> list[str]:
    lines = [words.can_do, *(f"  - {words.remedies[topic]}" for topic in _topics(signals) if words.remedies[topic])]
    held = decision.decision == "hold"
    lines.append(words.barred if decision.scope == "listing" and not held else words.edit)
    if held:
        lines.append(words.wait)
    lines.append(words.appeal.format(until=day_after_months(decision.appended_ms, APPEAL_MONTHS, language)))
    if decision.review_by_ms is not None:
        told = words.longer if decision.escalated else words.review
        lines.append(told.format(review_by=instant(decision.review_by_ms, language)))
    return lines


def _decided_by(words: ForSeller, decision: Decision) -> str:
    names = [signal.name for signal in decision.signals]
    if "verdict" in names:
        return words.by_person
    return words.by_clock if "review_due" in names else words.by_machine
