"""A decision in plain words, for the person who has to defend, answer or overturn it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from screener.codecs import printable
from screener.contracts import Decision, Signal
from screener.judge.words import WORDS, Language, Words


def explain(decision: Decision, language: Language = "en") -> str:
    """Lines for a person, without a newline at the end. What sellers wrote is quoted and escaped, so that no text can pass for the screener's."""
    words, kind = WORDS[language], decision.decision
    lines = [
        words.head.format(
            kind=words.kinds.get(kind, kind.upper()),
            listing=printable(decision.listing_id),
            revision=decision.revision,
            seller=printable(decision.seller_id),
        ),
        words.risk.format(means=words.means.get(kind, words.means[""]), risk=decision.risk),
    ]
    if decision.mode == "shadow":
        lines.append(words.shadow)
    if decision.degraded:
        lines.append(words.degraded)
    if decision.escalated:
        lines.append(words.escalated)
    if decision.sampled:
        lines.append(words.sampled)
    if decision.brands:
        lines.append(words.brands.format(brands=words.separator.join(printable(brand) for brand in decision.brands)))
    lines.append(words.evidence if decision.signals else words.no_evidence)
    lines.extend(_signal(words, number, signal) for number, signal in enumerate(decision.signals, 1))
    lines.append(words.rules.format(rules=words.separator.join(decision.rules)) if decision.rules else words.no_rules)
    lines.append(words.producer.get((kind, decision.scope), words.unknown))
    if decision.review_by_ms is not None:
        lines.append(words.review.format(review_by=_instant(decision.review_by_ms)))
    lines.extend(_origin(words, decision))
    return "\n".join(lines)


def _signal(words: Words, number: int, signal: Signal) -> str:
    meaning = words.signals.get(signal.name, words.signals.get("", ""))
    field = words.fields.get(signal.field, signal.field)
    parts = [words.signal.format(number=number, name=signal.name, meaning=meaning, strength=signal.strength, field=field)]
    if signal.span is not None:
        parts.append(words.span.format(start=signal.span[0], end=signal.span[1]))
    if signal.quote:
        parts.append(f": {json.dumps(signal.quote, ensure_ascii=False)}" if signal.quote.isprintable() else f": {signal.quote!a}")
    if signal.fact:
        parts.append(f" - {printable(signal.fact)}")
    return "".join(parts)


def _origin(words: Words, decision: Decision) -> list[str]:
    cause = f"{decision.cause.topic}/{decision.cause.partition}@{decision.cause.offset}"
    lines = [words.identity.format(decision=decision.decision_id, sequence=decision.sequence, cause=cause)]
    if decision.supersedes:
        lines.append(words.supersedes.format(decision=decision.supersedes))
    lines.append(words.times.format(occurred=_instant(decision.occurred_ms), appended=_instant(decision.appended_ms)))
    lines.append(
        words.in_force.format(
            rulebook=decision.rulebook.version[:12],
            rulebook_offset=decision.rulebook.offset,
            registry=decision.registry.version[:12],
            registry_offset=decision.registry.offset,
            judge=decision.judge_version,
        )
    )
    return lines


def _instant(milliseconds: int) -> str:
    """RFC 3339 UTC, seconds; out of the calendar's range as the number."""
    try:
        return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{milliseconds} ms since 1970"
