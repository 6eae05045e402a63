"""A worker that no longer moves.

Goal: with work to do and nothing moving it ends with 70 and says so, and the next start decides everything; with nothing to do it lives on.
Method: a real broker that is stopped (SIGSTOP) under a real worker, with more waiting than a round takes, and with nothing; `/livez` is asked.
Blind spot: an event loop that is blocked for ever, which a thread sees in the same way.
"""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path

from screener import topics
from screener.embedded import EmbeddedBroker
from screener.runtime.exits import RESTART
from tests.harness import TIMEOUT_S, Cluster, Worker
from tests.oracle import check
from tests.streams import Market, publish, write_registry

STUCK_AFTER_S = 5
LISTINGS = 6_000
"""Rounds for a second or two."""
PATIENT = {
    "SCREENER_STUCK_AFTER_S": str(STUCK_AFTER_S),
    "SCREENER_TRANSACTION_TIMEOUT_MS": "60000",
    "SCREENER_SESSION_TIMEOUT_MS": "30000",
}
"""The commit that hangs would wait longer than the watchdog does, and the group keeps its member through the pauses."""


def test_a_worker_that_no_longer_moves_is_ended_and_an_idle_one_is_not(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    cluster = Cluster(own_broker.bootstrap)
    cluster.set_up(write_registry(tmp_path / "brands.jsonl"))
    with Worker(own_broker.bootstrap, tmp_path / "w1", PATIENT) as worker:
        worker.start().wait_ready()
        own_broker.pause()
        time.sleep(STUCK_AFTER_S + 2)
        own_broker.resume()
        assert worker.running.poll() is None, worker.tail()
        assert _lives(worker)

        publish(own_broker.bootstrap, Market(7).records(LISTINGS))
        assert cluster.count(topics.TRACE) < LISTINGS, "everything was decided already: more listings are needed here"
        own_broker.pause()
        try:
            assert worker.wait(TIMEOUT_S) == RESTART, worker.tail()
        finally:
            own_broker.resume()
        assert f"nothing moved for {STUCK_AFTER_S} s with work to do" in worker.tail()
        worker.start().wait_ready()
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0, worker.tail()
    findings = check(own_broker.bootstrap, [tmp_path / "w1"])
    assert not findings.differences
    assert findings.inputs == LISTINGS


def _lives(worker: Worker) -> bool:
    address = (worker.state_dir / "http").read_text(encoding="utf-8").strip()
    with urllib.request.urlopen(f"http://{address}/livez", timeout=5) as answer:
        return bool(answer.status == 200)
