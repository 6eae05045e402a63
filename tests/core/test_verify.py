"""Goal: every invariant has a name, a broken one is named and no other, and nothing that is whole is ever called broken.

Method: a good set of records by the driver (`tests/recordset.py`): the real core, every outcome, decision and action. It is damaged in one place at a
time. And it is read as a running system is: at every cut, with the other topics read further, in part deleted by retention.
Blind spot: a core that is wrong in the same way twice, since what a decision should be is not asked here (`screener replay --verify` asks that of the
trace, `tests/oracle.py` of the inputs themselves, and neither knows a better judge); what brokers do to offsets; brand hits, which have no
invariant here; values of the changelog other than `m`, which the oracle compares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener import topics
from screener.verify.findings import INVARIANTS, KEPT_MAX, PROMISES, Findings
from screener.verify.partition import EFFECTS
from tests.recordset import GAP, RecordSet, good, set_body, set_head, verify

GOOD = good()
"""Not to be changed: a test that damages takes `good()`."""


def last_of(found: RecordSet, topic: str, **fields: Any) -> Any:
    """The last record of a topic whose fields are these, and its body."""
    bodies = found.heads() if topic == topics.TRACE else found.bodies(topic)
    return next((one, body) for one, body in reversed(bodies) if all(body.get(name) == value for name, value in fields.items()))


def change_decision(found: RecordSet, decision_id: str, **changes: Any) -> None:
    """Changes a decision on its topic and in the trace alike."""
    for one, body in found.bodies(topics.DECISION):
        if body["decision_id"] == decision_id:
            set_body(one, **changes)
    for one, head in found.heads():
        decisions = [{**body, **changes} if body["decision_id"] == decision_id else body for body in head["decisions"]]
        if decisions != head["decisions"]:
            set_head(one, decisions=decisions)


def test_the_good_set_shows_everything() -> None:
    heads = [head for _, head in GOOD.heads()]
    assert {head["outcome"] for head in heads} == {"judged", "recorded", "repeated", "stale", "dead_letter"}
    assert {head["reason"] for head in heads} >= {"removal", "tick", "verdict", "transaction", "conflict", "empty"}
    decisions = [body for _, body in GOOD.bodies(topics.DECISION)]
    assert {body["decision"] for body in decisions} == {"allow", "hold", "block", "release"}
    assert {body["mode"] for body in decisions} == {"enforce", "shadow"}
    assert {body["degraded"] for body in decisions} == {True, False}
    lifts = {body["lifted_by"] for topic in (topics.HOLD, topics.BLOCK) for _, body in GOOD.bodies(topic)}
    assert lifts == {None, "edit", "removal", "release", "block", "hold"}


def test_nothing_of_the_good_set_is_broken() -> None:
    findings, checked = verify(GOOD)
    assert findings.kept == ()
    assert checked.traced == len(GOOD.metas)
    assert checked.states > checked.traced / 2
    assert checked.begins == {}


def test_an_empty_partition_is_whole() -> None:
    assert verify(RecordSet([], set(), [], {}))[0].kept == ()


# One broken invariant at a time.


def lose_an_input(found: RecordSet) -> None:
    found.sources.add((topics.LISTING, GAP))


def lose_the_last_input(found: RecordSet) -> None:
    end = found.meta["applied"][topics.TRANSACTION]
    found.sources.add((topics.TRANSACTION, end))
    found.committed = {**found.meta["applied"], topics.TRANSACTION: end + 1}


def lose_a_whole_topic(found: RecordSet) -> None:
    found.sources.add((topics.RING, 0))
    found.committed = {**found.meta["applied"], topics.RING: 1}


def trace_an_input_twice(found: RecordSet) -> None:
    one, head = found.heads()[-1]
    set_head(found.append(topics.TRACE, one.value), sequence=head["sequence"] + 1)
    found.metas.append({**found.meta, "sequence": head["sequence"] + 1})


def trace_a_tick_twice(found: RecordSet) -> None:
    one, _ = last_of(found, topics.TRACE, reason="tick")
    set_head(found.append(topics.TRACE, one.value), sequence=found.meta["sequence"] + 1)
    found.metas.append({**found.meta, "sequence": found.meta["sequence"] + 1})


def swap_two_inputs(found: RecordSet) -> None:
    (one, head), (other, other_head) = found.heads()[-2:]
    set_head(one, cause=other_head["cause"])
    set_head(other, cause=head["cause"])


def set_the_clock_back(found: RecordSet) -> None:
    first, second = (head["cause"]["offset"] for _, head in found.heads() if head["reason"] == "tick")
    for one in found.lying:
        one.value = one.value.replace(b'"offset":%d,' % first, b'"offset":%d,' % (second + 1))
    for number, meta in enumerate(found.metas):
        found.metas[number] = {**meta, "tick_ms": max(meta["tick_ms"], second + 1) if meta["tick_ms"] else 0}


def invent_an_outcome(found: RecordSet) -> None:
    set_head(found.heads()[-1][0], outcome="guessed")


def skip_a_number(found: RecordSet) -> None:
    one, head = found.heads()[-1]
    set_head(one, sequence=head["sequence"] + 1)
    found.meta["sequence"] += 1


def begin_at_two(found: RecordSet) -> None:
    for one, head in found.heads():
        set_head(one, sequence=head["sequence"] + 1)
    found.meta["sequence"] += 1


def trace_on_another_partition(found: RecordSet) -> None:
    one, head = found.heads()[-1]
    set_head(one, cause={**head["cause"], "partition": 1})
    at = head["cause"]["offset"]
    found.sources.remove((topics.TRANSACTION, at))
    found.metas[-1] = {**found.meta, "applied": {**found.meta["applied"], topics.TRANSACTION: at}}


def judge_without_a_decision(found: RecordSet) -> None:
    one, head = last_of(found, topics.TRACE, listing_id="relisted")
    set_head(one, decisions=[])
    found.remove(last_of(found, topics.DECISION, decision_id=head["decisions"][0]["decision_id"])[0])


def decide_on_a_repeat(found: RecordSet) -> None:
    one, head = last_of(found, topics.TRACE, outcome="repeated")
    decision = {**last_of(found, topics.DECISION, decision="allow")[1], "listing_id": "other", "cause": head["cause"]}
    set_head(one, decisions=[decision])
    set_body(found.append(topics.DECISION, b"{}", key=decision["seller_id"].encode()), **decision)


def name_another_cause(found: RecordSet) -> None:
    _, body = last_of(found, topics.DECISION, listing_id="relisted")
    change_decision(found, body["decision_id"], cause={**body["cause"], "offset": 0})


def lose_a_decision(found: RecordSet) -> None:
    found.remove(last_of(found, topics.DECISION, listing_id="relisted")[0])


def change_a_decision(found: RecordSet) -> None:
    set_body(last_of(found, topics.DECISION, listing_id="relisted")[0], risk=0.123)


def send_a_decision_under_another_key(found: RecordSet) -> None:
    found.bodies(topics.DECISION)[-1][0].key = b"somebody"


def send_a_hold_under_another_key(found: RecordSet) -> None:
    last_of(found, topics.HOLD, action="placed")[0].key = b"somebody"


def hold_for_another_reason(found: RecordSet) -> None:
    set_body(last_of(found, topics.HOLD, action="placed")[0], reasons=["burst"])


def hold_at_another_risk(found: RecordSet) -> None:
    set_body(last_of(found, topics.HOLD, action="placed")[0], risk=0.123)


def set_the_changelogs_clock_forward(found: RecordSet) -> None:
    found.metas[-1] = {**found.meta, "tick_ms": 9_999_999_999_999}


def double_a_decision(found: RecordSet) -> None:
    one, _ = found.bodies(topics.DECISION)[-1]
    found.append(topics.DECISION, one.value)


def decide_a_repeat_on_the_topic_only(found: RecordSet) -> None:
    _, head = last_of(found, topics.TRACE, outcome="repeated")
    one, body = last_of(found, topics.DECISION, decision="allow")
    set_body(found.append(topics.DECISION, one.value), **{**body, "listing_id": "other", "cause": head["cause"]})


def decide_without_a_trace(found: RecordSet) -> None:
    one, body = last_of(found, topics.DECISION, decision="allow")
    set_body(found.append(topics.DECISION, one.value), listing_id="forged", revision=1, cause={**body["cause"], "offset": 10_000})


def decide_for_another_partition(found: RecordSet) -> None:
    one, body = last_of(found, topics.DECISION, decision="allow")
    set_body(found.append(topics.DECISION, one.value), listing_id="forged", revision=1, cause={**body["cause"], "partition": 5})


def supersede_another(found: RecordSet) -> None:
    change_decision(found, last_of(found, topics.DECISION, decision="release")[1]["decision_id"], supersedes="0" * 32)


def supersede_nothing(found: RecordSet) -> None:
    change_decision(found, last_of(found, topics.DECISION, listing_id="relisted")[1]["decision_id"], supersedes="0" * 32)


def skip_a_link(found: RecordSet) -> None:
    change_decision(found, last_of(found, topics.DECISION, decision="release")[1]["decision_id"], sequence=7)


def go_back_a_revision(found: RecordSet) -> None:
    _, body = last_of(found, topics.DECISION, listing_id="bar", revision=1)
    change_decision(found, body["decision_id"], revision=3)
    for one, action in found.bodies(topics.BLOCK):
        if action["decision_id"] == body["decision_id"]:
            set_body(one, revision=3)


def lose_a_dead_letter(found: RecordSet) -> None:
    found.remove(found.on(topics.DEAD_LETTER)[1])


def change_a_dead_letter(found: RecordSet) -> None:
    found.on(topics.DEAD_LETTER)[1].value = b"["


def change_a_dead_letters_key(found: RecordSet) -> None:
    found.on(topics.DEAD_LETTER)[0].key = b"somebody"


def drop_a_dead_letters_header(found: RecordSet) -> None:
    one = found.on(topics.DEAD_LETTER)[1]
    one.headers = tuple(header for header in one.headers if header[0] != "traceparent")


def rename_a_dead_letters_reason(found: RecordSet) -> None:
    one = found.on(topics.DEAD_LETTER)[1]
    one.headers = tuple((name, b"empty" if name == "screener.dlq.reason" else value) for name, value in one.headers)


def double_a_dead_letter(found: RecordSet) -> None:
    one = found.on(topics.DEAD_LETTER)[1]
    found.append(topics.DEAD_LETTER, one.value, key=one.key, headers=one.headers)


def _letter_about(found: RecordSet, offset: int) -> None:
    one = found.on(topics.DEAD_LETTER)[1]
    headers = tuple((name, str(offset).encode() if name == "screener.dlq.offset" else value) for name, value in one.headers)
    found.append(topics.DEAD_LETTER, one.value, key=one.key, headers=headers)


def bury_what_was_judged(found: RecordSet) -> None:
    _letter_about(found, 0)


def bury_nobody(found: RecordSet) -> None:
    _letter_about(found, 10_000)


def lose_a_hold(found: RecordSet) -> None:
    found.remove(last_of(found, topics.HOLD, action="placed")[0])


def lose_a_lift(found: RecordSet) -> None:
    found.remove(last_of(found, topics.HOLD, action="lifted", lifted_by="removal")[0])


def hold_for_nothing(found: RecordSet) -> None:
    one, _ = last_of(found, topics.HOLD, action="placed")
    set_body(found.append(topics.HOLD, one.value), listing_id="other")


def hold_in_shadow(found: RecordSet) -> None:
    _, decision = last_of(found, topics.DECISION, mode="shadow", decision="hold")
    names = ("listing_id", "seller_id", "revision", "scope", "decision_id", "cause", "review_by_ms")
    one, _ = last_of(found, topics.HOLD, action="placed")
    set_body(found.append(topics.HOLD, one.value), **{name: decision[name] for name in names})


def hold_what_is_blocked(found: RecordSet) -> None:
    one, _ = last_of(found, topics.BLOCK, action="placed", listing_id="block")
    found.append(topics.HOLD, one.value)
    found.remove(one)


def lift_before_it_is_placed(found: RecordSet) -> None:
    placed, lifted = [one for one, body in found.bodies(topics.HOLD) if body["listing_id"] == "removed"]
    placed.value, lifted.value = lifted.value, placed.value


def block_for_nothing(found: RecordSet) -> None:
    decision_id = last_of(found, topics.DECISION, listing_id="block")[1]["decision_id"]
    change_decision(found, decision_id, signals=[])
    set_body(last_of(found, topics.BLOCK, decision_id=decision_id)[0], reasons=[])


def allow_without_a_detector(found: RecordSet) -> None:
    change_decision(found, last_of(found, topics.DECISION, listing_id="relisted")[1]["decision_id"], degraded=True)


def conceal_a_failed_detector(found: RecordSet) -> None:
    set_head(last_of(found, topics.TRACE, listing_id="relisted")[0], failed_detectors=["price_floor"])


def leave_the_changelog_behind(found: RecordSet) -> None:
    del found.metas[-1]
    found.committed = GOOD.meta["applied"]


def bring_the_changelog_ahead(found: RecordSet) -> None:
    found.meta["sequence"] += 1


def apply_less(found: RecordSet) -> None:
    applied = found.meta["applied"]
    found.metas[-1] = {**found.meta, "applied": {**applied, topics.LISTING: applied[topics.LISTING] - 1}}


def lose_the_changelog(found: RecordSet) -> None:
    found.metas.clear()
    found.committed = GOOD.meta["applied"]


def find_another_state(found: RecordSet) -> None:
    set_head(found.heads()[-1][0], state_before="0" * 32)


def find_a_new_sellers_state(found: RecordSet) -> None:
    set_head(found.heads()[0][0], state_before="0" * 32)


def touch_state_with_a_repeat(found: RecordSet) -> None:
    set_head(last_of(found, topics.TRACE, outcome="repeated")[0], state_after="0" * 32)


def write_what_nobody_reads(found: RecordSet) -> None:
    found.append(topics.DECISION, b"{}")


def bury_without_an_origin(found: RecordSet) -> None:
    found.append(topics.DEAD_LETTER, b"x", headers=(("screener.dlq.topic", b"t"),))


def trace_in_a_newer_format(found: RecordSet) -> None:
    one, head = found.heads()[-1]
    set_head(found.append(topics.TRACE, one.value), format=2, sequence=head["sequence"] + 1)


PLANTED: tuple[tuple[str, Callable[[RecordSet], None]], ...] = (
    ("input_lost", lose_an_input),
    ("input_lost", lose_the_last_input),
    ("input_lost", lose_a_whole_topic),
    ("input_doubled", trace_an_input_twice),
    ("input_doubled", trace_a_tick_twice),
    ("input_out_of_order", swap_two_inputs),
    ("input_out_of_order", set_the_clock_back),
    ("outcome_unknown", invent_an_outcome),
    ("trace_sequence", skip_a_number),
    ("trace_sequence", begin_at_two),
    ("trace_misplaced", trace_on_another_partition),
    ("decision_count", judge_without_a_decision),
    ("decision_count", decide_on_a_repeat),
    ("decision_count", name_another_cause),
    ("decision_missing", lose_a_decision),
    ("decision_differs", change_a_decision),
    ("decision_differs", send_a_decision_under_another_key),
    ("decision_doubled", double_a_decision),
    ("decision_doubled", decide_a_repeat_on_the_topic_only),
    ("decision_without_trace", decide_without_a_trace),
    ("decision_without_trace", decide_for_another_partition),
    ("chain_broken", supersede_another),
    ("chain_broken", supersede_nothing),
    ("chain_broken", skip_a_link),
    ("chain_broken", go_back_a_revision),
    ("dead_letter_missing", lose_a_dead_letter),
    ("dead_letter_differs", change_a_dead_letter),
    ("dead_letter_differs", change_a_dead_letters_key),
    ("dead_letter_differs", drop_a_dead_letters_header),
    ("dead_letter_differs", rename_a_dead_letters_reason),
    ("dead_letter_unfounded", double_a_dead_letter),
    ("dead_letter_unfounded", bury_what_was_judged),
    ("dead_letter_unfounded", bury_nobody),
    ("action_missing", lose_a_hold),
    ("action_missing", lose_a_lift),
    ("action_unfounded", send_a_hold_under_another_key),
    ("action_unfounded", hold_for_another_reason),
    ("action_unfounded", hold_at_another_risk),
    ("action_unfounded", hold_for_nothing),
    ("action_unfounded", hold_in_shadow),
    ("action_unpaired", lift_before_it_is_placed),
    ("block_without_evidence", block_for_nothing),
    ("degraded_allows", allow_without_a_detector),
    ("degraded_allows", conceal_a_failed_detector),
    ("changelog_disagrees", leave_the_changelog_behind),
    ("changelog_disagrees", bring_the_changelog_ahead),
    ("changelog_disagrees", apply_less),
    ("changelog_disagrees", set_the_changelogs_clock_forward),
    ("changelog_disagrees", lose_the_changelog),
    ("state_chain", find_another_state),
    ("state_chain", find_a_new_sellers_state),
    ("state_chain", touch_state_with_a_repeat),
    ("unreadable_record", write_what_nobody_reads),
    ("unreadable_record", bury_without_an_origin),
    ("unreadable_record", trace_in_a_newer_format),
)


FOLDED = {"trace_not_the_fold", "state_not_the_fold"}
"""Found by deciding the inputs again, and planted in topics that a worker has written (tests/system/test_verify_live.py)."""


@pytest.mark.parametrize(("name", "damage"), PLANTED, ids=[damage.__name__ for _, damage in PLANTED])
def test_damage_has_exactly_its_name(name: str, damage: Callable[[RecordSet], None]) -> None:
    found = good()
    damage(found)
    findings, _ = verify(found)
    assert set(findings.counts) == {name}, findings.kept
    assert all(finding.detail for finding in findings.kept)


def test_a_block_that_is_told_as_a_hold_is_missing_there_and_unfounded_here() -> None:
    found = good()
    hold_what_is_blocked(found)
    assert verify(found)[0].counts == {"action_missing": 1, "action_unfounded": 1}


def test_every_invariant_is_planted_and_has_a_sentence() -> None:
    assert {name for name, _ in PLANTED} | FOLDED == set(INVARIANTS) == set(PROMISES)


def test_another_processors_dead_letters_are_not_the_judges() -> None:
    found = good()
    one = found.on(topics.DEAD_LETTER)[1]
    headers = tuple((name, topics.BRAND_HIT.encode() if name == "screener.dlq.topic" else value) for name, value in one.headers)
    found.append(topics.DEAD_LETTER, one.value, key=one.key, headers=headers)
    assert verify(found)[0].kept == ()


def test_of_many_findings_the_first_are_kept_and_all_counted() -> None:
    total = Findings()
    for number in (1, 2):
        findings = Findings()
        for offset in range(KEPT_MAX):
            findings.add("input_lost", topics.LISTING, number, offset, "")
        total.take(findings)
    assert total.counts == {"input_lost": 2 * KEPT_MAX}
    assert [finding.partition for finding in total.kept] == [1] * KEPT_MAX


# Read while it runs, and after retention.

STEPS = len(GOOD.metas)


@given(st.tuples(*[st.integers(0, STEPS)] * 4).map(sorted))
@settings(max_examples=300, deadline=None)
def test_no_moment_of_a_running_system_looks_broken(moments: list[int]) -> None:
    """What the command may see: the cut first, then m and the other topics in any order, the end of the trace last."""
    cut, one, other, trace_to = moments
    assert verify(GOOD, cut=cut, effects_to=one, meta_at=other, trace_to=trace_to)[0].kept == ()
    assert verify(GOOD, cut=cut, effects_to=other, meta_at=one, trace_to=trace_to)[0].kept == ()


@given(st.fixed_dictionaries({topic: st.integers(0, len(GOOD.on(topic))) for topic in (topics.TRACE, *EFFECTS)}))
@settings(max_examples=300, deadline=None)
def test_what_retention_deleted_is_not_missed(starts: dict[str, int]) -> None:
    findings, checked = verify(GOOD, starts=starts)
    assert findings.kept == ()
    assert (topics.TRACE in checked.begins) == (starts[topics.TRACE] > 0)
    assert all(topic in checked.begins for topic in EFFECTS if starts[topic])


@pytest.mark.parametrize("first", [1, 5, 20])
def test_damage_behind_a_late_beginning_is_found(first: int) -> None:
    found = good()
    double_a_decision(found)
    lose_a_hold(found)
    findings, checked = verify(found, starts={topics.TRACE: first, topics.HOLD: 2})
    assert set(findings.counts) == {"decision_doubled", "action_missing"}
    assert checked.begins[topics.TRACE] == first + 1


def test_a_broken_chain_behind_a_late_beginning_is_found() -> None:
    found = good()
    supersede_another(found)
    assert set(verify(found, starts={topics.DECISION: 1})[0].counts) == {"chain_broken"}


def test_an_old_number_in_the_middle_is_one_finding() -> None:
    """The numbers after it go on from the highest."""
    found = good()
    again = found.append(topics.TRACE, found.on(topics.TRACE)[0].value)
    found.remove(again)
    found.lying.insert(found.lying.index(found.on(topics.TRACE)[-1]), again)
    assert verify(found)[0].counts == {"trace_sequence": 1, "input_doubled": 1}


def test_damage_below_the_cut_is_found_while_it_runs() -> None:
    found = good()
    change_a_decision(found)
    lost = next(one.step for one, body in GOOD.bodies(topics.DECISION) if body["listing_id"] == "relisted")
    assert set(verify(found, cut=lost)[0].counts) == {"decision_differs"}


def test_bytes_of_any_kind_are_findings_not_exceptions() -> None:
    for junk in (b"", b"\n", b"{", b"\xff", b"[" * 5_000, msgspec.json.encode({"format": 1})):
        for topic in (topics.TRACE, *EFFECTS):
            found = good()
            found.append(topic, junk)
            assert set(verify(found)[0].counts) == {"unreadable_record"}
