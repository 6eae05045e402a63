"""What happens to the group: workers that come and go, one of another release, and topics of another shape.

Goal: partitions that move take their state along exactly; what cannot be served together is refused with words that say what to do.
Method: a real broker and real processes; the older release is this one with a catalog that lacks `screening.ring` (`older_release.py`).
Blind spot: rebalances that come faster than restores; releases that differ in the state's format; all topics' partition counts raised alike, which
keeps them equal to one another (see `deploy/reliability.md`).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from screener import topics
from screener.runtime.exits import DO_NOT_RESTART
from tests.faults.scene import RECOVERY_MAX_S, Scene
from tests.harness import Worker, until

BATCH = 600
SESSION_S = 8.0
"""Above the workers' session timeout (6 s): a stopped worker stays a member for so long, with its release's subscription."""


class OlderWorker(Worker):
    """A worker that does not know `screening.ring`."""

    program = (sys.executable, str(Path(__file__).with_name("older_release.py")))


@pytest.mark.faults
def test_one_then_three_then_two_then_four(scene: Scene) -> None:
    first = scene.start(scene.new_worker())
    scene.start_load()

    def add() -> Worker:
        began = time.monotonic()
        worker = scene.start(scene.new_worker())
        until(lambda: worker.metric("screener_inputs_total") > 0, RECOVERY_MAX_S, lambda: f"it gets nothing: {worker.tail()}")
        scene.recovered("scaling", began)
        return worker

    add()
    third = add()
    began = time.monotonic()
    scene.stop(first)
    scene.recovered("scaling", began)
    add()
    add()
    began = time.monotonic()
    scene.kill(third)
    scene.recovered("scaling", began)
    scene.finish()


@pytest.mark.faults_short
def test_an_older_release_joins(scene: Scene) -> None:
    """The group refuses itself where the two would share partitions unlike; what the older one judged alone is continued by this release."""
    newer = scene.start(scene.new_worker())
    scene.judge(BATCH)
    older = scene.new_worker(kind=OlderWorker)
    older.start()
    scene.publish(BATCH)
    assert scene.ended(newer) == DO_NOT_RESTART, newer.tail()
    assert "wait until their sessions are over" in newer.tail()
    assert "then start one release" in newer.tail()
    until(lambda: older.running.poll() is not None or older.readiness()[0] == 200, RECOVERY_MAX_S, lambda: older.tail())
    if older.running.poll() is None:
        assert older.terminate() == 0, older.tail()
    else:
        assert older.running.returncode == DO_NOT_RESTART, older.tail()
        assert "then start one release" in older.tail()
    scene.publish(BATCH)
    time.sleep(SESSION_S)
    began = time.monotonic()
    scene.start(newer)
    scene.recovered("older-release", began)
    scene.finish()


@pytest.mark.faults_short
def test_partitions_of_an_input_raised(scene: Scene) -> None:
    worker = scene.start(scene.new_worker())
    scene.judge(BATCH)
    scene.stop(worker)
    count = len(scene.cluster.partitions(topics.LISTING)) + 1
    scene.cluster.add_partitions(topics.LISTING, count)
    before = scene.cluster.count(topics.TRACE)
    for _ in range(2):  # a restart ends the same way
        assert worker.start().wait(RECOVERY_MAX_S) == DO_NOT_RESTART, worker.tail()
    assert "topics have different partition counts" in worker.tail()
    assert f"{topics.LISTING} {count}" in worker.tail()
    assert "new application id" in worker.tail()
    assert scene.cluster.count(topics.TRACE) == before, "it judged"
    scene.finish(partitions_raised=1)


@pytest.mark.faults
def test_another_application_on_the_same_topics(scene: Scene) -> None:
    """One mistyped variable would have everything decided twice."""
    worker = scene.start(scene.new_worker())
    scene.judge(BATCH)
    other = scene.new_worker({"SCREENER_APPLICATION": "screener2"})
    assert other.start().wait(RECOVERY_MAX_S) == DO_NOT_RESTART, other.tail()
    assert "belongs to the application screener" in other.tail()
    assert "SCREENER_APPLICATION=screener" in other.tail()
    scene.workers.remove(other)  # it holds nothing
    scene.judge(BATCH)
    assert worker.process is not None
    assert worker.process.poll() is None
    scene.finish(other_application=1)
