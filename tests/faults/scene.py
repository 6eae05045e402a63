"""What every fault shares: a broker on kept data, workers under a supervisor, a stream of inputs, and one ending.

The supervisor does what `deploy/guides/operations.md` asks of one: a worker that ended with 70 is started again, any other end fails the scenario
unless the scenario wants it. The ending is the same for every fault: nothing more is published, everything is decided, all workers stop in order,
topics are read and counted (`losses`), and the oracle folds everything anew and compares outputs, changelog and state.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from confluent_kafka import KafkaException

from screener import topics
from screener.embedded import BrokerSecurity, EmbeddedBroker
from screener.intake import INPUT_CONTRACTS
from screener.runtime.exits import RESTART
from tests.faults.losses import count_losses
from tests.faults.results import Result, record
from tests.harness import Cluster, Worker, until
from tests.oracle import Findings, check
from tests.streams import Market, Publishing, publish, write_registry

SEED = 20_260_504
PACE = 100.0
"""Inputs a second while a fault happens: load enough that rounds are under way, not so much that a loaded machine falls behind."""

INPUTS_MAX = 500_000
"""No stream is meant to reach it; it ends when the fault is over."""

OVERDUE_SHARE = 0.1
"""Of the listings so many claim to be as old as a hold's deadline, so that the clock's ticks are part of every fault."""

RECOVERY_MAX_S = 150.0
"""The watchdog's minute, a session timeout, a transaction timeout and a start of the process come one after another on a loaded machine."""

LATER_S = 1.0
"""By then every partition has got an input after the fault: without one, a partition that nobody serves would pass for recovered."""

ANSWER_S = 3.0
ASK_AGAIN_S = 0.2
RESTARTS_MAX = 20
"""A worker that ends with 70 so many times does not recover."""


