"""What came of a stream, as values: counts, latency, found and missed and wrongly hit, and the most telling cases. Pure; nothing is printed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Final

from msgspec import Struct

from screener.contracts import Decision, DecisionKind, ListingContent, ListingEvent, ListingRemoved, Signal
from screener.demo.generator import Truth

Place = tuple[str, int]
"""Listing id and revision."""

PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9)

REASONS_SHOWN: Final = 3
"""Signals told per case: who needs all of them asks `screener explain`."""


class Case(Struct, frozen=True, kw_only=True):
    """One decision with what it was about, for a person to read."""

    listing_id: str
    revision: int
    seller_id: str
    decision: DecisionKind
    risk: float
    title: str
    price: str
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    """The strongest signals first, each with the seller's own characters or the fact."""
    truth: str
    """What it really was; empty when nobody knows."""


class Kind(Struct, frozen=True, kw_only=True):
    """The revisions of one technique, or of one kind of innocent listing, by what was decided about them first."""

    name: str
    counterfeit: bool
    revisions: int
    blocked: int
    held: int
    allowed: int
    undecided: int
    """No decision was read: only if the run was cut short."""

    @property
    def stopped(self) -> int:
        """Blocked or held: not visible to buyers until a person says so."""
        return self.blocked + self.held


class Score(Struct, frozen=True, kw_only=True):
    """Decisions against the planted truth, counted in revisions."""

    counterfeits: int
    found: int
    """Counterfeits that were blocked or held."""
    missed: int
    """Counterfeits that were allowed."""
    innocents: int
    wrongly_hit: int
    """Innocent revisions that were blocked or held."""
    wrongly_blocked: int
    groups: tuple[Kind, ...]
    """Techniques first, then kinds of innocent listings, each by size."""


class Latency(Struct, frozen=True, kw_only=True):
    """Milliseconds from the broker's append of an input until its decision was read by a reader of committed records."""

    p50: int
    p90: int
    p99: int
    p999: int
    max: int


class Report(Struct, frozen=True, kw_only=True):
    """All that the demo found out."""

    events: int
    per_second: int
    """Events published per second."""
    seconds: float
    """From the first event published to the last decision read."""
    outcomes: dict[str, int]
    decisions: dict[str, int]
    latency: Latency | None
    """None when nothing was decided."""
    score: Score | None
    """None when the truth is unknown, as with one's own listings."""
    blocks: tuple[Case, ...]
    holds: tuple[Case, ...]
    missed: tuple[Case, ...]
    wrongly_hit: tuple[Case, ...]


class Measured(Struct, frozen=True, kw_only=True):
    """What was counted while the stream ran."""

    events: int
    sending_s: float
    seconds: float
    outcomes: Mapping[str, int]
    """What became of the events; see `contracts.OutcomeKind`."""
    latency: Mapping[int, int]
    """How many decisions took so many milliseconds."""


CASES_SHOWN: Final = 4
"""Per kind: a screenful in all."""


def summarise(measured: Measured, decisions: Iterable[Decision], events: Iterable[ListingEvent], truths: Iterable[Truth] | None) -> Report:
    """The report. `decisions` in the order of their topic's partitions, `events` as they were published; `truths` None when nobody knows them."""
    known = {(truth.listing_id, truth.revision): truth for truth in truths or ()}
    decided: dict[Place, DecisionKind] = {}
    blocks: list[Decision] = []
    holds: list[Decision] = []
    missed: list[Decision] = []
    hit: list[Decision] = []
    for decision in decisions:
        if _place(decision) in decided:
            continue  # what came later, from a person or the clock, is not the screener's first word
        decided[_place(decision)] = decision.decision
        truth = known.get(_place(decision))
        if decision.decision == "allow":
            if truth is not None and truth.counterfeit:
                missed.append(decision)
            continue
        (blocks if decision.decision == "block" else holds).append(decision)
        if truth is not None and not truth.counterfeit:
            hit.append(decision)
    shown = (
        telling(blocks, CASES_SHOWN),
        telling(holds, CASES_SHOWN),
        _one_of_each(missed, known, CASES_SHOWN),
        _one_of_each(hit, known, CASES_SHOWN),
    )
    said = _events_of(events, {_place(decision) for some in shown for decision in some})
    cases = [tuple(case(decision, said[_place(decision)], known.get(_place(decision))) for decision in some) for some in shown]
    return Report(
        events=measured.events,
        per_second=round(measured.events / max(measured.sending_s, 0.001)),
        seconds=round(measured.seconds, 1),
        outcomes=dict(sorted(measured.outcomes.items())),
        decisions=dict(sorted(Counter(decided.values()).items())),
        latency=latency(measured.latency),
        score=score(known.values(), decided) if truths is not None else None,
        blocks=cases[0],
        holds=cases[1],
        missed=cases[2],
        wrongly_hit=cases[3],
    )


