"""A seed's world: a cluster, one to three workers with the real engine, a marketplace, and everything that goes wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from screener import topics
from screener.contracts import TraceHead
from screener.processor import Compiled, SideVersion
from screener.runtime.exits import RESTART, EngineStop
from screener.runtime.poller import REVOKE_WAIT_S
from screener.runtime.settings import Settings
from screener.sidelog import SideReader
from tests.simulation.clients import Trouble
from tests.simulation.cluster import Cluster, Transaction
from tests.simulation.hub import Actor, Clock, Crash, Hub, Loop, Process
from tests.simulation.inputs import Published, evidence, marketplace, registry, rulebook
from tests.simulation.oracle import Broken, Oracle, partitioned
from tests.simulation.processor import PROCESSOR, SHIPPED_RULEBOOK, compiled_once, failing_detector
from tests.simulation.worker import Worker

SESSION_TIMEOUT_S = 2.0
TRANSACTION_TIMEOUTS_S = (3, 30)
"""Shorter and longer than a revoke waits (5 s) and a session lasts."""
STEPS_MAX = 40_000
"""A world that is not at rest by then never will be."""
CALM_S = 60.0
"""Simulated seconds within which everything must be judged once nothing goes wrong any more."""
QUIET_S = 1.0
"""Simulated seconds at rest before the last look: the last WriteBatch is done by then."""
CLOSED_EVERY = 3
"""One world in so many has a closing, which takes as long as all that went before."""
CLOSING_S = 2.5
"""As `QUIET_S`, in a closing: side logs were followed by then, and what is due had its tick."""
CLOSING_INPUTS = 6
"""Published in a closing, when only the newest versions may be in force."""
POLLS_APART_MAX_S = 10.0
"""Stands for max.poll.interval.ms (300 s): longer than a process is stopped (6 s) and a poll thread waits while much is queued (1 s)."""
HOUR_S = 3_700.0
TOMBSTONE_S = 13 * 3_600.0


@dataclass(frozen=True)
class Plan:
    """What a seed makes of a world."""

    partitions: int
    workers: int
    inputs: int
    round_max_inputs: int
    disturbance: float
    """Chance of a disturbance per step of the hub."""
    crash: float
    """Chance to die at an effect or a write."""
    trouble: Trouble


HANDOVERS = 4
"""Seeds that leave this rest when divided by five are about partitions that change hands while everything is slow: what a revoke cannot wait for."""


def plan(seed: int, dice: Random) -> Plan:
    """What the seed's world is like."""
    if seed % 5 == HANDOVERS:
        trouble = Trouble(early_delivery=dice.choice((0.0, 0.1)), stall=dice.choice((0.1, 0.3)))
        return Plan(dice.choice((2, 3)), 3, dice.randrange(16, 36), dice.choice((1, 2, 4)), 0.02, 0.0, trouble)
    calm = dice.random() < 0.1
    return Plan(
        partitions=dice.choice((1, 2, 2, 3, 4)),
        workers=dice.choice((1, 2, 2, 3)),
        inputs=dice.randrange(8, 36),
        round_max_inputs=dice.choice((1, 2, 4, 8, 12)),
        disturbance=0.0 if calm else dice.choice((0.002, 0.01, 0.02)),
        crash=0.0 if calm else dice.choice((0.0, 0.01, 0.04)),
        trouble=Trouble()
        if calm
        else Trouble(
            dice.choice((0.0, 0.2)),
            dice.choice((0.0, 0.1)),
            dice.choice((0.0, 0.05, 0.3)),
            dice.choice((0.0, 0.1)),
            dice.choice((0.0, 0.0, 0.05)),
            dice.choice((0.0, 0.0, 0.0, 0.003)),
        ),
    )


