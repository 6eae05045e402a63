"""Workers that die and workers that come back from the dead.

Goal: wherever a worker is stopped by force, started again or not, nothing is lost or doubled; and one that went on judging after its partitions were
given away gets nothing of it committed.
Method: a real broker, three worker processes under load; `kill -9` at random moments. For the zombies one of two workers is stopped while its effect
mark says that it judges, or while the broker holds records of its open transaction, until the other has taken over; then it is continued.
Blind spot: a machine that loses power, hosts cut off from the broker but not stopped, clocks that jump.
"""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from screener import topics
from screener.runtime.effects import Effect, read_mark
from screener.runtime.exits import RESTART
from tests.faults.scene import RECOVERY_MAX_S, SEED, Scene
from tests.harness import TIMEOUT_S, Worker, until

KILLS = int(os.environ.get("SCREENER_FAULT_KILLS", "50"))
ABANDONED_IN = 10
"""One kill in so many is not followed by a restart."""

PYTHON_PATH_KILLS = 10
WORKERS = 3
WRITTEN = (topics.DECISION, topics.JUDGE_CHANGELOG)

DECIDED_S = 0.1
"""A commit that is on its way is through within this time; a transaction that is open still is the stopped process's."""

FROZEN_S = 8.0
"""Above the session timeout of the system tests' workers (6 s): the group has given the partitions away when it is over."""


@pytest.mark.faults(limit_s=1_200)
def test_killed_at_random_moments(scene: Scene) -> None:
    chance = random.Random(SEED)
    for _ in range(WORKERS):
        scene.start(scene.new_worker())
    scene.start_load()
    for number in range(1, KILLS + 1):
        worker = chance.choice(scene.tended)
        time.sleep(chance.uniform(0.1, 1.0))
        if number % ABANDONED_IN:
            _kill_and_start(scene, worker, "kill")
        else:
            began = time.monotonic()
            scene.kill(worker)
            scene.recovered("kill-abandoned", began)
            scene.start(scene.new_worker())
    assert scene.finish().ticks, "no hold fell due: the clock was not part of it"


@pytest.mark.faults
def test_killed_on_the_python_path(scene: Scene) -> None:
    """Faust without its C parts drops events of another generation and acknowledges them; the engine must not depend on either."""
    chance = random.Random(SEED)
    for _ in range(2):
        scene.start(scene.new_worker({"NO_CYTHON": "1"}))
    scene.start_load()
    for _ in range(PYTHON_PATH_KILLS):
        worker = chance.choice(scene.tended)
        time.sleep(chance.uniform(0.1, 1.0))
        _kill_and_start(scene, worker, "kill-python-path")
    assert scene.finish().ticks, "no hold fell due: the clock was not part of it"


def _kill_and_start(scene: Scene, worker: Worker, fault: str) -> None:
    scene.kill(worker)
    began = time.monotonic()
    scene.start(worker)
    scene.recovered(fault, began)


@pytest.mark.faults
@pytest.mark.parametrize("fault", ["zombie-judged", "zombie-open"])
def test_a_zombie_keeps_nothing(scene: Scene, fault: str) -> None:
    zombie, other = scene.start(scene.new_worker()), scene.start(scene.new_worker())
    scene.start_load()
    scene.wait_decided()
    stable = scene.cluster.ends(*WRITTEN, committed=True)
    met = _freeze(scene, zombie, leaving_open=fault == "zombie-open")
    began = time.monotonic()
    scene.recovered(fault, began)
    time.sleep(max(0.0, began + FROZEN_S - time.monotonic()))
    size = zombie.log.stat().st_size
    zombie.running.send_signal(signal.SIGCONT)
    until(lambda: _came_back(zombie, size), RECOVERY_MAX_S, lambda: f"it neither rejoined nor ended: {zombie.tail()}")
    scene.wait_decided()
    said = zombie.log.read_bytes()[size:].decode()
    print(f"frozen in {met.name}; then it said:\n{said}")
    aborted = scene.cluster.aborted(stable, *WRITTEN)
    if fault == "zombie-open":
        assert aborted, "its transaction was not aborted"
    assert other.running.poll() is None
    assert scene.finish().ticks, "no hold fell due: the clock was not part of it"


def _freeze(scene: Scene, worker: Worker, leaving_open: bool) -> Effect:
    """Stops the worker where it is wanted: judging with nothing in a transaction, or with records in an open one."""
    mark, deadline = worker.state_dir / "effect", time.monotonic() + TIMEOUT_S
    wanted = (Effect.PRODUCE, Effect.COMMIT) if leaving_open else (Effect.JUDGE,)
    while time.monotonic() < deadline:
        if read_mark(mark) not in wanted:
            continue
        worker.running.send_signal(signal.SIGSTOP)
        time.sleep(0.002)  # until all its threads stand
        if (met := read_mark(mark)) in wanted and (not leaving_open or _is_open(scene)):
            return met
        worker.running.send_signal(signal.SIGCONT)
        time.sleep(0.003)
    raise AssertionError("the worker was never met where it is wanted")


def _is_open(scene: Scene) -> bool:
    """A transaction with records on these topics is undecided, and stays so: it is not the other worker's, whose rounds go on."""
    before = _undecided(scene)
    time.sleep(DECIDED_S)
    return bool(before & _undecided(scene))


def _undecided(scene: Scene) -> set[tuple[tuple[str, int], int]]:
    """Partitions and the offset at which their first undecided transaction begins."""
    stable, ends = scene.cluster.ends(*WRITTEN, committed=True), scene.cluster.ends(*WRITTEN)
    return {(place, offset) for place, offset in stable.items() if offset < ends[place]}


def _came_back(worker: Worker, size: int) -> bool:
    """It ended for a restart, or was assigned anew and is ready."""
    code = worker.running.poll()
    if code is not None:
        assert code == RESTART, f"it ended with {code}: {worker.tail()}"
        return True
    return b'"restored"' in worker.log.read_bytes()[size:] and worker.readiness()[0] == 200
