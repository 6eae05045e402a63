"""Helpers of the system tests: the commands as child processes, workers that can be watched and killed, and questions to the broker.

Everything here is a client of the product: commands, pages over HTTP and Kafka. Nothing of `screener.runtime` is imported but the effect mark.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from confluent_kafka import Consumer, IsolationLevel, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    OffsetSpec,
    ResourceType,
)

from screener.intake import INPUT_CONTRACTS
from tests.login import client
from tests.offsets import group_offsets

SCREENER = str(Path(sys.executable).with_name("screener"))
TIMEOUT_S = 30.0

QUICK = {"SCREENER_SESSION_TIMEOUT_MS": "6000", "SCREENER_TRANSACTION_TIMEOUT_MS": "6000"}
"""The shortest session the broker takes, so that a dead member is noticed soon."""


def command(*arguments: str, bootstrap: str = "", timeout_s: float = 120.0, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs `screener ARGUMENTS` to its end; the exit code is the caller's business."""
    more = {"SCREENER_BOOTSTRAP": bootstrap} if bootstrap else {}
    return subprocess.run(
        [SCREENER, *arguments], env={**os.environ, **more, **(env or {})}, capture_output=True, text=True, timeout=timeout_s, check=False
    )


def succeed(*arguments: str, bootstrap: str = "", timeout_s: float = 120.0) -> str:
    """Runs a command that must end with 0; returns what it printed."""
    done = command(*arguments, bootstrap=bootstrap, timeout_s=timeout_s)
    assert done.returncode == 0, f"screener {' '.join(arguments)} ended with {done.returncode}: {done.stdout}{done.stderr}"
    return done.stdout


class Worker:
    """A `screener worker` process on one state directory; start it again after its end as often as wanted."""

    program: Sequence[str] = (SCREENER, "worker")
    """What is started; a release other than this one has its own."""

    group = "judge"
    """The processor it serves."""

    def __init__(self, bootstrap: str, state_dir: Path, env: Mapping[str, str] | None = None) -> None:
        self.bootstrap, self.state_dir, self.env = bootstrap, state_dir, {**QUICK, **(env or {})}
        self.log = state_dir.with_name(f"{state_dir.name}.log")
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.send_signal(signal.SIGCONT)
            self.process.wait()

    def start(self) -> Self:
        """Starts the process; its output is appended to the log beside the state directory."""
        assert self.process is None or self.process.poll() is not None, "it runs already"
        (self.state_dir / "http").unlink(missing_ok=True)  # the address of an earlier process
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.program, "--bootstrap", self.bootstrap, "--state-dir", str(self.state_dir), "--group", self.group],
                env={**os.environ, **self.env},
                stdout=log,
                stderr=log,
            )
        return self

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process."""
        assert self.process is not None, "it was never started"
        return self.process

    def readiness(self) -> tuple[int, str]:
        """(status, reason) of /readyz; (0, why) while nobody answers."""
        try:
            address = (self.state_dir / "http").read_text(encoding="utf-8").strip()
            with urllib.request.urlopen(f"http://{address}/readyz", timeout=2) as answer:
                return answer.status, json.loads(answer.read())["reason"]
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())["reason"]
        except (OSError, ValueError) as error:
            return 0, str(error)

    def metric(self, name: str) -> float:
        """The sum of a metric's samples over its labels, 0.0 if it has none."""
        address = (self.state_dir / "http").read_text(encoding="utf-8").strip()
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name)

    def wait_ready(self, timeout_s: float = TIMEOUT_S) -> Self:
        """Until /readyz answers 200."""
        self.wait_readiness(200, timeout_s)
        return self

    def wait_readiness(self, status: int, timeout_s: float = TIMEOUT_S) -> str:
        """Until /readyz answers with `status`; returns the reason it gives."""

        def answered() -> bool:
            assert self.running.poll() is None, f"the worker ended with {self.running.returncode}: {self.tail()}"
            return self.readiness()[0] == status

        until(answered, timeout_s, lambda: f"/readyz answers {self.readiness()}, {status} is wanted: {self.tail()}")
        return self.readiness()[1]

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone."""
        self.running.kill()
        self.running.wait()

    def terminate(self, timeout_s: float = TIMEOUT_S) -> int:
        """SIGTERM; returns the exit code."""
        self.running.terminate()
        return self.wait(timeout_s)

    def wait(self, timeout_s: float = TIMEOUT_S) -> int:
        """Waits for the end; returns the exit code."""
        try:
            return self.running.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.running.send_signal(signal.SIGABRT)
            raise AssertionError(f"the worker did not end within {timeout_s:g} s: {self.tail()}") from None

    def tail(self, characters: int = 3_000) -> str:
        """The end of the log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-characters:]


def until(true: Callable[[], bool], timeout_s: float, otherwise: Callable[[], str], every_s: float = 0.05) -> None:
    """Waits until a condition holds; fails with what `otherwise` says."""
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {otherwise()}")
        time.sleep(every_s)


