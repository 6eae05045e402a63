"""Three workers of one group, then a fourth, then one less.

Goal: workers that differ in nothing but their state directory share the work out among them, and each listing is decided once, whoever joins or dies.
Method: a real broker and real processes. 5,000 listings by `publish --wait`; clients that know nothing of the product count the decisions; then a
fourth worker joins and one of the first is killed while a mixed stream flows, and the oracle compares everything.
Blind spot: hosts that are cut off from the broker and come back, hundreds of partitions, rebalances that come faster than restores.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from screener import topics
from screener.embedded import EmbeddedBroker
from tests.harness import TIMEOUT_S, Cluster, Worker, read_all, succeed, until
from tests.oracle import check
from tests.streams import Market, Publishing, write_registry

LISTINGS = 5_000
SEED = 20_260_502
STREAM = 6_000
RATE = 600.0


@dataclass(frozen=True)
class Scene:
    """Three workers after 5,000 listings."""

    cluster: Cluster
    workers: list[Worker]
    market: Market
    answer: dict[str, int]
    """What `publish --wait --json` printed."""
    shares: list[float]
    """Inputs each worker judged."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder, market = tmp_path_factory.mktemp("three"), Market(SEED)
    with EmbeddedBroker() as broker, ExitStack() as stack:
        cluster = Cluster(broker.bootstrap)
        cluster.set_up(write_registry(folder / "brands.jsonl"))
        workers = [stack.enter_context(Worker(broker.bootstrap, folder / f"w{number}")) for number in (1, 2, 3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.wait_ready()
        file = folder / "listings.jsonl"
        file.write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in market.listings(LISTINGS)), encoding="utf-8")
        answer = json.loads(succeed("publish", str(file), "--wait", "--json", bootstrap=broker.bootstrap))
        yield Scene(cluster, workers, market, answer, [worker.metric("screener_inputs_total") for worker in workers])


def test_publish_waits_for_every_decision(scene: Scene) -> None:
    assert scene.answer == {"published": LISTINGS, "decided": LISTINGS, "dead_letters": 0}


def test_the_work_is_shared_out(scene: Scene) -> None:
    assert all(scene.shares), f"a worker judged nothing: {scene.shares}"
    assert sum(scene.shares) == LISTINGS


def test_a_plain_consumer_counts_one_decision_a_listing(scene: Scene) -> None:
    found = read_all(scene.cluster.bootstrap, topics.DECISION)
    values = [json.loads(value) for records in found.values() for _, value in records]
    assert len(values) == LISTINGS
    assert len({value["listing_id"] for value in values}) == LISTINGS


@pytest.mark.skipif(shutil.which("kcat") is None, reason="kcat is not installed (deploy/system-packages.txt); a plain consumer counted instead")
def test_kcat_counts_one_decision_a_listing(scene: Scene) -> None:
    arguments = ["-b", scene.cluster.bootstrap, "-C", "-t", topics.DECISION, "-e", "-q", "-f", "%k\n", "-X", "isolation.level=read_committed"]
    counted = subprocess.run(["kcat", *arguments], capture_output=True, timeout=60, check=True)
    assert len(counted.stdout.splitlines()) == LISTINGS


def test_a_fourth_joins_and_one_is_killed(scene: Scene) -> None:
    """Comes last: it ends the scene's workers."""
    bootstrap, workers = scene.cluster.bootstrap, scene.workers
    publishing = Publishing(bootstrap, list(scene.market.records(STREAM)), RATE / 4).start()  # slow: it hurries after the kill
    until(lambda: publishing.sent > STREAM // 20, TIMEOUT_S, lambda: "nothing is published")
    with Worker(bootstrap, workers[0].state_dir.with_name("w4")) as fourth:
        fourth.start().wait_ready()
        until(lambda: fourth.metric("screener_inputs_total") > 0, TIMEOUT_S, lambda: f"the fourth worker gets nothing: {fourth.tail()}")
        assert not publishing.is_done, "the stream ended before the kill"
        workers[1].kill()
        time.sleep(1)
        publishing.hurry()
        publishing.join(TIMEOUT_S)
        scene.cluster.wait_caught_up(workers[0], workers[2], fourth)
        ended = {worker.state_dir.name: worker.terminate() for worker in (workers[0], workers[2], fourth)}
    assert ended == {"w1": 0, "w3": 0, "w4": 0}
    findings = check(bootstrap, [worker.state_dir for worker in (*workers, fourth)])
    print(findings)
    assert not findings.differences
    assert findings.inputs == LISTINGS + STREAM
    assert findings.outcomes["judged"] == findings.decided_listings