def _place(decision: Decision) -> Place:
    return decision.listing_id, decision.revision


def _one_of_each(decisions: Iterable[Decision], known: Mapping[Place, Truth], most: int) -> list[Decision]:
    """The first of each technique or likeness, those with most to tell first."""
    best: dict[str, Decision] = {}
    for decision in sorted(decisions, key=lambda one: (one.listing_id, one.revision)):
        truth = known[_place(decision)]
        best.setdefault(truth.technique or truth.likeness, decision)
    return sorted(best.values(), key=lambda one: -one.risk)[:most]


def _events_of(events: Iterable[ListingEvent], places: Container[Place]) -> dict[Place, ListingContent]:
    found: dict[Place, ListingContent] = {}
    for event in events:
        if not isinstance(event, ListingRemoved) and (event.listing_id, event.revision) in places:
            found.setdefault((event.listing_id, event.revision), event)
    return found


def latency(counts: Mapping[int, int]) -> Latency | None:
    """The percentiles of milliseconds counted as {milliseconds: how often}."""
    if not counts:
        return None
    p50, p90, p99, p999 = (percentile(counts, share) for share in PERCENTILES)
    return Latency(p50=p50, p90=p90, p99=p99, p999=p999, max=max(counts))


def percentile(counts: Mapping[int, int], percent: float) -> int:
    """The smallest counted value that at least `percent` per cent of all do not exceed (nearest rank); `counts` is not empty."""
    wanted, reached = sum(counts.values()) * percent / 100, 0
    for value in sorted(counts):
        reached += counts[value]
        if reached >= wanted:
            return value
    return max(counts)


def score(truths: Iterable[Truth], decided: Mapping[Place, DecisionKind]) -> Score:
    """Counts what was decided about each planted revision."""
    groups: dict[tuple[bool, str], dict[str, int]] = {}
    for truth in truths:
        counts = groups.setdefault((truth.counterfeit, truth.technique or truth.likeness), {})
        kind = decided.get((truth.listing_id, truth.revision), "undecided")
        counts[kind] = counts.get(kind, 0) + 1
    found = [
        Kind(
            name=name,
            counterfeit=counterfeit,
            revisions=sum(counts.values()),
            blocked=counts.get("block", 0),
            held=counts.get("hold", 0),
            allowed=counts.get("allow", 0),
            undecided=counts.get("undecided", 0),
        )
        for (counterfeit, name), counts in groups.items()
    ]
    found.sort(key=lambda group: (not group.counterfeit, -group.revisions, group.name))
    fakes, innocents = [one for one in found if one.counterfeit], [one for one in found if not one.counterfeit]
    return Score(
        counterfeits=sum(one.revisions for one in fakes),
        found=sum(one.stopped for one in fakes),
        missed=sum(one.allowed for one in fakes),
        innocents=sum(one.revisions for one in innocents),
        wrongly_hit=sum(one.stopped for one in innocents),
        wrongly_blocked=sum(one.blocked for one in innocents),
        groups=tuple(found),
    )


def telling(decisions: Iterable[Decision], most: int) -> list[Decision]:
    """At most so many decisions, as different as possible: the surest of each combination of signals, then of those the surest."""
    best: dict[tuple[str, ...], Decision] = {}
    for decision in sorted(decisions, key=lambda one: (-one.risk, -len(one.signals), one.listing_id, one.revision)):
        best.setdefault(tuple(signal.name for signal in decision.signals), decision)
    return list(best.values())[:most]


def case(decision: Decision, event: ListingContent, truth: Truth | None) -> Case:
    """The decision about `event`, for a person to read."""
    told = sorted(decision.signals, key=lambda signal: -signal.strength)[:REASONS_SHOWN]
    return Case(
        listing_id=decision.listing_id,
        revision=decision.revision,
        seller_id=decision.seller_id,
        decision=decision.decision,
        risk=decision.risk,
        title=event.title,
        price=f"{event.price.amount} {event.price.currency}" if event.price else "",
        rules=decision.rules,
        reasons=tuple(map(_reason, told)),
        truth=_words(truth),
    )


def _reason(signal: Signal) -> str:
    quote = f" “{signal.quote}”" if signal.quote and signal.field in ("title", "description", "brand") and len(signal.quote) <= 40 else ""
    return f"{signal.name} {signal.strength:.2f}{quote}: {signal.fact}"


def _words(truth: Truth | None) -> str:
    if truth is None:
        return ""
    return f"counterfeit ({truth.technique})" if truth.counterfeit else f"innocent ({truth.likeness})"
