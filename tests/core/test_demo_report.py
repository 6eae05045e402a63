"""The report of `screener demo`.

Goal: found, missed and wrongly hit are counted right, percentiles are nearest ranks, and what is shown can neither hide a character nor rewrite the
terminal.
Method: hand-made truths and decisions, small enough to count by eye.
Blind spot: how the tables look.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from screener.contracts import Cause, Decision, DecisionKind, InForce, ListingPublished, Money, Signal
from screener.demo.generator import START, Truth
from screener.demo.report import Measured, latency, percentile, summarise, telling
from screener.demo.screen import summary, verdict, visible

_IN_FORCE = InForce(offset=0, version="v")


def _decision(listing_id: str, kind: DecisionKind, *signals: str, risk: float = 0.5) -> Decision:
    return Decision(
        decision_id=f"d-{listing_id}",
        listing_id=listing_id,
        revision=1,
        seller_id="s",
        decision=kind,
        scope="revision",
        mode="enforce",
        risk=risk,
        brands=(),
        signals=tuple(Signal(name=name, strength=0.5, field="title", span=(0, 1), quote="x", fact=f"fact of {name}") for name in signals),
        rules=(),
        degraded=False,
        escalated=False,
        sampled=False,
        sequence=1,
        supersedes=None,
        cause=Cause(topic="marketplace.listing", partition=0, offset=0),
        event_id="e",
        occurred_ms=0,
        appended_ms=0,
        review_by_ms=None,
        rulebook=_IN_FORCE,
        registry=_IN_FORCE,
        judge_version="j",
    )


def _truth(listing_id: str, technique: str = "", likeness: str = "") -> Truth:
    return Truth(listing_id=listing_id, revision=1, counterfeit=bool(technique), technique=technique, likeness=likeness)


def _events(*listing_ids: str) -> list[ListingPublished]:
    return [
        ListingPublished(
            event_id=f"e-{one}", occurred_at=START, listing_id=one, revision=1, seller_id="s", title=f"title {one}", price=Money("9.90", "CNY")
        )
        for one in listing_ids
    ]


def _measured(events: int) -> Measured:
    return Measured(events=events, sending_s=2.0, seconds=3.04, outcomes={"judged": events}, latency={10: events})


@pytest.mark.parametrize(("percent", "expected"), [(50, 1), (90, 9), (99, 100), (100, 100)])
def test_percentiles_are_nearest_ranks(percent: float, expected: int) -> None:
    counts = {1: 50, 9: 40, 100: 10}
    assert percentile(counts, percent) == expected


def test_latency_of_nothing_is_none() -> None:
    assert latency({}) is None
    found = latency({5: 999, 70: 1})
    assert found is not None
    assert (found.p50, found.p99, found.p999, found.max) == (5, 5, 5, 70)


def test_found_missed_and_wrongly_hit_are_counted_by_the_first_decision() -> None:
    truths = [_truth("a", "disguise"), _truth("b", "disguise"), _truth("c", "silent"), _truth("d", likeness="ordinary"), _truth("e", likeness="jade")]
    decisions = [
        _decision("a", "block", "x"),
        _decision("a", "allow"),  # a later word does not change the first
        _decision("b", "hold", "x", "y"),
        _decision("c", "allow"),
        _decision("d", "allow"),
        _decision("e", "hold", "x"),
    ]
    report = summarise(_measured(5), decisions, _events("a", "b", "c", "d", "e"), truths)
    score = report.score
    assert score is not None
    assert (score.counterfeits, score.found, score.missed) == (3, 2, 1)
    assert (score.innocents, score.wrongly_hit, score.wrongly_blocked) == (2, 1, 0)
    assert [(group.name, group.blocked, group.held, group.allowed) for group in score.groups if group.counterfeit] == [
        ("disguise", 1, 1, 0),
        ("silent", 0, 0, 1),
    ]
    assert [case.listing_id for case in report.missed] == ["c"]
    assert [case.listing_id for case in report.wrongly_hit] == ["e"]
    assert report.blocks[0].truth == "counterfeit (disguise)"
    assert report.blocks[0].price == "9.90 CNY"
    assert report.decisions == {"allow": 2, "block": 1, "hold": 2}
    words = " ".join(verdict(score))
    assert "found 2 of 3 counterfeits (66.7 %), missed 1 (33.3 %), wrongly hit 1 of 2 innocent revisions" in words


def test_without_truth_there_is_no_score() -> None:
    report = summarise(_measured(1), [_decision("a", "hold", "x")], _events("a"), None)
    assert report.score is None
    assert report.holds[0].truth == ""
    assert "1 judged" in " ".join(summary(report))


def test_a_revision_without_a_decision_is_neither_found_nor_missed() -> None:
    report = summarise(_measured(1), [], [], [_truth("a", "silent")])
    assert report.score is not None
    assert (report.score.found, report.score.missed, report.score.groups[0].undecided) == (0, 0, 1)


def test_told_cases_differ_in_their_signals() -> None:
    same: Sequence[Decision] = [_decision(f"l{number}", "block", "x", risk=0.9) for number in range(5)]
    shown = telling([*same, _decision("other", "block", "y", risk=0.6)], 4)
    assert [one.listing_id for one in shown] == ["l0", "other"]


def test_invisible_and_control_characters_are_shown() -> None:
    assert visible("V\u200be\x1b[31ml\ufe0fo 维") == "V▯e▯[31ml▯o 维"
