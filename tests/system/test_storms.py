"""Storms of dead letters against a real worker: a bad deploy stops it before anything of the round is sent, one broken key does not.

Goal: at the dead-letter limit the worker ends with 78 and nothing of the round is to be seen: no decision, no trace record, no dead letter, the
group's offsets and `m` as they were; a restart does the same. With the limit switched off every letter is in the DLQ once and every good listing
decided. A key that floods its partition with garbage stops nobody.
Method: a limit of ten, and rounds of more than that: the poll thread hands over what one fetch brought, and a slice judges sixteen records before it
looks at the clock, so that good listings and the eleventh letter are of one round. Topics are read by a plain read_committed consumer, and at the end
the oracle folds everything anew, `m` and the window in it included.
Blind spot: the share (tests/core/test_partition.py), several workers, and limits as high as the default's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from screener import topics
from screener.embedded import EmbeddedBroker
from tests.harness import Cluster, Worker, read_all
from tests.oracle import check
from tests.streams import Record, publish, write_registry

RUN_MAX = 10
LIMITED = {"SCREENER_DEAD_LETTER_RUN_MAX": str(RUN_MAX)}
UNLIMITED = {"SCREENER_DEAD_LETTER_RUN_MAX": "0"}
DO_NOT_RESTART = 78
OUTPUTS = (topics.DECISION, topics.HOLD, topics.BLOCK, topics.TRACE, topics.DEAD_LETTER, topics.JUDGE_CHANGELOG)


def good(number: int) -> Record:
    """A listing that is allowed."""
    seller = f"seller-{number}"
    text = (
        f'{{"type": "published", "event_id": "e-{number}", "occurred_at": "2026-05-04T10:00:00Z", "revision": 1, '
        f'"listing_id": "l-{number}", "seller_id": "{seller}", "title": "a wool scarf"}}'
    )
    return Record(topics.LISTING, seller.encode(), text.encode())


def rubbish(key: str) -> Record:
    """No listing."""
    return Record(topics.LISTING, key.encode(), b"type=published")


@pytest.fixture
def worker(own_broker: EmbeddedBroker, tmp_path: Path) -> Iterator[Worker]:
    """A worker with a low limit that has decided one listing: from here on it has an offset and an `m`."""
    Cluster(own_broker.bootstrap).set_up(write_registry(tmp_path / "brands.jsonl"), partitions=1)
    with Worker(own_broker.bootstrap, tmp_path / "w1", LIMITED) as worker:
        worker.start().wait_ready()
        publish(own_broker.bootstrap, [good(0)])
        Cluster(own_broker.bootstrap).wait_caught_up(worker)
        assert worker.terminate() == 0, worker.tail()
        yield worker


def outputs(bootstrap: str) -> dict[tuple[str, int], list[tuple[int, Any]]]:
    """Everything that a reader of the outputs sees, `m` among it."""
    return read_all(bootstrap, *OUTPUTS)


def test_a_bad_deploy_stops_the_worker_with_nothing_sent_until_the_limit_is_off(own_broker: EmbeddedBroker, worker: Worker) -> None:
    bootstrap, cluster = own_broker.bootstrap, Cluster(own_broker.bootstrap)
    # One request: the good listings lie in the same fetch as what follows.
    publish(bootstrap, [good(1), good(2), *(rubbish(f"seller-{number}") for number in range(RUN_MAX + 1))])
    before, offsets = outputs(bootstrap), cluster.committed()
    for _ in range(2):
        assert worker.start().wait() == DO_NOT_RESTART, worker.tail()
        said = worker.log.read_text(encoding="utf-8").rstrip().rsplit("\n", 1)[-1]
        assert f"partition 0: {RUN_MAX + 1} inputs one after another are dead letters under changing keys, the last one not_json" in said
        assert "SCREENER_DEAD_LETTER_RUN_MAX=0" in said
        assert outputs(bootstrap) == before
        assert cluster.committed() == offsets
    worker.env |= UNLIMITED
    worker.start().wait_ready()
    cluster.wait_caught_up(worker)
    assert worker.terminate() == 0, worker.tail()
    after = outputs(bootstrap)
    assert len(after[topics.DEAD_LETTER, 0]) == RUN_MAX + 1
    assert len(after[topics.DECISION, 0]) == 3
    findings = check(bootstrap, [worker.state_dir])
    assert not findings.differences
    assert findings.outcomes["dead_letter"] == RUN_MAX + 1


def test_one_key_full_of_rubbish_stops_nobody(own_broker: EmbeddedBroker, worker: Worker) -> None:
    bootstrap, cluster = own_broker.bootstrap, Cluster(own_broker.bootstrap)
    flood = [rubbish("broken") for _ in range(20 * RUN_MAX)]
    publish(bootstrap, [*flood, good(1), *flood, rubbish("another"), good(2)])
    worker.start().wait_ready()
    cluster.wait_caught_up(worker)
    assert worker.terminate() == 0, worker.tail()
    assert cluster.count(topics.DEAD_LETTER) == 2 * len(flood) + 1
    assert cluster.count(topics.DECISION) == 3
    findings = check(bootstrap, [worker.state_dir])
    assert not findings.differences
