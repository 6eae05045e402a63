"""Goal: a listing is a state machine without a hole: every cell of its table is meant, and what the judge does follows the table.

Method: forty expectations written by hand, with their reasons, against the table and against a listing driven through real inputs; then a hypothesis
machine that publishes, edits, removes, decides, waits, repeats and contradicts, with a detector that fails now and then and a rulebook that goes to
shadow and back, and checks after every step what must always hold: chains of decisions, what stands downstream, deadlines, memory.
Blind spot: one partition and one order of inputs; what a rule should say about which evidence (`test_policy`, `test_detectors`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from screener import topics
from screener.contracts import Action, Decision, ListingContent, ListingRemoved
from screener.judge import content
from screener.judge.detectors import DETECTORS, Detector
from screener.judge.keys import deadline_key, listing_key, seller_key, split_listing_key
from screener.judge.listing import MOVES, STATUSES, ListingMove, ListingState, Status, Transition, decode_listing, transition, transition_table
from screener.judge.seller import STRIKE_HALF_LIFE_MS, SellerState, decode_seller
from screener.step import Stepped
from tests.driver import BAR, BLOCK, CLEAN, RULEBOOK, STRONG, WEAK, Driver, edited, published, removed

HOUR_MS = 3_600_000
REVIEW_MS = 48 * HOUR_MS
ESCALATION_MS = 24 * HOUR_MS
"""Both as `RULEBOOK` says."""

# (where it is, what happens): (where it goes or None for "changes nothing", why).
EXPECTED: dict[tuple[Status, ListingMove], tuple[Status | None, str]] = {
    ("pending", "judged_allow"): ("allowed", "a new listing was judged clean"),
    ("pending", "judged_hold"): ("held", "a new listing waits for a person"),
    ("pending", "judged_block"): ("blocked", "a new listing is never shown"),
    ("pending", "removal"): ("removed", "a producer may remove what never came here; what comes then must be newer"),
    ("pending", "due_release"): (None, "nothing is held, so nothing falls due"),
    ("pending", "due_escalate"): (None, "nothing is held, so nothing falls due"),
    ("pending", "verdict_release"): (None, "there is no decision that a person could end"),
    ("pending", "verdict_block"): (None, "nobody saw the listing: there is no revision that a person could mean"),
    ("allowed", "judged_allow"): ("allowed", "an edit that stays clean"),
    ("allowed", "judged_hold"): ("held", "an edit is judged like a new listing: an allowed past buys nothing"),
    ("allowed", "judged_block"): ("blocked", "an edit is judged like a new listing"),
    ("allowed", "removal"): ("removed", "the seller took it down"),
    ("allowed", "due_release"): (None, "the hold it had is over"),
    ("allowed", "due_escalate"): (None, "the hold it had is over"),
    ("allowed", "verdict_release"): (None, "it is shown already"),
    ("allowed", "verdict_block"): ("blocked", "a person may block what the screener let through: sampled releases exist for that"),
    ("held", "judged_allow"): ("allowed", "a corrected listing of an honest seller passes"),
    ("held", "judged_hold"): ("held", "the edit is held in its own right; the old hold is lifted"),
    ("held", "judged_block"): ("blocked", "the edit is worse"),
    ("held", "removal"): ("removed", "there is nothing left to look at; the seller's memory keeps it"),
    ("held", "due_release"): ("allowed", "nobody decided in time and the evidence is weak: a guess must not harm a seller for ever"),
    ("held", "due_escalate"): ("held", "nobody decided in time and the evidence is strong: it waits on, escalated"),
    ("held", "verdict_release"): ("allowed", "a person looked and cleared it"),
    ("held", "verdict_block"): ("blocked", "a person looked and confirmed it"),
    ("blocked", "judged_allow"): (
        "allowed",
        "a block of scope `revision` ends with its revision (one of scope `listing` bars, and never is judged allow)",
    ),
    ("blocked", "judged_hold"): ("held", "as above"),
    ("blocked", "judged_block"): ("blocked", "the edit is blocked in its own right"),
    ("blocked", "removal"): ("removed", "there is nothing left to block; the seller's memory keeps it"),
    ("blocked", "due_release"): (None, "a block has no deadline: time does not make a copy genuine"),
    ("blocked", "due_escalate"): (None, "a block has no deadline"),
    ("blocked", "verdict_release"): ("allowed", "an appeal succeeds"),
    ("blocked", "verdict_block"): ("blocked", "a person confirms it, or widens it to the whole listing"),
    ("removed", "judged_allow"): ("allowed", "put up again under a higher revision, judged anew"),
    ("removed", "judged_hold"): ("held", "put up again"),
    ("removed", "judged_block"): ("blocked", "put up again"),
    ("removed", "removal"): ("removed", "a second removal under a higher revision says the same"),
    ("removed", "due_release"): (None, "its hold was lifted by the removal"),
    ("removed", "due_escalate"): (None, "its hold was lifted by the removal"),
    ("removed", "verdict_release"): (None, "there is nothing to show"),
    ("removed", "verdict_block"): (None, "there is nothing to hide"),
}


def test_the_expectations_name_every_cell() -> None:
    assert EXPECTED.keys() == {(status, move) for status in STATUSES for move in MOVES}
    assert (len(STATUSES), len(MOVES), len(EXPECTED)) == (5, 8, 40)
    assert all(reason for _, reason in EXPECTED.values())


def test_the_guide_prints_the_table() -> None:
    guide = Path(__file__).resolve().parents[2] / "deploy" / "guides" / "decisions.md"
    assert transition_table() in guide.read_text(encoding="utf-8")


@pytest.mark.parametrize(("status", "move"), EXPECTED, ids=lambda value: str(value))
def test_the_table_says_what_is_expected(status: Status, move: ListingMove) -> None:
    to, reason = EXPECTED[status, move]
    assert transition(status, move) == Transition(to or status, counts=to is not None), reason


def _release(driver: Driver) -> Stepped:
    return driver.verdict("release", "s", "l")


def _block(driver: Driver) -> Stepped:
    return driver.verdict("block", "s", "l")


REACHED: dict[Status, Callable[[Driver, str], object]] = {
    "pending": lambda driver, _title: driver.publish(published("s", "another", 1, CLEAN)),
    "allowed": lambda driver, _title: driver.publish(published("s", "l", 1, CLEAN)),
    "held": lambda driver, title: driver.publish(published("s", "l", 1, title)),
    "blocked": lambda driver, _title: driver.publish(published("s", "l", 1, BLOCK)),
    "removed": lambda driver, _title: (driver.publish(published("s", "l", 1, CLEAN)), driver.publish(removed("s", "l", 2))),
}
"""How a listing comes to each status; the title is the one of a hold."""

HAPPENS: dict[ListingMove, Callable[[Driver], object]] = {
    "judged_allow": lambda driver: driver.publish(edited("s", "l", 9, CLEAN)),
    "judged_hold": lambda driver: driver.publish(edited("s", "l", 9, WEAK)),
    "judged_block": lambda driver: driver.publish(edited("s", "l", 9, BLOCK)),
    "removal": lambda driver: driver.publish(removed("s", "l", 9)),
    "due_release": lambda driver: driver.advance(49 * 60),
    "due_escalate": lambda driver: driver.advance(49 * 60),
    "verdict_release": _release,
    "verdict_block": _block,
}

DECIDES: dict[ListingMove, str] = {
    "judged_allow": "allow",
    "judged_hold": "hold",
    "judged_block": "block",
    "due_release": "release",
    "due_escalate": "hold",
    "verdict_release": "release",
    "verdict_block": "block",
}
"""The decision that a move leads to where it counts; a removal leads to none."""

STANDS: dict[Status, list[str]] = {"pending": [], "allowed": [], "held": [topics.HOLD], "blocked": [topics.BLOCK], "removed": []}
"""What downstream carries out for a listing of each status."""


@pytest.mark.parametrize(("status", "move"), EXPECTED, ids=lambda value: str(value))
def test_real_inputs_move_a_listing_as_expected(status: Status, move: ListingMove) -> None:
    driver = Driver(rulebook=RULEBOOK)
    REACHED[status](driver, WEAK if move == "due_release" else STRONG)
    before, decided = driver.listing("s", "l"), len(driver.decisions("l"))
    assert (before.status if before else "pending") == status
    HAPPENS[move](driver)
    after, new = driver.listing("s", "l"), driver.decisions("l")[decided:]
    to, reason = EXPECTED[status, move]
    if to is None:
        assert after == before, reason
        assert new == []
    else:
        assert after is not None
        assert after.status == to, reason
        assert [decision.decision for decision in new] == ([DECIDES[move]] if move in DECIDES else [])
    stand = [topics.HOLD if action in driver.holds() else topics.BLOCK for action in driver.standing()]
    assert stand == STANDS[to or status]


class Watch:
    """Follows what goes out and checks each record against all before it."""

    def __init__(self, driver: Driver) -> None:
        self._driver, self._seen = driver, 0
        self.decisions: dict[str, Decision] = {}
        self.chains: dict[tuple[str, str, int], list[Decision]] = {}
        self.placed: dict[str, Action] = {}
        self.lifted: set[str] = set()
        self.barred: set[tuple[str, str]] = set()
        self.last_ms: dict[str, int] = {}

    def look(self) -> None:
        """Takes the records sent since the last look."""
        for record in self._driver.sent[self._seen :]:
            if record.topic == topics.DECISION:
                self._decision(msgspec.json.decode(record.value, type=Decision))
            elif record.topic in (topics.HOLD, topics.BLOCK):
                self._action("hold" if record.topic == topics.HOLD else "block", msgspec.json.decode(record.value, type=Action))
        self._seen = len(self._driver.sent)

    def _decision(self, decision: Decision) -> None:
        assert decision.decision_id not in self.decisions, "two decisions share an id"
        self.decisions[decision.decision_id] = decision
        chain = self.chains.setdefault((decision.seller_id, decision.listing_id, decision.revision), [])
        assert decision.sequence == len(chain) + 1, "a gap in a chain"
        assert decision.supersedes == (chain[-1].decision_id if chain else None)
        by_clock, by_person = decision.cause.topic == "clock", decision.cause.topic == topics.VERDICT
        assert (decision.event_id is None) == by_clock
        self._kind(decision, chain, by_clock, by_person)
        due = {True: decision.appended_ms + ESCALATION_MS, False: decision.appended_ms + REVIEW_MS}[by_clock]
        assert decision.review_by_ms == (due if decision.decision == "hold" else None)
        if not by_clock and not by_person:
            name = decision.seller_id, decision.listing_id
            assert name not in self.barred or decision.decision == "block", "a barred listing was not blocked"
        if decision.decision == "release":
            self.barred.discard((decision.seller_id, decision.listing_id))
        elif decision.decision == "block" and decision.scope == "listing" and decision.mode == "enforce":
            self.barred.add((decision.seller_id, decision.listing_id))
        chain.append(decision)

    def _kind(self, decision: Decision, chain: list[Decision], by_clock: bool, by_person: bool) -> None:
        assert decision.decision in (("release", "hold") if by_clock else ("release", "block") if by_person else ("allow", "hold", "block"))
        assert not decision.degraded or decision.decision != "allow", "a listing was allowed on missing evidence"
        if by_clock and decision.decision == "release":
            assert not chain[-1].degraded, "time released what a detector never saw"
        if decision.decision == "block":
            assert decision.rules or by_person, "only a rule or a person blocks"
        assert decision.escalated == (by_clock and decision.decision == "hold")
        assert not decision.sampled or (by_clock and decision.decision == "release")

    def _action(self, kind: str, action: Action) -> None:
        decision = self.decisions[action.decision_id]  # a decision goes out before what follows from it
        assert (decision.decision, decision.listing_id, decision.seller_id) == (kind, action.listing_id, action.seller_id)
        assert (decision.revision, decision.scope) == (action.revision, action.scope)
        if action.action == "placed":
            assert decision.mode == "enforce", "something was placed in shadow"
            assert action.decision_id not in self.placed, "placed twice"
            assert (action.lifted_by, action.review_by_ms) == (None, decision.review_by_ms)
            self.placed[action.decision_id] = action
        else:
            assert action.decision_id in self.placed, "lifted before it was placed"
            assert action.decision_id not in self.lifted, "lifted twice"
            assert action.lifted_by is not None
            self.lifted.add(action.decision_id)

    def state(self) -> None:
        """The stored state agrees with what went out."""
        listings = {split_listing_key(key): state for key, state in _listings(self._driver).items()}
        stand = {one: action for one, action in self.placed.items() if one not in self.lifted}
        assert {state.placed_id for state in listings.values() if state.placed} == stand.keys()
        for (seller_id, listing_id), state in listings.items():
            self._listing(seller_id, listing_id, state)
        held = {deadline_key(state.review_by_ms, listing_key(*name)) for name, state in listings.items() if state.status == "held"}
        assert set(self._driver.deadlines()) == held
        for seller_id, seller in _sellers(self._driver).items():
            assert seller.last_ms >= self.last_ms.get(seller_id, seller.first_ms), "a seller's time went back"
            assert seller.first_ms <= seller.last_ms
            self.last_ms[seller_id] = seller.last_ms

    def _listing(self, seller_id: str, listing_id: str, state: ListingState) -> None:
        chain = self.chains.get((seller_id, listing_id, state.revision), [])
        assert (state.sequence, state.decision_id) == ((len(chain), chain[-1].decision_id) if chain else (0, ""))
        assert state.barred == ((seller_id, listing_id) in self.barred)
        assert (state.review_by_ms > 0) == (state.status == "held")
        if not state.placed:
            shadow = bool(chain) and chain[-1].mode == "shadow"
            assert shadow or state.status not in ("held", "blocked"), "held or blocked, and downstream was told nothing"
            return
        assert state.status == {"hold": "held", "block": "blocked"}[state.placed], "something stands that should have been lifted"
        action = self.placed[state.placed_id]
        assert (action.seller_id, action.listing_id, action.revision) == (seller_id, listing_id, state.placed_revision)
        assert action.scope == state.placed_scope


def _listings(driver: Driver) -> dict[bytes, ListingState]:
    decoded = {key: decode_listing(value) for key, value in driver.state.values.items() if key[:1] == b"l"}
    return {key: state for key, state in decoded.items() if state is not None}


def _sellers(driver: Driver) -> dict[str, SellerState]:
    decoded = {key[1:].decode(): decode_seller(value) for key, value in driver.state.values.items() if key[:1] == b"s"}
    return {key: state for key, state in decoded.items() if state is not None}


SELLERS = st.sampled_from(["s-1", "s-2"])
LISTINGS = st.sampled_from(["l-1", "l-2"])  # both sellers use both ids: nobody promised that a listing id is one seller's alone
TITLES = st.sampled_from([CLEAN, WEAK, STRONG, BLOCK, BAR])
SKEW = st.sampled_from([timedelta(), timedelta(hours=-1), timedelta(days=-400), timedelta(minutes=3), timedelta(days=26_000)])


class ListingMachine(RuleBasedStateMachine):
    """Two sellers with two listing ids each, and everything that can happen to them."""

    def __init__(self) -> None:
        super().__init__()
        self.failing = False
        self.newest: dict[tuple[str, str], ListingContent | ListingRemoved] = {}
        self._patch = patch.object(content, "DETECTORS", (*DETECTORS, Detector("flaky", self._flaky)))
        self._patch.start()
        self.driver = Driver(rulebook=RULEBOOK)
        self.watch = Watch(self.driver)

    def teardown(self) -> None:
        self._patch.stop()

    def _flaky(self, *_: Any) -> None:
        if self.failing:
            raise ValueError("the detector has a bug")

    def _revision(self, seller_id: str, listing_id: str) -> int:
        known = self.driver.listing(seller_id, listing_id)
        return known.revision if known else 0

    @initialize(failing=st.booleans())
    def begin(self, failing: bool) -> None:
        self.failing = failing

    @rule(seller=SELLERS, listing=LISTINGS, title=TITLES, edit=st.booleans(), skip=st.integers(1, 2), skew=SKEW)
    def publish(self, seller: str, listing: str, title: str, edit: bool, skip: int, skew: timedelta) -> None:
        make = edited if edit else published
        event = make(seller, listing, self._revision(seller, listing) + skip, title, at=self.driver.now + skew)
        stepped = self.driver.publish(event)
        self.newest[seller, listing] = event
        decision = msgspec.json.decode(stepped.outcome.decisions[0], type=Decision)
        assert (stepped.outcome.kind, len(stepped.outcome.decisions)) == ("judged", 1)
        assert decision.degraded == self.failing
        assert stepped.outcome.failed_detectors == (("flaky",) if self.failing else ())

    @rule(seller=SELLERS, listing=LISTINGS, skew=SKEW)
    def remove(self, seller: str, listing: str, skew: timedelta) -> None:
        before = self.driver.seller(seller)
        event = removed(seller, listing, self._revision(seller, listing) + 1, at=self.driver.now + skew)
        stepped = self.driver.publish(event)
        self.newest[seller, listing] = event
        after, state = self.driver.seller(seller), self.driver.listing(seller, listing)
        assert (stepped.outcome.kind, stepped.outcome.decisions) == ("recorded", ())
        assert state is not None
        assert after is not None
        assert (state.status, state.placed) == ("removed", "")
        if before is not None:  # deleting does not launder
            assert after.fingerprints == before.fingerprints
            now_ms = after.last_ms
            assert after.strikes.at(now_ms, STRIKE_HALF_LIFE_MS) >= before.strikes.at(now_ms, STRIKE_HALF_LIFE_MS)

    @rule(
        seller=SELLERS,
        listing=LISTINGS,
        kind=st.sampled_from(["release", "block"]),
        scope=st.sampled_from(["revision", "listing"]),
        off=st.integers(-1, 1),
    )
    def decide(self, seller: str, listing: str, kind: Any, scope: Any, off: int) -> None:
        known = self.driver.listing(seller, listing)
        revision = max(1, (known.revision if known else 1) + off)
        stepped = self.driver.verdict(kind, seller, listing, revision=revision, scope=scope)
        if known is None or revision > known.revision:
            assert (stepped.outcome.kind, stepped.outcome.reason, stepped.outcome.writes) == ("recorded", "unknown_revision", ())
        elif revision < known.revision:
            assert (stepped.outcome.kind, stepped.outcome.writes) == ("stale", ())
        else:
            counts = EXPECTED[known.status, "verdict_release" if kind == "release" else "verdict_block"][0] is not None
            assert (stepped.outcome.kind, len(stepped.outcome.decisions)) == ("recorded", int(counts))

    @rule(minutes=st.sampled_from([1, 13 * 60, 50 * 60, 40 * 24 * 60]))
    def wait(self, minutes: int) -> None:
        self.driver.advance(minutes)

    @rule(seller=SELLERS, listing=LISTINGS, again=st.sampled_from(["same bytes", "new id and time"]))
    def repeat(self, seller: str, listing: str, again: str) -> None:
        event = self.newest.get((seller, listing))
        if event is not None:
            if again == "new id and time":
                event = msgspec.structs.replace(event, event_id="retry", occurred_at=self.driver.now)
            self._changes_nothing(event, "repeated", "")

    @rule(seller=SELLERS, listing=LISTINGS, back=st.integers(1, 2))
    def come_late(self, seller: str, listing: str, back: int) -> None:
        revision = self._revision(seller, listing) - back
        if revision > 0:
            self._changes_nothing(edited(seller, listing, revision, CLEAN), "stale", "older_revision")

    @rule(seller=SELLERS, listing=LISTINGS, kind=st.sampled_from(["content", "type"]))
    def contradict(self, seller: str, listing: str, kind: str) -> None:
        event = self.newest.get((seller, listing))
        if event is None:
            return
        other = edited(seller, listing, event.revision, "another title") if kind == "content" else _other_type(event)
        self._changes_nothing(other, "dead_letter", "conflict")
        assert self.driver.dead_letters()[-1].reason == "conflict"

    def _changes_nothing(self, event: Any, kind: str, reason: str) -> None:
        before = dict(self.driver.state.values)
        stepped = self.driver.publish(event)
        assert (stepped.outcome.kind, stepped.outcome.reason) == (kind, reason)
        assert self.driver.state.values == before
        others = [record.topic for record in stepped.records if record.topic != topics.TRACE]
        assert others == ([topics.DEAD_LETTER] if kind == "dead_letter" else [])

    @rule(failing=st.booleans())
    def detector_fails(self, failing: bool) -> None:
        self.failing = failing

    @rule(mode=st.sampled_from(["enforce", "shadow", "half"]))
    def set_mode(self, mode: str) -> None:
        text = RULEBOOK if mode == "enforce" else RULEBOOK.replace('"enforce"', '"shadow"')
        self.driver.put_in_force(RULEBOOK + "\n[[shadow]]\nshare = 0.5\n" if mode == "half" else text)

    @rule(seller=SELLERS, kind=st.sampled_from(["sold", "refunded", "disputed"]), skew=SKEW)
    def trade(self, seller: str, kind: str, skew: timedelta) -> None:
        at = (self.driver.now + skew).isoformat()
        event = {"event_id": "t", "type": kind, "occurred_at": at, "order_id": "o", "listing_id": "l-1", "seller_id": seller}
        assert self.driver.publish(event, topics.TRANSACTION).outcome.kind == "recorded"

    @rule(value=st.sampled_from([b"", b"{", b'{"type":"published"}', None]))
    def poison(self, value: bytes | None) -> None:
        self._changes_nothing(value, "dead_letter", {b"{": "not_json", b'{"type":"published"}': "missing_field"}.get(value or b"", "empty"))

    @invariant()
    def holds_always(self) -> None:
        self.watch.look()
        self.watch.state()

    @invariant()
    def every_input_is_traced_once(self) -> None:
        assert self.driver.sequence == len(self.driver.inputs) + len(self.driver.ticks)
        last = [record for record in self.driver.sent[-1:] if record.topic == topics.TRACE]
        assert not self.driver.sent or last, "the trace record comes last"


def _other_type(event: ListingContent | ListingRemoved) -> Any:
    """The same revision as another kind of event."""
    if isinstance(event, ListingRemoved):
        return published(event.seller_id, event.listing_id, event.revision, CLEAN)
    return removed(event.seller_id, event.listing_id, event.revision)


ListingMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestListingMachine = ListingMachine.TestCase


def test_the_watch_finds_a_second_placing() -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s", "l", 1, WEAK))
    hold = next(record for record in driver.sent if record.topic == topics.HOLD)
    driver.sent.append(hold)
    with pytest.raises(AssertionError, match="placed twice"):
        Watch(driver).look()


def test_the_watch_finds_a_lost_deadline() -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s", "l", 1, WEAK))
    watch = Watch(driver)
    watch.look()
    watch.state()
    driver.state.write(dict.fromkeys(driver.deadlines()))
    with pytest.raises(AssertionError):
        watch.state()


def test_the_watch_finds_what_stands_after_a_removal() -> None:
    driver = Driver(rulebook=RULEBOOK)
    driver.publish(published("s", "l", 1, WEAK))
    driver.publish(removed("s", "l", 2))
    driver.sent = [record for record in driver.sent if record.topic != topics.HOLD or b'"lifted"' not in record.value]
    watch = Watch(driver)
    watch.look()
    with pytest.raises(AssertionError):
        watch.state()


def test_a_seller_key_is_no_listing_key() -> None:
    keys = {seller_key("a"), listing_key("a", "b"), listing_key("ab", ""), seller_key("b"), deadline_key(1, listing_key("a", "b"))}
    assert len(keys) == 5
    assert split_listing_key(listing_key("a\u20acb", "c")) == ("a\u20acb", "c")
