"""kill -9 of the worker, ten times, while listings are published.

Goal: whatever moment a worker dies in, no input is lost, none is decided twice, and state, topics and changelog stay one.
Method: a real broker, one worker process on one state directory, 20,000 mixed inputs at a pace (some listings claim to be 48 hours old, so that
holds fall due and the clock's ticks are part of it). A kill is aimed: the process is stopped, the effect mark looked at, and the process killed if
it is in the effect that was aimed at, else let go on; some must also leave a transaction open, which the broker is asked about while the process
stands. Others come at a random time. After the last input the oracle folds everything anew and compares.
Blind spot: a machine that loses power (the kernel keeps what a killed process wrote), a broker that dies, several workers (see test_three_workers).
"""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from screener import topics
from screener.embedded import EmbeddedBroker
from screener.runtime.effects import Effect, read_mark
from tests.harness import Cluster, Worker
from tests.oracle import check
from tests.streams import Market, Publishing, write_registry

SEED = 20_260_501
INPUTS = 20_000
RATE = 180.0
"""Inputs a second while kills happen: lasts longer than ten of them, restarts included. After the last one the rest comes at once."""


@dataclass(frozen=True)
class Aim:
    """The effect a kill is aimed at, None: whatever the worker is doing then."""

    effect: Effect | None = None
    leaving_open: bool = False
    """Only when the broker holds records of an undecided transaction."""

    def __str__(self) -> str:
        return (self.effect.name if self.effect else "anything") + (", open" if self.leaving_open else "")


OPEN = Aim(Effect.COMMIT, leaving_open=True)
AIMS = (
    OPEN, Aim(Effect.PRODUCE), Aim(Effect.STORE), Aim(), Aim(Effect.COMMIT), Aim(Effect.JUDGE), OPEN, Aim(), Aim(Effect.NEXT), OPEN,
)  # fmt: skip

AIM_MAX_S = 6.0
"""What is not met for so long is given up, and the worker killed wherever it is."""

DEPTH_MAX_S = 0.008
"""How far into an effect a kill falls at most: without a pause it would always be its very beginning. A commit takes 5 to 10 ms."""

DECIDED_S = 0.1
"""A commit that is on its way is through within this time; a transaction that is open still is nobody's but the stopped process's."""

ABORTED_MIN = 3
"""So many kills at least must leave a transaction that the broker aborts."""

WRITTEN = (topics.DECISION, topics.JUDGE_CHANGELOG)


@dataclass(frozen=True)
class Kill:
    """What one kill met."""

    number: int
    aimed: str
    met: Effect
    aborted: int
    """Decisions and changelog records of the transaction that it left open and that was aborted for it."""

    def __str__(self) -> str:
        return f"kill {self.number:2}: aimed at {self.aimed:12} fell into {int(self.met)} {self.met.name:8} aborted records {self.aborted}"


def test_ten_kills_lose_and_double_nothing(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    started = time.monotonic()
    chance = random.Random(SEED)
    cluster = Cluster(own_broker.bootstrap)
    cluster.set_up(write_registry(tmp_path / "brands.jsonl"))
    cluster.let_producers_set_times(topics.LISTING)
    records = list(Market(SEED).records(INPUTS, overdue_share=0.1))
    kills: list[Kill] = []
    with Worker(own_broker.bootstrap, tmp_path / "w1") as worker:
        worker.start().wait_ready()
        publishing = Publishing(own_broker.bootstrap, records, RATE).start()
        for number, aim in enumerate(AIMS, 1):
            time.sleep(chance.uniform(0.1, 1.0))
            kills.append(_kill(worker, number, aim, cluster, chance))
            print(kills[-1])
        under_load = not publishing.is_done
        publishing.hurry()
        publishing.join(60)
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0, worker.tail()
    findings = check(own_broker.bootstrap, [worker.state_dir])
    print(f"effects met: {dict(sorted(Counter(int(kill.met) for kill in kills).items()))}; {time.monotonic() - started:.0f} s in all\n{findings}")
    assert under_load, "the stream ended before the last kill: some kills met an idle worker"
    assert not findings.differences
    assert findings.inputs == INPUTS
    assert findings.outcomes["judged"] == findings.decided_listings
    assert "not the applied one" not in worker.log.read_text(encoding="utf-8"), "a restore found state and group at different offsets"
    assert findings.ticks, "no hold fell due: the clock was not part of the proof"
    assert len({kill.met for kill in kills}) >= 4, "the kills are not spread over the effects"
    assert sum(kill.aborted > 0 for kill in kills) >= ABORTED_MIN, "too few kills left a transaction that was aborted"


def _kill(worker: Worker, number: int, aim: Aim, cluster: Cluster, chance: random.Random) -> Kill:
    """Kills the worker, where it is aimed at if that is met in time, and starts it again."""
    mark, deadline = worker.state_dir / "effect", time.monotonic() + AIM_MAX_S
    while aim.effect is not None and time.monotonic() < deadline:
        if read_mark(mark) != aim.effect:
            continue
        time.sleep(chance.uniform(0, DEPTH_MAX_S))
        worker.running.send_signal(signal.SIGSTOP)
        time.sleep(0.002)  # until all its threads stand
        if read_mark(mark) == aim.effect and (not aim.leaving_open or _is_open(cluster)):
            break
        worker.running.send_signal(signal.SIGCONT)
        time.sleep(0.003)
    worker.kill()
    met, stable = read_mark(mark), cluster.ends(*WRITTEN, committed=True)
    worker.start().wait_ready()  # it aborts what it left open before it joins
    return Kill(number, str(aim), met, cluster.aborted(stable, *WRITTEN))


def _is_open(cluster: Cluster) -> bool:
    """A transaction with records on these topics is undecided, and stays so."""
    if cluster.ends(*WRITTEN) == cluster.ends(*WRITTEN, committed=True):
        return False
    time.sleep(DECIDED_S)
    return cluster.ends(*WRITTEN) != cluster.ends(*WRITTEN, committed=True)
