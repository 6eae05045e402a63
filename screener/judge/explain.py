"""A decision in plain English, for the person who has to defend, answer or overturn it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from screener.codecs import printable
from screener.contracts import Decision, Signal

_MEANS: Final = {
    "allow": "This revision was judged clean.",
    "hold": "Undecided: a person has to look at it.",
    "block": "Strong evidence that the goods are not genuine.",
    "release": "An earlier hold or block of this revision has ended.",
}
_PRODUCER: Final = {
    ("allow", "revision"): "may show this revision",
    ("allow", "listing"): "may show this revision",
    ("hold", "revision"): "must not show this revision; the last allowed revision may stay visible",
    ("hold", "listing"): "must not show any revision of this listing",
    ("block", "revision"): "must never show this revision; the last allowed revision may stay visible",
    ("block", "listing"): "must never show any revision of this listing",
    ("release", "revision"): "may show this revision",
    ("release", "listing"): "may show this revision",
}
_UNKNOWN: Final = "must not show this revision (an unknown decision counts as hold)"


def explain(decision: Decision) -> str:
    """Lines for a person, without a newline at the end. What sellers wrote is quoted and escaped, so that no text can pass for the screener's."""
    kind = decision.decision
    lines = [
        f"{kind.upper()} of listing {printable(decision.listing_id)}, revision {decision.revision}, seller {printable(decision.seller_id)}",
        f"  {_MEANS.get(kind, 'A decision this release does not know.')} Risk {decision.risk:.2f} of 1.",
    ]
    if decision.mode == "shadow":
        lines.append("  Shadow mode: judged and recorded only; nothing was sent to the services that act.")
    if decision.degraded:
        lines.append("  A detector failed, so evidence may be missing; the screener never allows on that.")
    if decision.escalated:
        lines.append("  Nobody decided in time and the evidence is strong: escalated.")
    if decision.sampled:
        lines.append("  Released by the clock and picked for a person's look afterwards.")
    if decision.brands:
        lines.append(f"Brands named: {', '.join(printable(brand) for brand in decision.brands)}")
    lines.append("Evidence:" if decision.signals else "Evidence: none")
    lines.extend(_signal(number, signal) for number, signal in enumerate(decision.signals, 1))
    lines.append(f"Rules: {', '.join(decision.rules) if decision.rules else 'none; the weights of the signals alone'}")
    lines.append(f"The marketplace {_PRODUCER.get((kind, decision.scope), _UNKNOWN)}.")
    if decision.review_by_ms is not None:
        lines.append(f"A person decides by {_instant(decision.review_by_ms)}.")
    lines.extend(_origin(decision))
    return "\n".join(lines)


def _signal(number: int, signal: Signal) -> str:
    parts = [f"  {number}. {signal.name} ({signal.strength:.2f}) in {signal.field}"]
    if signal.span is not None:
        parts.append(f", characters {signal.span[0]} to {signal.span[1]}")
    if signal.quote:
        parts.append(f": {json.dumps(signal.quote, ensure_ascii=False)}" if signal.quote.isprintable() else f": {signal.quote!a}")
    if signal.fact:
        parts.append(f" - {printable(signal.fact)}")
    return "".join(parts)


def _origin(decision: Decision) -> list[str]:
    cause = decision.cause
    lines = [
        f"Decision {decision.decision_id}, number {decision.sequence} about this revision, caused by {cause.topic}/{cause.partition}@{cause.offset}."
    ]
    if decision.supersedes:
        lines.append(f"It replaces decision {decision.supersedes}.")
    lines.append(f"The event claims {_instant(decision.occurred_ms)}; the broker got it {_instant(decision.appended_ms)}.")
    lines.append(
        f"In force: rulebook {decision.rulebook.version[:12]} (offset {decision.rulebook.offset}), registry {decision.registry.version[:12]} "
        f"(offset {decision.registry.offset}), judge {decision.judge_version}."
    )
    return lines


def _instant(milliseconds: int) -> str:
    """RFC 3339 UTC, seconds; out of the calendar's range as the number."""
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms since 1970"
