"""State that was lost, put back from an older copy, or is in use; and what keeps a worker from judging.

Goal: a worker's disk is only a cache of the changelog; whatever happened to it, the worker goes on exactly or says what to do and ends.
Method: real broker, real processes, real directories; the oracle compares after every step.
Blind spot: disks that lie (bit rot, a full disk), copies older than the changelog's deletion markers, changelogs of many gigabytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from screener import topics
from screener.client.partitioner import partition_of
from screener.embedded import EmbeddedBroker
from tests.harness import TIMEOUT_S, Cluster, Worker, command, succeed, until
from tests.oracle import Findings, check
from tests.streams import Market, Publishing, Record, publish, write_registry

SEED = 20_260_503
BATCH = 1_500
FLOOD = 200
RUN_MAX = 50
ENDLESS = 1_000_000
"""Records of a stream that goes on until it is stopped, however slow the machine is."""


@dataclass(frozen=True)
class Scene:
    """One broker and one worker's directory; every test leaves the worker stopped and everything judged."""

    cluster: Cluster
    worker: Worker
    market: Market

    def run(self, count: int = BATCH) -> None:
        """Starts the worker, has it judge a mixed batch, and leaves it running."""
        self.worker.start().wait_ready()
        self.judge(count)

    def judge(self, count: int = BATCH) -> None:
        """Publishes a mixed batch and waits for its end."""
        publish(self.cluster.bootstrap, self.market.records(count))
        self.cluster.wait_caught_up(self.worker)

    def stop(self) -> None:
        """By SIGTERM."""
        assert self.worker.terminate() == 0, self.worker.tail()

    def check(self) -> Findings:
        """The oracle's findings, which must be clean."""
        findings = check(self.cluster.bootstrap, [self.worker.state_dir])
        assert not findings.differences
        return findings


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("restore")
    with EmbeddedBroker() as broker:
        cluster = Cluster(broker.bootstrap)
        cluster.set_up(write_registry(folder / "brands.jsonl"))
        with Worker(broker.bootstrap, folder / "w1") as worker:
            scene = Scene(cluster, worker, Market(SEED))
            scene.run()
            scene.stop()
            yield scene


def test_a_lost_state_directory_is_restored_from_the_changelog(scene: Scene) -> None:
    shutil.rmtree(scene.worker.state_dir)
    scene.run()
    assert scene.worker.metric("screener_restored_records_total") > 0
    scene.stop()
    assert scene.check().copies == 8


def test_an_older_copy_is_brought_level(scene: Scene, tmp_path: Path) -> None:
    copy = tmp_path / "older"
    shutil.copytree(scene.worker.state_dir, copy)
    scene.run()
    scene.stop()
    shutil.rmtree(scene.worker.state_dir)
    shutil.copytree(copy, scene.worker.state_dir)
    scene.run()
    assert scene.worker.metric("screener_restored_records_total") > 0
    assert scene.worker.metric("screener_restores_in_full_total") == 0, "the copy was thrown away instead of being continued"
    scene.stop()
    scene.check()


def test_two_workers_never_share_a_state_directory(scene: Scene) -> None:
    scene.worker.start().wait_ready()
    second = command("worker", "--state-dir", str(scene.worker.state_dir), bootstrap=scene.cluster.bootstrap)
    assert second.returncode == 78
    assert "belongs to a running worker" in second.stderr
    assert "--state-dir" in second.stderr
    scene.judge(200)  # the first one is not disturbed, and its pages are still found
    assert scene.worker.readiness()[0] == 200
    scene.stop()
    scene.check()


def test_sigterm_under_load_ends_in_order_and_a_restart_goes_on(scene: Scene) -> None:
    publishing = Publishing(scene.cluster.bootstrap, scene.market.records(ENDLESS), 400.0).start()
    for _ in range(2):
        scene.worker.start().wait_ready()
        until(lambda: scene.worker.metric("screener_inputs_total") > 500, TIMEOUT_S, lambda: f"nothing is judged: {scene.worker.tail()}")
        assert not publishing.is_done, "the stream ended before the worker was told to stop"
        assert scene.worker.terminate() == 0, scene.worker.tail()
    publishing.stop()
    publishing.join(TIMEOUT_S)
    scene.worker.start().wait_ready()
    scene.cluster.wait_caught_up(scene.worker)
    assert scene.worker.metric("screener_offset_differences_total") == 0
    scene.stop()
    scene.check()