class Scene:
    """One installation and what happened to it."""

    def __init__(self, folder: Path, broker: EmbeddedBroker, stack: ExitStack) -> None:
        self.folder, self.broker, self._stack = folder, broker, stack
        self.cluster, self.market = Cluster(broker.bootstrap), Market(SEED)
        self.workers: list[Worker] = []
        """Every one that ever ran: their directories are compared at the end."""
        self.tended: list[Worker] = []
        """Those that ought to run."""
        self.restarts = 0
        self.recoveries_s: dict[str, list[float]] = defaultdict(list)
        self._load: Publishing | None = None

    # Workers ------------------------------------------------------------------------------------------------------------------------------

    def new_worker(self, env: Mapping[str, str] | None = None, kind: type[Worker] = Worker) -> Worker:
        """A worker with a directory of its own, not started and not tended."""
        worker = self._stack.enter_context(kind(self.broker.bootstrap, self.folder / f"w{len(self.workers) + 1}", env))
        self.workers.append(worker)
        return worker

    def start(self, worker: Worker) -> Worker:
        """Starts a worker, tends it from now on, and waits until it is ready."""
        worker.start()
        self.tended.append(worker)
        until(lambda: self._is_ready(worker), RECOVERY_MAX_S, lambda: f"it answers {worker.readiness()}: {worker.tail()}")
        return worker

    def stop(self, worker: Worker) -> None:
        """By SIGTERM, in order."""
        self.tended.remove(worker)
        assert worker.terminate() == 0, worker.tail()

    def kill(self, worker: Worker) -> None:
        """By SIGKILL; nobody starts it again by himself."""
        self.tended.remove(worker)
        worker.kill()

    def ended(self, worker: Worker) -> int:
        """Waits for the end of a worker that is not to be started again; returns its exit code."""
        if worker in self.tended:
            self.tended.remove(worker)
        return worker.wait(RECOVERY_MAX_S)

    def tend(self) -> None:
        """Starts again what ended with 70; fails on any other end."""
        for worker in self.tended:
            code = worker.running.poll()
            if code is None:
                continue
            assert code == RESTART, f"{worker.state_dir.name} ended with {code}: {worker.tail()}"
            self.restarts += 1
            assert self.restarts <= RESTARTS_MAX, f"{worker.state_dir.name} ends again and again: {worker.tail()}"
            worker.start()

    def _is_ready(self, worker: Worker) -> bool:
        self.tend()
        return worker.readiness()[0] == 200

    # Load and recovery --------------------------------------------------------------------------------------------------------------------

    def start_load(self, pace: float = PACE) -> Publishing:
        """Mixed inputs at a pace until `stop_load`."""
        self._load = Publishing(self.broker.bootstrap, self.market.records(INPUTS_MAX, OVERDUE_SHARE), pace).start()
        return self._load

    def stop_load(self) -> None:
        """Ends the stream, if there is one."""
        if self._load is not None:
            self._load.stop()
            self._load.join(RECOVERY_MAX_S)
            self._load = None

    def publish(self, count: int) -> None:
        """So many mixed inputs at once."""
        publish(self.broker.bootstrap, self.market.records(count, OVERDUE_SHARE))

    def judge(self, count: int) -> None:
        """So many mixed inputs, decided when it returns."""
        self.publish(count)
        self.wait_decided()

    def wait_decided(self) -> None:
        """Until everything that is published now is decided."""
        wanted = self._ends()
        until(lambda: self._is_decided(wanted), RECOVERY_MAX_S, lambda: self._undecided(wanted), every_s=0.1)

    def recovered(self, fault: str, since: float) -> None:
        """Waits until everything that was published by a second after `since` (`time.monotonic`) is decided; keeps the seconds since then."""
        if self._load is not None:
            time.sleep(max(0.0, since + LATER_S - time.monotonic()))
        self.wait_decided()
        self.recoveries_s[fault].append(round(time.monotonic() - since, 2))

    def _ends(self) -> dict[tuple[str, int], int]:
        deadline = time.monotonic() + RECOVERY_MAX_S
        while True:
            try:
                return self.cluster.ends(*INPUT_CONTRACTS)
            except KafkaException:  # a broker that has just come back
                self.cluster = Cluster(self.broker.bootstrap)
                assert time.monotonic() < deadline, "the broker does not say where its topics end"
                time.sleep(ASK_AGAIN_S)

    def _is_decided(self, wanted: Mapping[tuple[str, int], int]) -> bool:
        self.tend()
        try:
            done = self.cluster.committed(timeout_s=ANSWER_S)
        except (KafkaException, TimeoutError):  # a coordinator that is still loading; the caller's time limit ends what does not heal
            self.cluster = Cluster(self.broker.bootstrap)  # one whose connections wait for nothing
            return False
        return all(done[place] >= end for place, end in wanted.items())

    def _undecided(self, wanted: Mapping[tuple[str, int], int]) -> str:
        done = self.cluster.committed()
        missing = sum(max(0, end - done[place]) for place, end in wanted.items())
        return f"{missing} inputs are not decided; " + "; ".join(f"{w.state_dir.name}: {w.readiness()} {w.tail(500)}" for w in self.tended)

    # The ending ---------------------------------------------------------------------------------------------------------------------------

    def finish(self, **tries: int) -> Findings:
        """The ending of every fault. `tries` names faults that have no recovery, dashes written as underscores; others count their recoveries."""
        self.stop_load()
        self.wait_decided()
        for worker in list(self.tended):
            until(partial(self._is_ready, worker), RECOVERY_MAX_S, worker.tail)  # one that had ended with 70 is started again first
            self.stop(worker)
        losses, findings = count_losses(self.broker.bootstrap), check(self.broker.bootstrap, [worker.state_dir for worker in self.workers])
        counted = {name.replace("_", "-"): count for name, count in tries.items()}
        for fault in {**counted, **self.recoveries_s}:
            found = self.recoveries_s.get(fault, [])
            number = counted.get(fault, len(found))
            record(Result(fault, number, losses.lost, losses.doubled, findings.difference_count, found, self.restarts))
        print(f"{losses}; {findings}")
        assert not findings.differences
        assert (losses.lost, losses.doubled) == (0, 0)
        assert losses.inputs == findings.inputs > 0
        return findings


@contextmanager
def open_scene(folder: Path, partitions: int | None = None, security: BrokerSecurity | None = None) -> Iterator[Scene]:
    """A broker on data that outlives its stops, with topics and registry; whatever runs at the end is ended.

    With `security` everything logs in as the environment says, workers as their own variables say.
    """
    with EmbeddedBroker(data=folder / "broker", security=security) as broker, ExitStack() as stack:
        scene = Scene(folder, broker, stack)
        scene.cluster.set_up(write_registry(folder / "brands.jsonl"), partitions)
        scene.cluster.let_producers_set_times(topics.LISTING)
        yield scene
