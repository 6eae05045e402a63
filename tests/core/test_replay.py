"""Goal: what the trace holds is decided again bit for bit, on any hash seed, also what no input explains; and what differs is named.

Method: the good set of `tests/recordset.py` (ticks, several side-log versions, a detector that failed), replayed whole, damaged, without its
beginning, and as if another judge had written it; in child processes with several hash seeds.
Blind spot: other Python versions and data tables (`judge_version` tells them apart); a trace record left out at the very end; a judge that is wrong
in the same way twice.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from screener import topics
from screener.catalog import JUDGE
from screener.cli.main import cli
from screener.judge.version import JUDGE_VERSION
from screener.outlet import MAX_RECORD_BYTES
from screener.processor import Compiled
from screener.sidelog import encode_version
from screener.verify.replay import Difference, Irreproducible, Replay, Replayed, Sides
from tests.driver import CLEAN, RULEBOOK, Driver, edited, published
from tests.recordset import RecordSet, good, set_head, side_records

GOOD = good()
OTHER = "0.0.1+unicode1.0.data00000000.code00000000"


def sides_of(found: RecordSet) -> Sides:
    sides = Sides()
    for topic, offset, value in side_records(found):
        sides.feed(topic, offset, value)
    return sides


def replayed(found: RecordSet, *, late: bool = False, any_version: bool = False) -> list[Replayed]:
    replay = Replay(0, sides_of(found), any_version=any_version)
    return [replay.feed(one.offset, one.value, may_begin_late=late) for one in found.on(topics.TRACE)]


def problems(results: list[Replayed]) -> list[Difference | Irreproducible]:
    return [one.problem for one in results if one.problem is not None]


def test_the_good_set_is_decided_again() -> None:
    results = replayed(GOOD)
    assert problems(results) == []
    assert sum(one.decisions for one in results) == len(GOOD.on(topics.DECISION))
    assert not any(one.other_version or one.skipped for one in results)
    heads = [head for _, head in GOOD.heads()]
    assert len({str(head["side"]) for head in heads}) == 3
    assert any(head["failed_detectors"] == ["price_floor"] for head in heads)
    assert sum(head["reason"] == "tick" for head in heads) == 2


def test_the_hash_seed_decides_nothing() -> None:
    """The set is made under one seed and replayed under another."""
    program = (
        "import sys, base64; from tests.core.test_replay import *\n"
        "replay = Replay(0, sides_of(GOOD))\n"
        "results = [replay.feed(n, base64.b64decode(line), may_begin_late=False) for n, line in enumerate(sys.stdin)]\n"
        "print(sum(one.decisions for one in results), problems(results))"
    )
    trace = b"\n".join(base64.b64encode(one.value) for one in GOOD.on(topics.TRACE))
    for seed in ("0", "20260501"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", program], input=trace, env=env, capture_output=True, check=True, timeout=120)
        assert done.stdout.decode().strip() == f"{len(GOOD.on(topics.DECISION))} []"


# What differs.


def change(found: RecordSet, step: int, **changes: Any) -> None:
    set_head(found.on(topics.TRACE)[step - 1], **changes)


def judged_step(found: RecordSet) -> int:
    return next(number for number, (_, head) in enumerate(found.heads(), 1) if head["listing_id"] == "relisted")


def change_a_decision(found: RecordSet) -> None:
    step = judged_step(found)
    head = found.heads()[step - 1][1]
    change(found, step, decisions=[{**head["decisions"][0], "risk": 0.001}])


def change_an_outcome(found: RecordSet) -> None:
    change(found, judged_step(found), outcome="recorded")


def change_the_state_found(found: RecordSet) -> None:
    change(found, judged_step(found), state_before="0" * 32)


def change_the_state_left(found: RecordSet) -> None:
    change(found, judged_step(found), state_after="0" * 32)


def conceal_a_failed_detector(found: RecordSet) -> None:
    step = next(number for number, (_, head) in enumerate(found.heads(), 1) if head["failed_detectors"])
    change(found, step, failed_detectors=[])


def invent_a_failed_detector(found: RecordSet) -> None:
    change(found, judged_step(found), failed_detectors=["replica_slang"])


def name_another_reason(found: RecordSet) -> None:
    change(found, next(number for number, (_, head) in enumerate(found.heads(), 1) if head["outcome"] == "stale"), reason="whatever")


def space_out_a_head(found: RecordSet) -> None:
    one = found.on(topics.TRACE)[0]
    one.value = one.value.replace(b",", b", ", 1)


@pytest.mark.parametrize(
    ("damage", "field"),
    [
        (change_a_decision, "decisions"),
        (change_an_outcome, "outcome"),
        (change_the_state_found, "state_before"),
        (change_the_state_left, "state_after"),
        (conceal_a_failed_detector, "decisions"),
        (invent_a_failed_detector, "decisions"),
        (name_another_reason, "reason"),
        (space_out_a_head, "bytes"),
    ],
)
def test_what_differs_is_named(damage: Callable[[RecordSet], None], field: str) -> None:
    found = good()
    damage(found)
    first, *_ = problems(replayed(found))
    assert isinstance(first, Difference)
    assert field in first.fields
    assert first.detail


def test_an_input_whose_bytes_were_changed_is_decided_otherwise() -> None:
    found = good()
    one = found.on(topics.TRACE)[judged_step(found) - 1]
    head, _, original = one.value.partition(b"\n")
    one.value = head + b"\n" + original.replace(CLEAN.encode(), "Velmora 高仿".encode())
    first, *_ = problems(replayed(found))
    assert isinstance(first, Difference)
    assert {"decisions", "state_after"} <= set(first.fields)


def test_a_gap_is_a_difference_and_what_follows_from_it_is_not_reproducible() -> None:
    found = good()
    found.remove(found.on(topics.TRACE)[0])
    first, *others = problems(replayed(found))
    assert isinstance(first, Difference)
    assert first.fields == ("sequence",)
    assert others
    assert all(isinstance(one, Irreproducible) and "gap" in one.reason for one in others)


def test_a_record_twice_is_one_difference() -> None:
    found = good()
    found.append(topics.TRACE, found.on(topics.TRACE)[-1].value)
    (one,) = problems(replayed(found))
    assert isinstance(one, Difference)


# What cannot be decided again.


def test_without_its_beginning_nothing_is_decided_and_that_is_said() -> None:
    found = good()
    for one in found.on(topics.TRACE)[:5]:
        found.remove(one)
    results = replayed(found, late=True)
    assert all(one.skipped for one in results)
    assert problems(results) == []


def test_a_version_that_no_side_log_holds_is_named() -> None:
    found = good()
    found.side_logs[topics.RULEBOOK] = []
    reasons = {one.reason for one in problems(replayed(found)) if isinstance(one, Irreproducible)}
    assert any(topics.RULEBOOK in reason and "no whole version" in reason for reason in reasons)


def test_another_rulebook_under_the_same_offset_is_named() -> None:
    found = good()
    found.side_logs[topics.RULEBOOK][0:2] = encode_version([{"text": RULEBOOK.replace("0.75", "0.76")}])
    first, *_ = problems(replayed(found))
    assert isinstance(first, Irreproducible)
    assert "was in force" in first.reason


def test_what_another_judge_decided_is_counted_and_compared_only_if_asked() -> None:
    found = good()
    for traced, head in found.heads():
        decisions = [{**decision, "judge_version": OTHER} for decision in head["decisions"]]
        set_head(traced, judge_version=OTHER, decisions=decisions)
    results = replayed(found)
    assert all(one.other_version for one in results)
    assert (sum(one.decisions for one in results), problems(results)) == (0, [])
    asked = replayed(found, any_version=True)
    assert problems(asked) == []
    assert sum(one.decisions for one in asked) == len(GOOD.on(topics.DECISION))
    change_a_decision(found)
    assert problems(replayed(found)) == []
    (one,) = problems(replayed(found, any_version=True))
    assert isinstance(one, Difference)
    assert one.fields == ("decisions",)


def test_the_state_of_another_judge_is_no_difference_of_this_one() -> None:
    """It left another state than ours would, and the next input found that."""
    found = good()
    (foreign, _), (ours, _) = found.heads()[-2:]
    set_head(foreign, judge_version=OTHER, state_after="1" * 32)
    set_head(ours, state_before="1" * 32)
    (problem,) = problems(replayed(found))
    assert isinstance(problem, Irreproducible)
    assert "another judge version" in problem.reason


@pytest.mark.parametrize("failed", ["views", "replica_slang"])
def test_a_failure_is_forced(failed: str) -> None:
    """What failed when the input was judged fails again, though nothing is wrong with it now."""
    driver = Driver(rulebook=RULEBOOK)
    live: Compiled = driver._compiled
    driver._compiled = replace(live, side=replace(live.side, forced_failures=(failed,)))
    driver.publish(published("s-1", "l-1", 1, CLEAN))
    driver._compiled = live
    driver.publish(edited("s-1", "l-1", 2, CLEAN))
    assert [decision.degraded for decision in driver.decisions()] == [True, False]
    assert [head.failed_detectors for head, _ in driver.traces()] == [(failed,), ()]
    assert driver.decisions()[0].decision == "hold"
    replay = Replay(0, sides_of(GOOD))
    traced = [record for record in driver.sent if record.topic == topics.TRACE]
    results = [replay.feed(offset, record.value, may_begin_late=False) for offset, record in enumerate(traced)]
    assert problems(results) == []
    assert sum(one.decisions for one in results) == 2


def test_an_output_that_was_too_large_only_with_its_headers_is_named() -> None:
    driver = Driver(rulebook=RULEBOOK)
    stepped = driver.publish(published("s-1", "l-1", 1, CLEAN), headers=(("schema", b"1"), ("big", b"x" * MAX_RECORD_BYTES)))
    assert stepped.outcome.reason == "output_too_large"
    driver.publish(published("s-1", "l-1", 1, CLEAN))
    replay = Replay(0, sides_of(GOOD))
    traced = [record for record in driver.sent if record.topic == topics.TRACE]
    first, second = (replay.feed(offset, record.value, may_begin_late=False) for offset, record in enumerate(traced))
    assert isinstance(first.problem, Irreproducible)
    assert "too large" in first.problem.reason
    assert second.problem is None


def test_replay_says_what_it_can_do() -> None:
    done = CliRunner().invoke(cli, ["replay"])
    assert done.exit_code == 2
    assert "--verify" in done.output


@pytest.mark.parametrize("junk", [b"", b"\n", b"{}\n", b"\xff\n{}"])
def test_what_is_no_trace_record_is_named(junk: bytes) -> None:
    found = good()
    found.append(topics.TRACE, junk)
    (one,) = problems(replayed(found))
    assert isinstance(one, Irreproducible)
    assert "cannot be read" in one.reason


def test_the_judge_named_is_this_one() -> None:
    assert {head["judge_version"] for _, head in GOOD.heads()} == {JUDGE_VERSION}
    assert JUDGE.trace == topics.TRACE