class Cluster:
    """Questions to the broker, and the few things a test must change there."""

    def __init__(self, bootstrap: str, application: str = "screener") -> None:
        self.bootstrap, self.application = bootstrap, application
        self._admin = AdminClient(client(bootstrap))

    def set_up(self, registry: Path | None, partitions: int | None = None) -> None:
        """Creates the topics and loads the registry, by the commands."""
        succeed("topics", "apply", *(["--partitions", str(partitions)] if partitions else []), bootstrap=self.bootstrap)
        if registry is not None:
            succeed("registry", "load", str(registry), bootstrap=self.bootstrap)

    def let_producers_set_times(self, *topics: str) -> None:
        """Message times become the producer's, against the contract, so that a test can publish into the past."""
        self.configure("message.timestamp.type", "CreateTime", *topics)

    def configure(self, name: str, value: str, *topics: str) -> None:
        """Sets one setting of topics, against the contract."""
        entry = ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
        resources = [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry]) for topic in topics]
        for future in self._admin.incremental_alter_configs(resources).values():
            future.result(TIMEOUT_S)

    def add_partitions(self, topic: str, count: int) -> None:
        """Raises a topic's partition count to `count`, against the contract."""
        for future in self._admin.create_partitions([NewPartitions(topic, count)]).values():
            future.result(TIMEOUT_S)

    def partitions(self, *topics: str) -> list[TopicPartition]:
        """Every partition of the topics."""
        known = self._admin.list_topics(timeout=TIMEOUT_S).topics
        return [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]

    def ends(self, *topics: str, committed: bool = False) -> dict[tuple[str, int], int]:
        """The high watermark per partition, or the last stable offset."""
        level = IsolationLevel.READ_COMMITTED if committed else IsolationLevel.READ_UNCOMMITTED
        request = {partition: OffsetSpec.latest() for partition in self.partitions(*topics)}
        futures = self._admin.list_offsets(request, isolation_level=level, request_timeout=TIMEOUT_S)
        return {(p.topic, p.partition): future.result(TIMEOUT_S).offset for p, future in futures.items()}

    def committed(
        self, processor: str = "judge", topics: Sequence[str] = tuple(INPUT_CONTRACTS), timeout_s: float = TIMEOUT_S
    ) -> dict[tuple[str, int], int]:
        """The group's offsets, 0 where it never committed."""
        group = f"{self.application}-{processor}"
        found = group_offsets(self.bootstrap, group, self.partitions(*topics), timeout_s)
        return {place: max(0, offset) for place, offset in found.items()}

    def lag(self) -> int:
        """Inputs that the judge has not committed."""
        done = self.committed()
        return sum(end - done[place] for place, end in self.ends(*INPUT_CONTRACTS).items())

    def wait_caught_up(self, *workers: Worker, timeout_s: float = 60.0) -> None:
        """Until every input is committed; fails when one of the workers ends."""

        def caught_up() -> bool:
            for worker in workers:
                assert worker.running.poll() is None, f"{worker.state_dir.name} ended with {worker.running.returncode}: {worker.tail()}"
            return self.lag() == 0

        until(caught_up, timeout_s, lambda: f"{self.lag()} inputs are not decided", every_s=0.2)

    def count(self, *topics: str, committed: bool = True) -> int:
        """The records that a plain reader sees."""
        return sum(len(found) for found in read_all(self.bootstrap, *topics, committed=committed).values())

    def aborted(self, starts: Mapping[tuple[str, int], int], *topics: str) -> int:
        """Records at or after these offsets that only a read_uncommitted reader sees: sent, and never counted. Waits for what is undecided."""
        until(lambda: self.ends(*topics) == self.ends(*topics, committed=True), TIMEOUT_S, lambda: "a transaction stays undecided")
        sent = read_all(self.bootstrap, *topics, committed=False, starts=starts)
        counted = read_all(self.bootstrap, *topics, starts=starts)
        return sum(len({offset for offset, _ in sent[place]} - {offset for offset, _ in counted[place]}) for place in sent)


def read_all(
    bootstrap: str, *topics: str, committed: bool = True, starts: Mapping[tuple[str, int], int] | None = None
) -> dict[tuple[str, int], list[tuple[int, Any]]]:
    """(offset, value) of every record of the topics up to their ends, per partition, by a consumer with nothing of the product in it."""
    consumer = Consumer(
        {
            **client(bootstrap),
            "group.id": "foreign-reader",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed" if committed else "read_uncommitted",
        }
    )
    try:
        known = consumer.list_topics(timeout=TIMEOUT_S).topics
        unread = {(topic, number) for topic in topics for number in known[topic].partitions}
        found: dict[tuple[str, int], list[tuple[int, Any]]] = {place: [] for place in sorted(unread)}
        consumer.assign([TopicPartition(topic, number, (starts or {}).get((topic, number), 0)) for topic, number in unread])
        while unread:
            for message in consumer.consume(5_000, 0.2):
                place = (str(message.topic()), int(message.partition() or 0))
                if message.error() is not None:
                    unread.discard(place)
                else:
                    found[place].append((int(message.offset() or 0), message.value()))
        return found
    finally:
        consumer.close()