def test_an_empty_registry_keeps_a_worker_unready(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    cluster = Cluster(own_broker.bootstrap)
    cluster.set_up(registry=None)
    publish(own_broker.bootstrap, Market(SEED).records(100))
    with Worker(own_broker.bootstrap, tmp_path / "w1") as worker:
        worker.start()
        until(lambda: "registry load" in worker.readiness()[1], TIMEOUT_S, lambda: f"/readyz answers {worker.readiness()}: {worker.tail()}")
        assert worker.readiness()[0] == 503
        assert cluster.count(topics.TRACE) == 0
        succeed("registry", "load", str(write_registry(tmp_path / "brands.jsonl")), bootstrap=own_broker.bootstrap)
        worker.wait_ready()
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0
    findings = check(own_broker.bootstrap, [worker.state_dir])
    assert not findings.differences
    assert findings.inputs == 100


def test_a_flood_of_dead_letters_stops_the_worker_for_good(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    cluster = Cluster(own_broker.bootstrap)
    cluster.set_up(write_registry(tmp_path / "brands.jsonl"))
    limited = Worker(own_broker.bootstrap, tmp_path / "w1", {"SCREENER_DEAD_LETTER_RUN_MAX": str(RUN_MAX)})
    good = [_good(event) for event in Market(SEED).listings(300)]
    with limited as worker:
        worker.start().wait_ready()
        publish(own_broker.bootstrap, good)
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0
        before = cluster.committed()
        partitions = len(cluster.partitions(topics.LISTING))
        # A key each, for one broken key stops nobody (test_storms); all on one partition, for each counts for itself.
        keys = (key for key in map(b"key-%d".__mod__, count()) if partition_of(key, partitions) == 0)
        publish(own_broker.bootstrap, [Record(topics.LISTING, key, b"{broken") for key in islice(keys, FLOOD)])
        for _ in range(2):  # a restart ends the same way
            worker.start()
            assert worker.wait() == 78, worker.tail()
            assert "dead letters" in worker.tail()
            assert "SCREENER_DEAD_LETTER_RUN_MAX=0" in worker.tail()
        moved = sum(cluster.committed().values()) - sum(before.values())
        # Rounds that ended before the limit count; nothing of the round that met it does.
        assert moved == cluster.count(topics.DEAD_LETTER) <= RUN_MAX
    with Worker(own_broker.bootstrap, tmp_path / "w1", {"SCREENER_DEAD_LETTER_RUN_MAX": "0"}) as worker:
        worker.start().wait_ready()
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0
    assert cluster.count(topics.DEAD_LETTER) == FLOOD
    findings = check(own_broker.bootstrap, [worker.state_dir])
    assert not findings.differences
    assert findings.outcomes["dead_letter"] == FLOOD


def _good(event: dict[str, object]) -> Record:
    return Record(topics.LISTING, str(event["seller_id"]).encode(), json.dumps(event).encode())


def test_a_broker_without_topics_ends_the_worker_for_good(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    with Worker(own_broker.bootstrap, tmp_path / "w1") as worker:
        assert worker.start().wait() == 78
        assert "screener topics apply" in worker.tail()


def test_a_changelog_made_anew_is_refused_and_what_was_stored_is_kept(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    """By the worker itself, by one without a disk, and by one of another application, which no committed offset warns."""
    cluster = Cluster(own_broker.bootstrap)
    cluster.set_up(write_registry(tmp_path / "brands.jsonl"))
    publish(own_broker.bootstrap, Market(SEED).records(200))
    with Worker(own_broker.bootstrap, tmp_path / "w1") as worker:
        worker.start().wait_ready()
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0, worker.tail()
    admin = AdminClient({"bootstrap.servers": own_broker.bootstrap})
    admin.delete_topics([topics.JUDGE_CHANGELOG])[topics.JUDGE_CHANGELOG].result(TIMEOUT_S)
    until(lambda: topics.JUDGE_CHANGELOG not in admin.list_topics(timeout=TIMEOUT_S).topics, TIMEOUT_S, lambda: "the topic is still there")
    succeed("topics", "apply", bootstrap=own_broker.bootstrap)
    stored = {path: path.read_bytes() for path in (tmp_path / "w1" / "judge").rglob("*.sst")}
    traced = cluster.count(topics.TRACE)
    for name, env in (("w1", {}), ("w2", {}), ("w3", {"SCREENER_APPLICATION": "anew"})):
        with Worker(own_broker.bootstrap, tmp_path / name, env) as worker:
            assert worker.start().wait(TIMEOUT_S) == 78, worker.tail()
            assert "was never written: it was deleted or made anew" in worker.tail()
            assert "and on new topics" in worker.tail()
    assert cluster.count(topics.TRACE) == traced
    assert stored
    assert all(path.read_bytes() == content for path, content in stored.items())
