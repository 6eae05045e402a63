"""A decision in full, for the person who has to defend, answer or overturn it: all evidence, the rules with their reasons, the chain before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from screener.codecs import printable
from screener.contracts import Decision, Signal
from screener.judge.explain import signals_en, signals_zh
from screener.judge.explain.chinese import CHINESE
from screener.judge.explain.english import ENGLISH
from screener.judge.explain.facts import in_chinese
from screener.judge.explain.quoting import banded, instant, quoted
from screener.judge.explain.readings import reading_of
from screener.judge.explain.words import Frame, Language, Sentences
from screener.judge.rulebook import Rulebook

FRAMES: Final[Mapping[Language, Frame]] = {"en": ENGLISH, "zh": CHINESE}
SIGNALS: Final[Mapping[Language, Mapping[str, Sentences]]] = {"en": signals_en.SIGNALS, "zh": signals_zh.SIGNALS}

MAX_EARLIER: Final = 10
"""Earlier decisions that are listed, the newest: a listing edited a hundred times stays readable."""


def for_reviewer(decision: Decision, language: Language, rulebook: Rulebook | None, earlier: Sequence[Decision]) -> str:
    """Lines for a person, without a newline at the end. What sellers wrote is quoted and escaped, so that no text can pass for the screener's.

    `rulebook` is the one in force at the decision, if it is at hand; `earlier` are the listing's decisions before this one, oldest first.
    """
    words = FRAMES[language]
    lines = [*_outcome(words, decision), *_evidence(words, decision, language), *_rules(words, decision, language, rulebook)]
    lines.extend(_cleared(words, decision, language))
    lines.append(words.producer.get((decision.decision, decision.scope), words.unknown))
    if decision.review_by_ms is not None:
        lines.append(words.review.format(review_by=instant(decision.review_by_ms, language)))
    lines.extend(_chain(words, earlier, language))
    lines.extend(_origin(words, decision, language))
    return "\n".join(lines)


def _outcome(words: Frame, decision: Decision) -> list[str]:
    kind = decision.decision
    lines = [
        words.head.format(
            kind=words.kinds.get(kind, kind.upper()),
            listing=printable(decision.listing_id),
            revision=decision.revision,
            seller=printable(decision.seller_id),
        ),
        words.risk.format(means=words.means.get(kind, words.means[""]), word=banded(decision.risk, words.bands), risk=decision.risk),
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
    return lines


def _evidence(words: Frame, decision: Decision, language: Language) -> list[str]:
    if not decision.signals:
        return [words.no_evidence]
    lines = [words.evidence]
    for number, signal in enumerate(decision.signals, 1):
        lines.extend(_signal(words, number, signal, language))
    return lines


def _signal(words: Frame, number: int, signal: Signal, language: Language) -> list[str]:
    sentences = SIGNALS[language].get(signal.name, words.unknown_signal)
    reading = reading_of(signal, language)
    lines = [
        words.signal.format(
            number=number,
            name=printable(signal.name),
            label=sentences.label,
            word=banded(signal.strength, words.strength),
            strength=signal.strength,
            field=words.fields.get(signal.field, words.fields[""]),
            span="" if signal.span is None else words.span.format(start=signal.span[0] + 1, end=signal.span[1]),
        )
    ]
    if signal.quote:
        lines.append(words.wrote.format(quote=quoted(signal.quote, language)))
    if signal.fact:
        translated = in_chinese(signal) if language == "zh" else None
        found = words.noted.format(fact=printable(signal.fact)) if translated is None else words.found.format(fact=translated)
        lines.append(found)
    lines.append(words.meaning.format(meaning=sentences.meaning))
    innocent, fell = (reading.innocent, reading.fell) if reading else (sentences.innocent, sentences.fell)
    if innocent:
        lines.append(words.innocent.format(innocent=innocent, fell=fell))
    return lines


def _rules(words: Frame, decision: Decision, language: Language, rulebook: Rulebook | None) -> list[str]:
    if not decision.rules:
        by_weights = decision.decision if not _by_person_or_clock(decision) else ""
        return [words.no_rules.get(by_weights, words.no_rules[""])]
    known = {rule.id: rule for rule in rulebook.rules} if rulebook else {}
    lines = [words.rules]
    for one in decision.rules:
        if one in words.own_rules:
            lines.append(words.rule.format(id=one, reason=words.own_rules[one]))
        elif one not in known:
            lines.append(words.rule_unread.format(id=printable(one), version=decision.rulebook.version[:12]))
        elif language == "en":
            lines.append(words.rule.format(id=one, reason=printable(known[one].reason)))
        elif known[one].reason_zh:
            lines.append(words.rule.format(id=one, reason=printable(known[one].reason_zh)))
        else:
            lines.append(words.rule_as_recorded.format(id=one, reason=printable(known[one].reason)))
    return lines


def _by_person_or_clock(decision: Decision) -> bool:
    return any(signal.name in ("verdict", "review_due") for signal in decision.signals)


def _cleared(words: Frame, decision: Decision, language: Language) -> list[str]:
    """What would have cleared each sign; nothing where there is none, or where nothing was restricted."""
    if not decision.signals or decision.decision in ("allow", "release"):
        return []
    said: list[str] = []
    for signal in decision.signals:
        reading = reading_of(signal, language)
        said.append((reading or SIGNALS[language].get(signal.name, words.unknown_signal)).cleared)
    return [words.cleared, *(f"  - {one}{words.stop}" for one in dict.fromkeys(said))]


def _chain(words: Frame, earlier: Sequence[Decision], language: Language) -> list[str]:
    if not earlier:
        return [words.first]
    labels = SIGNALS[language]
    lines = [words.chain]
    for one in earlier[-MAX_EARLIER:]:
        named = words.separator.join(labels[signal.name].label if signal.name in labels else printable(signal.name) for signal in one.signals)
        lines.append(
            words.link.format(
                revision=one.revision,
                sequence=one.sequence,
                kind=words.kinds.get(one.decision, one.decision),
                at=instant(one.appended_ms, language),
                risk=one.risk,
                signals=words.link_signals.format(signals=named) if named else "",
            )
        )
    return lines


def _origin(words: Frame, decision: Decision, language: Language) -> list[str]:
    cause = f"{decision.cause.topic}/{decision.cause.partition}@{decision.cause.offset}"
    lines = [words.identity.format(decision=decision.decision_id, sequence=decision.sequence, cause=cause)]
    if decision.supersedes:
        lines.append(words.supersedes.format(decision=decision.supersedes))
    lines.append(words.times.format(occurred=instant(decision.occurred_ms, language), appended=instant(decision.appended_ms, language)))
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