class World:
    """Runs one seed; raises `Broken`."""

    def __init__(self, seed: int) -> None:
        self.seed, self.dice = seed, Random(seed)
        self.plan = plan(seed, self.dice)
        self.clock = Clock()
        self.hub = Hub(self.dice, self.clock)
        self.log: list[str] = []
        self.effects: Counter[str] = Counter()
        self.crashes: Counter[str] = Counter()
        self.loops: list[tuple[Process, Loop]] = []
        self.trouble = replace(self.plan.trouble)
        self.crash_chance = self.plan.crash
        self.cluster = Cluster(self.clock, partitioned(PROCESSOR, self.plan.partitions), SESSION_TIMEOUT_S, self.say)
        self._readers = {topic: SideReader(topic) for topic in PROCESSOR.sides}
        self._versions: dict[tuple[str, int], SideVersion] = {(topics.RULEBOOK, -1): SHIPPED_RULEBOOK}
        self.oracle = Oracle(self.cluster, PROCESSOR, self._in_force, self.plan.round_max_inputs)
        self._inputs = marketplace(self.dice, self.plan.inputs)
        settings = Settings(
            bootstrap="nowhere",
            session_timeout_ms=int(SESSION_TIMEOUT_S * 1000),
            transaction_timeout_ms=self.dice.choice(TRANSACTION_TIMEOUTS_S) * 1000,
            round_max_inputs=self.plan.round_max_inputs,
            backlog_max_records=self.dice.choice((2, 10, 1000)),
            dead_letter_run_max=0,
        )
        self.workers = [
            Worker(self, f"w{n}", settings.model_copy(update={"state_dir": Path(f"w{n}"), "worker_id": f"w{n}"})) for n in range(self.plan.workers)
        ]
        self._side(topics.REGISTRY, registry(0))
        self._side(topics.RULEBOOK, rulebook(0))
        self._calm = False
        self._closing = [self._put_in_force, self._let_hours_pass] if seed % CLOSED_EVERY == 0 else []
        self._quiet_s = CLOSING_S if self._closing else QUIET_S

    # What happens

    def run(self) -> World:
        """To the end: everything published, everything judged, everything at rest."""
        with failing_detector():
            for worker in self.workers[: 1 + self.dice.randrange(len(self.workers))]:
                worker.start()
            for _ in range(STEPS_MAX):
                self._supervise()
                if not self._calm and self.dice.random() < self.plan.disturbance:
                    self._disturb()
                if self._inputs and self.dice.random() < 0.03:
                    self._publish()
                if not self._inputs and not self._calm and self.dice.random() < 0.004:
                    self._rest()
                self._step()
                if self._calm and self._has_rested() and self._close():
                    return self
                if self._calm and self.clock.now > self._deadline:
                    break
        raise Broken("everything_is_judged", f"{self.oracle.missing()} inputs are not judged {CALM_S:.0f} s after the last disturbance")

    def _step(self) -> None:
        if not self.hub.step():
            self.clock.now += 0.1  # nobody runs: somebody may be about to be restarted
        self.cluster.tick()
        for process, loop in self.loops:
            if process.alive and loop.errors:
                raise Broken("no_bug_in_the_loop", loop.errors[0])
        if self._raised is not None:
            raise self._raised

    _raised: Broken | None = None
    _deadline: float = 0.0
    _rest_since: float = 0.0

    def _supervise(self) -> None:
        for worker in self.workers:
            if worker.process is None and worker.restart_at is not None and worker.restart_at <= self.clock.now:
                worker.start()
        if all(worker.process is None for worker in self.workers) and all(worker.restart_at is None for worker in self.workers):
            self.workers[0].start()

    def _publish(self) -> None:
        dice = self.dice
        burst = [self._inputs.pop(0) for _ in range(min(len(self._inputs), dice.randrange(1, 5)))]
        chance = dice.random()
        if chance < 0.75:
            self._append(burst, None)
            return
        transaction = Transaction("a producer's", self.clock.now, 60.0)
        self._append(burst, transaction)
        aborted = chance < 0.88
        transaction.state = "aborted" if aborted else "committed"
        for topic, number in transaction.first:
            entries = self.cluster.logs[topic, number]
            self.cluster.append((topic, number), None, None, None, None)
            entries[-1].marker, entries[-1].transaction = True, transaction
        if aborted:
            self._append(burst, None)  # its retry

    def _append(self, burst: list[Published], transaction: Transaction | None) -> None:
        for one in burst:
            place = (one.topic, self.cluster.partition_for(one.topic, one.key))
            offset = self.cluster.append(place, one.key, one.value, [("schema", b"1")], transaction)
            self.say(f"published {place} {offset}")

    def _side(self, topic: str, records: list[bytes]) -> None:
        for value in records:
            offset = self.cluster.append((topic, 0), None, value, None, None)
            if self._readers[topic].feed(offset, value):
                newest = self._readers[topic].newest
                assert newest is not None
                self._versions[topic, offset] = newest
        self.say(f"{topic} has a new version")

    def _in_force(self, head: TraceHead) -> Compiled:
        try:
            versions = {topic: self._versions[topic, in_force.offset] for topic, in_force in head.side.items()}
        except KeyError as error:
            raise Broken("side_log_is_whole", f"sequence {head.sequence} names {head.side}") from error
        compiled = compiled_once(versions)
        assert isinstance(compiled, Compiled)
        return compiled

    def _disturb(self) -> None:
        dice = self.dice
        worker = dice.choice(self.workers)
        running = worker.process is not None
        match dice.randrange(12):
            case 0 | 1 if running:
                self.crash(worker.process, power_cut=dice.random() < 0.5)
            case 2 if running:
                self._stop_for_a_while(worker)
            case 3 if running:
                worker.stop()
            case 4 | 5 if not running:
                worker.start()
            case 6:
                self._side(topics.REGISTRY, registry(dice.randrange(2)))
            case 7:
                self._side(topics.RULEBOOK, rulebook(dice.randrange(3)))
            case 11:
                self._side(topics.EVIDENCE, evidence(dice.randrange(2)))
            case 8 | 9 if not self.cluster.ongoing:
                self.clock.leap(HOUR_S)
                self.say("an hour passes")
            case 10 if not running:
                self._age()
            case _:
                pass

    def _stop_for_a_while(self, worker: Worker) -> None:
        process = worker.process
        assert process is not None
        process.paused = True
        until = self.clock.now + self.dice.choice((0.5, 3.0, 6.0))
        self.say(f"{process.name} is stopped")

        def go_on() -> None:
            process.paused = False
            self.hub.actors.remove(alarm)
            self.say(f"{process.name} goes on")

        alarm = Actor(Process("alarm"), "alarm", lambda: False, go_on, until)
        self.hub.actors.append(alarm)

    def _age(self) -> None:
        """Half a day passes, and the cleaner compacts the changelog as far as that."""
        if self.cluster.ongoing:
            return
        self.clock.leap(TOMBSTONE_S)
        for number in range(self.plan.partitions):
            place = (PROCESSOR.changelog, number)
            self.cluster.compact(place, self.cluster.end(place))
        self.say("half a day passes, the changelog is compacted")

    # How processes end

    def maybe_crash(self, process: Process, where: str) -> None:
        """Dies here, with the plan's chance."""
        if self.crash_chance and self.dice.random() < self.crash_chance:
            self.crashes[where] += 1
            self.say(f"{process.name} dies at {where}")
            self.crash(process, power_cut=self.dice.random() < 0.3)
            raise Crash

    def crash(self, process: Process | None, power_cut: bool) -> None:
        """A process is gone, with or without its machine; restarted in a while, unless another lives and the dice say never."""
        worker = next(worker for worker in self.workers if worker.process is process)
        assert process is not None
        self.say(f"{process.name} is gone{', with its machine' if power_cut else ''}")
        worker.die(process, power_cut)
        alone = all(other.process is None for other in self.workers)
        if alone or self._calm or self.dice.random() < 0.8:
            worker.restart_at = self.clock.now + self.dice.choice((0.0, 0.5, 4.0))

    def released(self, worker: Worker, waited_s: float) -> None:
        """A revoke has come back: whoever did not run out of patience has let go of everything."""
        if waited_s < REVOKE_WAIT_S and worker.disk.held:
            self._raised = Broken("a_revoke_waits_for_the_engine", f"{worker.name} holds {sorted(worker.disk.held)} after {waited_s:.1f} s")

    def lost(self, worker: Worker, waited_s: float) -> None:
        """`on_lost` has come back: what belongs to another already is given up at once, for nothing under way can count any more."""
        if waited_s > 0:
            self._raised = Broken("what_is_lost_is_given_up_at_once", f"{worker.name} took {waited_s:.1f} s")

    def polled(self, worker: Worker, apart_s: float) -> None:
        """The group's consumer is polled again: whoever polls too rarely is put out of the group, however well it is."""
        if apart_s > POLLS_APART_MAX_S:
            self._raised = Broken("polls_go_on", f"{worker.name} did not poll for {apart_s:.1f} s")

    def joins(self, instance: str) -> None:
        """A process joins: what its seat left open is ended by then, or its own restore would wait for it until it times out."""
        for transaction in self.cluster.ongoing:
            if transaction.transactional_id == instance:
                self._raised = Broken("its_own_transaction_is_ended_before_the_join", f"{instance} left {transaction.records[:3]} open")

    def exited(self, worker: Worker, process: Process, failure: EngineStop | None) -> None:
        """A process has ended by itself or on request."""
        if worker.process is not process:
            return
        self.say(f"{process.name} exits: {failure}")
        if failure is not None and (failure.code != RESTART or "the engine failed" in str(failure)):
            self._raised = Broken("no_worker_gives_up", str(failure))
        self.crash(process, power_cut=False)

    # The end

    def _rest(self) -> None:
        """From now on nothing goes wrong."""
        self._calm = True
        self.crash_chance = 0.0
        self.trouble.lost_answer = self.trouble.slow_commit = self.trouble.stall = self.trouble.refusal = self.trouble.vanishing = 0.0
        self._deadline = self.clock.now + CALM_S
        self.say("calm")
        for worker in self.workers:
            if worker.process is not None:
                worker.process.paused = False
            elif worker.restart_at is None:
                worker.restart_at = self.clock.now

    def _has_rested(self) -> bool:
        if not self._at_rest() or self.oracle.missing():
            self._rest_since = 0.0
            return False
        self._rest_since = self._rest_since or self.clock.now
        return self.clock.now > self._rest_since + self._quiet_s

    def _close(self) -> bool:
        """The next thing of the closing, once everything is at rest; True when nothing is left."""
        if not self._closing:
            self._check_end()
            return True
        self._closing.pop(0)()
        self._rest_since, self._deadline = 0.0, self.clock.now + CALM_S
        return False

    def _put_in_force(self) -> None:
        self._side(topics.REGISTRY, registry(self.dice.randrange(2)))
        self._side(topics.RULEBOOK, rulebook(self.dice.randrange(3)))
        self._side(topics.EVIDENCE, evidence(self.dice.randrange(2)))

    def _let_hours_pass(self) -> None:
        """Every hold is due, and more is published; workers have had time to see the newest versions."""
        self.oracle.newest = {topic: max(offset for of, offset in self._versions if of == topic) for topic in PROCESSOR.sides}
        self.clock.leap(HOUR_S)
        self._append(marketplace(self.dice, CLOSING_INPUTS), None)

    def _at_rest(self) -> bool:
        committing = any(actor.name == "commit" for actor in self.hub.actors)
        return not (committing or self.cluster.ongoing) and all(self._serves_what_it_owns(worker) for worker in self.workers)

    def _serves_what_it_owns(self, worker: Worker) -> bool:
        owned = {number for _, number in self.cluster.assignments.get(_instance(worker), [])}
        return worker.engine is not None and worker.engine.is_ready and {int(path.name) for path in worker.disk.held} == owned

    def _check_end(self) -> None:
        owned = [number for worker in self.workers for number in sorted({n for _, n in self.cluster.assignments.get(_instance(worker), [])})]
        if sorted(owned) != list(range(self.plan.partitions)):
            raise Broken("every_partition_has_one_owner", f"{owned}")
        for worker in self.workers:
            for path, store in worker.disk.held.items():
                assert store._values is not None
                self.oracle.check_store(int(path.name), store._values)
        if self._quiet_s == CLOSING_S:
            self.oracle.check_deadlines(int((self.clock.now - CLOSING_S) * 1000))
        self.say(f"at rest: {sorted(self.oracle.outcomes.items())}")

    def say(self, line: str) -> None:
        """One more line of the seed's log."""
        self.log.append(f"{self.clock.now:.3f} {line}")


def _instance(worker: Worker) -> str:
    return f"{worker.settings.application}-{PROCESSOR.name}-{worker.name}"
