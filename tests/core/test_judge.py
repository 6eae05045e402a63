"""Goal: what the judge promises about a listing's life, scene by scene: holds, edits, removals, deadlines, verdicts, failing detectors, odd clocks.

Method: the driver (real core, no Kafka) with invented brands and a rulebook of bare rules; a few scenes with the shipped rulebook.
Blind spot: which words and prices are evidence (`test_detectors`), and every order of events that nobody thought of (`test_listing_machine`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from screener import topics
from screener.contracts import Action, Decision, Signal
from screener.judge import content
from screener.judge.deadlines import MAX_DEADLINES_PER_TICK
from screener.judge.detectors import DETECTORS, Detector
from screener.judge.judge import strike_for_withdrawal
from screener.judge.seller import MAX_FINGERPRINTS, MAX_SKETCHES, MICRO, STRIKE_HALF_LIFE_MS
from tests.driver import BAR, BLOCK, CLEAN, RULEBOOK, START, STRONG, WEAK, Driver, edited, published, removed

HOUR_MS = 3_600_000
SHADOW = RULEBOOK.replace('"enforce"', '"shadow"')
NEVER_SEEN = "walnut side table"


@pytest.fixture
def driver() -> Driver:
    return Driver(rulebook=RULEBOOK)


def names(decision: Decision) -> list[str]:
    return [signal.name for signal in decision.signals]


def told(actions: list[Action]) -> list[tuple[str, str, int]]:
    return [(action.action, action.lifted_by or "", action.revision) for action in actions]


# Judging.


def test_a_clean_listing_is_allowed_and_nothing_else_is_said(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, CLEAN))
    (decision,) = driver.decisions()
    assert (decision.decision, decision.scope, decision.risk, decision.signals, decision.rules) == ("allow", "revision", 0.0, (), ())
    assert (decision.degraded, decision.escalated, decision.sampled, decision.review_by_ms) == (False, False, False, None)
    assert (decision.sequence, decision.supersedes, decision.cause.topic, decision.cause.offset) == (1, None, topics.LISTING, 0)
    assert driver.standing() == driver.holds() == driver.blocks() == []
    assert driver.dead_letters() == []
    ((head, value),) = driver.traces()
    assert (head.outcome, head.sequence, head.failed_detectors, value) == ("judged", 1, (), driver.inputs[0].value)
    assert head.state_before != head.state_after


@pytest.mark.parametrize(
    ("title", "decision", "topic"),
    [
        ("soft cotton scarf", "allow", None),
        ("高仿 leather wallet", "hold", topics.HOLD),
        ("Velmora 高仿 leather wallet", "block", topics.BLOCK),
    ],
)
def test_the_shipped_rulebook_knows_all_three_answers(title: str, decision: str, topic: str | None) -> None:
    driver = Driver()
    driver.publish(published("s", "l", 1, title))
    assert [one.decision for one in driver.decisions()] == [decision]
    assert [record.topic for record in driver.sent if record.topic in (topics.HOLD, topics.BLOCK)] == ([topic] if topic else [])


def test_a_decision_names_what_it_was_made_under(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.put_in_force(RULEBOOK.replace("0.6", "0.5"))
    driver.publish(edited("s", "l", 2, WEAK))
    first, second = driver.decisions()
    assert first.registry == second.registry
    assert first.rulebook.version != second.rulebook.version
    assert first.rulebook.offset < second.rulebook.offset
    assert (first.risk, second.risk) == (0.6, 0.5)
    heads = [head for head, _ in driver.traces()]
    assert [head.side[topics.RULEBOOK] for head in heads] == [first.rulebook, second.rulebook]


def test_a_hold_says_until_when_by_the_brokers_clock(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK, at=START - timedelta(days=2_000)))
    (hold,) = driver.holds()
    assert (hold.action, hold.scope, hold.reasons) == ("placed", "revision", ("protected_brand",))
    assert hold.review_by_ms == driver.now_ms + 48 * HOUR_MS  # never from the claimed time: old data would be due at once
    assert hold.decision_id == driver.decisions()[0].decision_id


# Edits and removals.


def test_an_edit_supersedes_the_hold_and_bears_it_as_prior(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.publish(edited("s", "l", 2, STRONG))
    first, second = driver.decisions()
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "edit", 1), ("placed", "", 2)]
    assert [hold.decision_id for hold in driver.holds()] == [first.decision_id, first.decision_id, second.decision_id]
    prior = next(signal for signal in second.signals if signal.name == "prior_hold")
    assert (prior.strength, prior.field) == (first.risk, "listing")
    assert "revision 1" in prior.fact
    assert "protected_brand" in prior.fact
    assert "edited_while_held" in names(second)
    assert (second.sequence, second.supersedes) == (1, None)  # a new revision begins a new chain
    listing = driver.listing("s", "l")
    assert listing is not None
    assert listing.edits_while_held == 1


def test_a_corrected_listing_passes_and_its_hold_is_lifted(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.publish(edited("s", "l", 2, CLEAN))
    assert [decision.decision for decision in driver.decisions()] == ["hold", "allow"]
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "edit", 1)]
    assert driver.standing() == []
    assert driver.deadlines() == []


def test_an_edit_of_a_held_listing_costs_half_its_risk_as_a_strike(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.publish(edited("s", "l", 2, CLEAN))
    seller = driver.seller("s")
    assert seller is not None
    assert seller.strikes.micro == 300_000
    assert (seller.published, seller.edited, seller.held, seller.allowed) == (1, 1, 1, 1)


def test_edits_while_held_are_counted_and_forgotten_once_it_is_allowed(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    strengths = []
    for revision in range(2, 5):
        driver.publish(edited("s", "l", revision, WEAK))
        strengths += [signal.strength for signal in driver.decisions()[-1].signals if signal.name == "edited_while_held"]
    assert strengths == sorted(set(strengths))
    assert len(strengths) == 3
    driver.publish(edited("s", "l", 5, CLEAN))
    driver.publish(edited("s", "l", 6, WEAK))
    assert "edited_while_held" not in names(driver.decisions()[-1])
    assert "prior_hold" not in names(driver.decisions()[-1])
    driver.publish(edited("s", "l", 7, WEAK))
    assert [signal.strength for signal in driver.decisions()[-1].signals if signal.name == "edited_while_held"] == strengths[:1]


def test_removing_a_held_listing_lifts_the_hold_and_leaves_a_strike(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, STRONG))
    held, before = driver.listing("s", "l"), driver.seller("s")
    stepped = driver.publish(removed("s", "l", 2))
    assert (stepped.outcome.kind, stepped.outcome.reason, stepped.outcome.decisions) == ("recorded", "removal", ())
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "removal", 1)]
    assert driver.deadlines() == []
    after = driver.seller("s")
    assert held is not None
    assert before is not None
    assert after is not None
    assert strike_for_withdrawal(held) == after.strikes.micro == 450_000
    assert after.fingerprints == before.fingerprints != ()
    assert after.removed == 1


def test_a_removed_listing_that_was_not_held_leaves_no_strike(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, CLEAN))
    driver.publish(removed("s", "l", 2))
    seller = driver.seller("s")
    assert seller is not None
    assert seller.strikes.micro == 0


def test_deleting_does_not_launder() -> None:
    """Removed and put up again as another listing, the same title is known."""
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s", "l-1", 1, STRONG))
    driver.publish(removed("s", "l-1", 2))
    driver.publish(published("s", "l-2", 1, STRONG))
    driver.publish(published("another", "l-3", 1, STRONG))
    assert "relisted" in names(driver.decisions("l-2")[0])
    assert "relisted" not in names(driver.decisions("l-3")[0])


def test_the_oldest_fingerprints_are_forgotten_first(driver: Driver) -> None:
    def title(number: int) -> str:
        return f"{WEAK} " + " ".join(f"word{number}x{place}" for place in range(20))  # so that no two are alike

    for number in range(MAX_FINGERPRINTS + 1):
        driver.publish(published("s", f"l-{number}", 1, title(number)))
    driver.publish(published("s", "again-0", 1, title(0)))
    driver.publish(published("s", "again-5", 1, title(5)))
    seller = driver.seller("s")
    assert seller is not None
    assert len(seller.fingerprints) == MAX_FINGERPRINTS
    assert len(seller.sketches) == MAX_SKETCHES
    assert "relisted" not in names(driver.decisions("again-0")[0])
    assert "relisted" in names(driver.decisions("again-5")[0])


def test_a_title_is_remembered_once(driver: Driver) -> None:
    for number in range(3):
        driver.publish(published("s", f"l-{number}", 1, WEAK))
    seller = driver.seller("s")
    assert seller is not None
    assert len(seller.fingerprints) == 1


def test_strikes_fade_by_half_in_thirty_days(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, BLOCK))
    driver.advance(30 * 24 * 60)
    driver.publish(published("s", "l-2", 1, BLOCK, at=driver.now))
    seller = driver.seller("s")
    assert seller is not None
    assert seller.strikes.micro == MICRO + MICRO // 2
    assert seller.strikes.at(seller.last_ms + STRIKE_HALF_LIFE_MS, STRIKE_HALF_LIFE_MS) == 3 * MICRO // 4


# Deadlines.


def test_a_weak_hold_is_released_when_nobody_decides(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.advance(48 * 60 - 1)
    assert [decision.decision for decision in driver.decisions()] == ["hold"]
    driver.advance(1)
    hold, release = driver.decisions()
    assert (release.decision, release.sequence, release.supersedes) == ("release", 2, hold.decision_id)
    assert (release.cause.topic, release.cause.offset, release.event_id) == ("clock", driver.now_ms, None)
    assert release.occurred_ms == release.appended_ms == driver.now_ms == hold.review_by_ms
    assert names(release) == ["review_due"]
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "release", 1)]
    assert driver.deadlines() == []
    seller, listing = driver.seller("s"), driver.listing("s", "l")
    assert seller is not None
    assert listing is not None
    assert (seller.released, seller.fingerprints, seller.strikes.micro) == (1, (), 0)  # nothing is held against the seller any more
    assert (listing.status, listing.allowed_brands) == ("allowed", ("velmora",))
    head, value = driver.traces()[-1]
    assert (head.cause.topic, head.outcome, head.reason, value) == ("clock", "recorded", "tick", None)


def test_a_strong_hold_escalates_with_a_new_deadline_as_often_as_it_takes(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, STRONG))
    driver.advance(48 * 60)
    hold, again = driver.decisions()
    assert (again.decision, again.escalated, again.sampled, again.risk) == ("hold", True, False, hold.risk)
    assert again.review_by_ms == driver.now_ms + 24 * HOUR_MS
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "hold", 1), ("placed", "", 1)]
    driver.advance(24 * 60)
    assert [decision.sequence for decision in driver.decisions()] == [1, 2, 3]
    assert len(driver.standing()) == len(driver.deadlines()) == 1
    assert names(driver.decisions()[-1]) == ["review_due"]
    assert "contact_diversion" in driver.decisions()[-1].signals[0].fact  # the evidence is not forgotten on the way


def test_which_releases_are_sampled_depends_on_nothing_but_the_hold() -> None:
    def run() -> tuple[list[bool], list[bool]]:
        driver = Driver(rulebook=RULEBOOK)
        for number in range(60):
            driver.publish(published(f"s-{number}", "l", 1, WEAK))
        driver.advance(49 * 60)
        holds = {decision.decision_id: decision for decision in driver.decisions() if decision.decision == "hold"}
        releases = [decision for decision in driver.decisions() if decision.decision == "release"]
        expected = [int(holds[release.supersedes or ""].decision_id[:8], 16) % 2 == 0 for release in releases]
        return [release.sampled for release in releases], expected

    sampled, expected = run()
    assert sampled == expected
    assert 15 < sum(sampled) < 45  # one in two
    assert run() == (sampled, expected)


def test_many_deadlines_are_spread_over_ticks(driver: Driver) -> None:
    count = MAX_DEADLINES_PER_TICK + 5
    for number in range(count):
        driver.publish(published("s", f"l-{number}", 1, WEAK))
    driver.advance(48 * 60 + 1)
    heads = [head for head, _ in driver.traces() if head.cause.topic == "clock"]
    assert [len(head.decisions) for head in heads] == [MAX_DEADLINES_PER_TICK, 5]
    assert heads[0].cause.offset < heads[1].cause.offset
    assert driver.deadlines() == []
    assert len({decision.decision_id for decision in driver.decisions()}) == 2 * count


def test_two_sellers_with_one_listing_id_in_one_tick_get_two_decision_ids(driver: Driver) -> None:
    for seller in ("s-1", "s-2"):
        driver.publish(published(seller, "l", 1, WEAK))
    driver.advance(49 * 60)
    assert len(driver.ticks) == 1
    assert len({decision.decision_id for decision in driver.decisions()}) == 4


def test_an_edit_in_time_takes_the_deadline_along(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.advance(47 * 60)
    driver.publish(edited("s", "l", 2, WEAK))
    driver.advance(2 * 60)
    assert driver.ticks == []
    driver.advance(47 * 60)
    assert [(decision.revision, decision.decision) for decision in driver.decisions()] == [(1, "hold"), (2, "hold"), (2, "release")]


def test_a_deadline_without_its_listing_is_dropped(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    (deadline,) = driver.deadlines()
    driver.state.write({deadline[9:]: None})
    driver.advance(49 * 60)
    assert driver.deadlines() == []
    assert len(driver.decisions()) == 1


# Verdicts.


def test_a_person_releases_a_hold(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, STRONG))
    driver.advance(60)
    driver.verdict("release", "s", "l", reviewer="ann", reason="receipt seen")
    hold, release = driver.decisions()
    assert (release.decision, release.sequence, release.supersedes, release.risk) == ("release", 2, hold.decision_id, 0.0)
    assert release.cause.topic == topics.VERDICT
    assert "ann" in release.signals[0].fact
    assert "receipt seen" in release.signals[0].fact
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "release", 1)]
    assert driver.deadlines() == []
    listing = driver.listing("s", "l")
    assert listing is not None
    assert listing.allowed_title
    driver.publish(published("s", "l-2", 1, STRONG))
    assert "relisted" not in names(driver.decisions("l-2")[0])  # what a person cleared is no longer held against the seller


def test_a_person_blocks_a_held_listing(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.verdict("block", "s", "l")
    block = driver.decisions()[-1]
    assert (block.decision, block.scope, block.risk, block.review_by_ms) == ("block", "revision", 1.0, None)
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "block", 1)]
    assert told(driver.blocks()) == [("placed", "", 1)]
    seller = driver.seller("s")
    assert seller is not None
    assert (seller.strikes.micro, seller.blocked) == (MICRO, 1)
    driver.publish(edited("s", "l", 2, CLEAN))
    assert driver.decisions()[-1].decision == "allow"  # scope revision: the next one is judged anew
    assert told(driver.blocks()) == [("placed", "", 1), ("lifted", "edit", 1)]


def test_a_person_s_block_of_an_allowed_listing_is_remembered() -> None:
    driver = Driver()
    driver.publish(published("s", "l-1", 1, "walnut side table with brass feet"))
    driver.verdict("block", "s", "l-1")
    driver.publish(published("s", "l-2", 1, "walnut side table with brass feet"))
    assert "relisted" in names(driver.decisions("l-2")[0])


def test_scope_listing_bars_every_later_revision_until_a_release(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.verdict("block", "s", "l", scope="listing")
    driver.publish(edited("s", "l", 2, CLEAN))
    driver.publish(removed("s", "l", 3))
    driver.publish(published("s", "l", 4, CLEAN))
    barred = [decision for decision in driver.decisions() if decision.revision in (2, 4)]
    assert [(one.decision, one.scope, one.rules) for one in barred] == [("block", "listing", ("barred",))] * 2
    assert [one.risk for one in barred] == [1.0, 1.0]
    assert [(block.action, block.scope) for block in driver.blocks()][-1] == ("placed", "listing")
    driver.verdict("release", "s", "l")
    driver.publish(edited("s", "l", 5, CLEAN))
    assert [decision.decision for decision in driver.decisions()][-2:] == ["release", "allow"]
    assert driver.standing() == []


def test_the_judges_own_block_of_a_listing_bars_it_too(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, BAR))
    driver.publish(edited("s", "l", 2, CLEAN))
    assert [(one.decision, one.scope) for one in driver.decisions()] == [("block", "listing")] * 2
    driver.publish(published("s", "other", 1, CLEAN))
    assert driver.decisions("other")[0].decision == "allow"  # the listing is barred, not the seller


def test_a_successful_appeal_takes_the_strike_back(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, BLOCK))
    driver.verdict("release", "s", "l")
    seller = driver.seller("s")
    assert seller is not None
    assert (seller.strikes.micro, seller.fingerprints, seller.released) == (0, (), 1)
    assert told(driver.blocks()) == [("placed", "", 1), ("lifted", "release", 1)]


def test_a_person_widens_a_block_to_the_listing_without_a_second_strike() -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s", "l", 1, BLOCK))
    before = driver.seller("s")
    driver.verdict("block", "s", "l", scope="listing")
    driver.verdict("block", "s", "l", scope="revision")  # narrows nothing
    after, listing = driver.seller("s"), driver.listing("s", "l")
    assert before is not None
    assert after is not None
    assert listing is not None
    assert (after.strikes.micro, after.blocked, listing.barred) == (before.strikes.micro, before.blocked, True)
    assert [decision.sequence for decision in driver.decisions("l")] == [1, 2, 3]
    driver.publish(edited("s", "l", 2, CLEAN))
    assert driver.decisions("l")[-1].decision == "block"


@pytest.mark.parametrize(
    ("title", "kind", "revision", "outcome", "reason"),
    [
        (WEAK, "release", 9, "recorded", "unknown_revision"),
        (CLEAN, "release", 2, "recorded", "release_of_allowed"),
        (WEAK, "release", 1, "stale", "older_revision"),
    ],
)
def test_a_verdict_about_nothing_that_waits_changes_nothing(driver: Driver, title: str, kind: Any, revision: int, outcome: str, reason: str) -> None:
    driver.publish(published("s", "l", 2, title))
    before, decided = dict(driver.state.values), len(driver.decisions())
    stepped = driver.verdict(kind, "s", "l", revision=revision)
    assert (stepped.outcome.kind, stepped.outcome.reason) == (outcome, reason)
    assert (driver.state.values, len(driver.decisions())) == (before, decided)


# A detector that fails.


def broken(*_: Any) -> Signal | None:
    raise ZeroDivisionError("a bug")


def with_broken(name: str) -> Any:
    swapped = tuple(Detector(one.name, broken) if one.name == name else one for one in DETECTORS)
    return patch.object(content, "DETECTORS", swapped)


@pytest.mark.parametrize("name", [detector.name for detector in DETECTORS])
def test_a_failing_detector_is_named_and_the_listing_held(driver: Driver, name: str) -> None:
    with with_broken(name):
        driver.publish(published("s", "l", 1, CLEAN))
    (decision,) = driver.decisions()
    assert (decision.decision, decision.degraded, decision.rules) == ("hold", True, ("degraded",))
    assert driver.traces()[0][0].failed_detectors == (name,)
    assert len(driver.standing()) == 1


def test_a_failing_detector_silences_no_other(driver: Driver) -> None:
    with with_broken("price_floor"):
        driver.publish(published("s", "l", 1, BAR))
    (decision,) = driver.decisions()
    assert (decision.decision, decision.degraded) == ("block", True)
    assert names(decision) == ["protected_brand", "replica_slang"]


def test_failing_views_hold_too(driver: Driver) -> None:
    with patch.object(content, "listing_views", broken):
        driver.publish(published("s", "l", 1, BLOCK))
    (decision,) = driver.decisions()
    assert (decision.decision, decision.degraded, decision.brands) == ("hold", True, ())
    assert driver.traces()[0][0].failed_detectors == ("views",)


def test_time_does_not_release_what_a_detector_never_saw(driver: Driver) -> None:
    with with_broken("replica_slang"):
        driver.publish(published("s", "l", 1, CLEAN))
    driver.advance(49 * 60)
    again = driver.decisions()[-1]
    assert (again.decision, again.escalated, again.degraded) == ("hold", True, True)
    driver.advance(25 * 60)
    assert [decision.decision for decision in driver.decisions()] == ["hold", "hold", "hold"]
    driver.verdict("release", "s", "l")
    assert driver.standing() == []


# Clocks.


def test_a_claim_of_2099_is_clamped_and_a_signal(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, CLEAN, at=START.replace(year=2099)))
    (decision,) = driver.decisions()
    assert decision.occurred_ms == driver.now_ms + 5 * 60_000
    assert names(decision) == ["clock_skew"]
    seller = driver.seller("s")
    assert seller is not None
    assert seller.last_ms == decision.occurred_ms


@pytest.mark.parametrize(("minutes", "skewed"), [(5, False), (5.001, True), (-60 * 24 * 3_650, False)])
def test_five_minutes_ahead_are_no_skew(driver: Driver, minutes: float, skewed: bool) -> None:
    driver.publish(published("s", "l", 1, CLEAN, at=START + timedelta(minutes=minutes)))
    assert ("clock_skew" in names(driver.decisions()[0])) == skewed


def test_a_sellers_time_never_goes_back(driver: Driver) -> None:
    driver.publish(published("s", "l-1", 1, BLOCK))
    struck = driver.seller("s")
    driver.publish(published("s", "l-2", 1, CLEAN, at=START - timedelta(days=400)))
    seller = driver.seller("s")
    assert struck is not None
    assert seller is not None
    assert seller.last_ms == struck.last_ms
    assert driver.decisions("l-2")[0].occurred_ms < struck.last_ms  # what it claims is kept, what is computed is not fooled
    assert names(driver.decisions("l-2")[0]) == ["seller_strikes"]


def test_an_old_claim_does_not_bring_faded_strikes_back(driver: Driver) -> None:
    driver.publish(published("s", "l-1", 1, BLOCK))
    driver.advance(60 * 24 * 60)
    driver.publish(published("s", "l-2", 1, CLEAN, at=driver.now))
    driver.publish(published("s", "l-3", 1, CLEAN, at=START))
    assert [names(decision) for decision in driver.decisions()] == [["replica_slang"], [], []]


def test_events_before_1970_are_judged(driver: Driver) -> None:
    driver.publish(published("s", "l-1", 1, WEAK, at=START.replace(year=1)))
    driver.publish(removed("s", "l-1", 2, at=START.replace(year=1969)))
    driver.publish(published("s", "l-2", 1, BLOCK, at=START.replace(year=2)))
    seller = driver.seller("s")
    assert seller is not None
    assert seller.first_ms < 0
    assert [decision.decision for decision in driver.decisions()] == ["hold", "block"]


# The same again.


def unchanged(driver: Driver, publish: Callable[[], Any]) -> Any:
    before, decided, acted = dict(driver.state.values), driver.decisions(), (driver.holds(), driver.blocks())
    stepped = publish()
    assert driver.state.values == before
    assert driver.decisions() == decided
    assert (driver.holds(), driver.blocks()) == acted
    assert driver.traces()[-1][0].state_before == driver.traces()[-1][0].state_after
    return stepped.outcome


def test_a_retry_is_repeated_whatever_its_id_and_time(driver: Driver) -> None:
    event = published("s", "l", 3, WEAK)
    driver.publish(event)
    assert unchanged(driver, lambda: driver.publish(event)).kind == "repeated"
    retry = published("s", "l", 3, WEAK, at=START + timedelta(minutes=1))
    assert unchanged(driver, lambda: driver.publish(retry)).kind == "repeated"
    assert driver.dead_letters() == []


def test_the_same_listing_from_backfill_is_repeated(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, CLEAN))
    assert unchanged(driver, lambda: driver.publish(published("s", "l", 1, CLEAN), topics.LISTING_BACKFILL)).kind == "repeated"


def test_an_older_revision_is_stale(driver: Driver) -> None:
    driver.publish(published("s", "l", 3, WEAK))
    outcome = unchanged(driver, lambda: driver.publish(published("s", "l", 2, NEVER_SEEN)))
    assert (outcome.kind, outcome.reason) == ("stale", "older_revision")
    assert unchanged(driver, lambda: driver.publish(removed("s", "l", 1))).kind == "stale"


@pytest.mark.parametrize(
    "other",
    [
        published("s", "l", 3, NEVER_SEEN),
        edited("s", "l", 3, WEAK),
        removed("s", "l", 3),
        published("s", "l", 3, WEAK, attributes={"n": 1}),
        published("s", "l", 3, WEAK, quantity=2),
    ],
    ids=["title", "edited", "removed", "attribute", "quantity"],
)
def test_another_content_under_the_same_revision_is_a_conflict(driver: Driver, other: Any) -> None:
    driver.publish(published("s", "l", 3, WEAK))
    outcome = unchanged(driver, lambda: driver.publish(other))
    assert (outcome.kind, outcome.reason) == ("dead_letter", "conflict")
    (letter,) = driver.dead_letters()
    assert (letter.reason, letter.value, letter.key) == ("conflict", driver.inputs[-1].value, b"s")
    assert "higher" in letter.detail


def test_attributes_in_another_order_are_the_same_content(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, CLEAN, attributes={"a": 1, "b": {"c": 2, "d": 3}}))
    same = b'{"attributes":{"b":{"d":3,"c":2},"a":1},' + b'"type":"published","event_id":"e","occurred_at":"2026-01-05T10:00:00Z",'
    same += b'"listing_id":"l","revision":1,"seller_id":"s","title":"%s"}' % CLEAN.encode()
    assert unchanged(driver, lambda: driver.publish(same)).kind == "repeated"


# Shadow.


def test_in_shadow_everything_is_judged_and_nothing_placed() -> None:
    driver = Driver(rulebook=SHADOW)
    for number, title in enumerate((CLEAN, WEAK, STRONG, BLOCK, BAR)):
        driver.publish(published("s", f"l-{number}", 1, title))
    driver.advance(49 * 60)
    driver.verdict("block", "s", "l-0")
    assert [decision.decision for decision in driver.decisions()] == ["allow", "hold", "hold", "block", "block", "release", "hold", "block"]
    assert {decision.mode for decision in driver.decisions()} == {"shadow"}
    assert driver.holds() == driver.blocks() == []
    assert len(driver.traces()) == driver.sequence == 7


def test_what_was_placed_before_shadow_is_still_lifted(driver: Driver) -> None:
    driver.publish(published("s", "l", 1, WEAK))
    driver.put_in_force(SHADOW)
    driver.publish(edited("s", "l", 2, STRONG))
    assert told(driver.holds()) == [("placed", "", 1), ("lifted", "edit", 1)]
    driver.put_in_force(RULEBOOK)
    driver.advance(49 * 60)
    assert told(driver.holds())[2:] == [("placed", "", 2)]  # escalated under enforce: now it stands


def test_what_shadow_decided_has_no_consequences_under_enforce() -> None:
    driver = Driver(rulebook=SHADOW)
    driver.publish(published("s", "l-1", 1, BAR))
    driver.publish(published("s", "l-2", 1, WEAK))
    driver.publish(edited("s", "l-2", 2, WEAK))
    driver.publish(removed("s", "l-2", 3))
    driver.publish(published("s", "l-3", 1, CLEAN))
    driver.verdict("block", "s", "l-3", scope="listing")
    driver.put_in_force(RULEBOOK)
    assert strikes(driver) == 0
    for listing_id in ("l-1", "l-3"):
        driver.publish(edited("s", listing_id, 2, NEVER_SEEN))
        assert driver.decisions(listing_id)[-1].decision == "allow"


def test_a_release_takes_back_only_a_strike_that_was_given() -> None:
    driver = Driver(rulebook=SHADOW)
    driver.publish(published("s", "l-1", 1, BLOCK))
    driver.put_in_force(RULEBOOK)
    driver.publish(published("s", "l-2", 1, BLOCK))
    assert strikes(driver) == MICRO
    driver.verdict("release", "s", "l-1")
    assert strikes(driver) == MICRO
    driver.put_in_force(SHADOW)
    driver.verdict("block", "s", "l-2")  # confirms what was counted before shadow: neither a second strike nor none
    driver.put_in_force(RULEBOOK)
    driver.verdict("block", "s", "l-2")
    assert strikes(driver) == MICRO
    driver.verdict("release", "s", "l-2")
    assert strikes(driver) == 0


def test_a_person_s_block_under_enforce_of_what_shadow_blocked_is_the_strike() -> None:
    driver = Driver(rulebook=SHADOW)
    driver.publish(published("s", "l", 1, BLOCK))
    driver.put_in_force(RULEBOOK)
    driver.verdict("block", "s", "l")
    seller = driver.seller("s")
    assert seller is not None
    assert (seller.strikes.micro, seller.blocked) == (MICRO, 1)


def strikes(driver: Driver) -> int:
    """Of seller s, in millionths."""
    seller = driver.seller("s")
    assert seller is not None
    return seller.strikes.micro


def test_shadow_by_category(driver: Driver) -> None:
    driver.put_in_force(RULEBOOK + '\n[[shadow]]\ncategory = ["fashion"]\n')
    driver.publish(published("s", "l-1", 1, WEAK, category=("fashion", "bags")))
    driver.publish(published("s", "l-2", 1, WEAK, category=("home",)))
    assert [decision.mode for decision in driver.decisions()] == ["shadow", "enforce"]
    assert [hold.listing_id for hold in driver.holds()] == ["l-2"]


# What happens around a seller.


@pytest.mark.parametrize(
    ("topic", "event", "counter"),
    [
        (topics.TRANSACTION, {"type": "sold", "order_id": "o", "listing_id": "l"}, "sold"),
        (topics.TRANSACTION, {"type": "refunded", "order_id": "o", "listing_id": "l"}, "refunded"),
        (topics.TRANSACTION, {"type": "disputed", "order_id": "o", "listing_id": "l"}, "disputed"),
        (topics.COMPLAINT, {"type": "notice", "complaint_id": "c", "listing_id": "l"}, "complaints"),
        (topics.RING, {"type": "joined", "ring_id": "r"}, "rings"),
        (topics.SELLER, {"type": "registered"}, None),
    ],
)
def test_what_happens_around_a_seller_is_remembered(driver: Driver, topic: str, event: dict[str, Any], counter: str | None) -> None:
    whole = {"event_id": "e", "occurred_at": "2026-01-05T09:00:00Z", "seller_id": "s", **event}
    stepped = driver.publish(whole, topic)
    seller = driver.seller("s")
    assert (stepped.outcome.kind, stepped.outcome.first_seen) == ("recorded", True)
    assert seller is not None
    counts = {name: getattr(seller, name) for name in ("sold", "refunded", "disputed", "complaints", "rings")}
    assert counts == {name: int(name == counter) for name in counts}
    assert driver.publish({**whole, "event_id": "e-2"}, topic).outcome.first_seen is False


def test_leaving_a_ring_never_counts_below_none(driver: Driver) -> None:
    left = {"event_id": "e", "type": "left", "occurred_at": "2026-01-05T09:00:00Z", "seller_id": "s", "ring_id": "r"}
    driver.publish(left, topics.RING)
    seller = driver.seller("s")
    assert seller is not None
    assert seller.rings == 0
