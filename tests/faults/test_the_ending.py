"""The ending of the faults can fail: a count that finds nothing proves nothing.

Goal: what is missing from or twice on the topics is counted, and the table says what the results say.
Method: `tests.driver` judges three listings without Kafka; what it sent goes to a real broker with one decision and one trace record left out and one
decision sent twice. The table is made from written results.
Blind spot: the oracle, whose comparisons are tried by whoever changes it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka import Producer

from screener import topics
from screener.embedded import EmbeddedBroker
from tests.driver import CLEAN, Driver, published
from tests.faults.catalog import FAULTS
from tests.faults.losses import Losses, count_losses
from tests.faults.results import Result
from tests.faults.table import BEGIN, END, insert, table
from tests.harness import TIMEOUT_S, Cluster


def test_lost_and_doubled_are_counted(own_broker: EmbeddedBroker) -> None:
    Cluster(own_broker.bootstrap).set_up(None, partitions=1)
    driver = Driver()
    for number in (1, 2, 3, 4):
        driver.publish(published("s", f"l-{number}", 1, CLEAN))
    traces = [record.value for record in driver.sent if record.topic == topics.TRACE]
    decisions = [record.value for record in driver.sent if record.topic == topics.DECISION]
    _send(own_broker, topics.LISTING, [record.value or b"" for record in driver.inputs])
    _send(own_broker, topics.TRACE, traces[:3])
    _send(own_broker, topics.DECISION, [decisions[0], decisions[0], decisions[2]])
    # The first was decided twice; of the second the decision is missing, of the fourth everything.
    assert count_losses(own_broker.bootstrap) == Losses(inputs=4, lost=2, doubled=1)


def _send(broker: EmbeddedBroker, topic: str, values: list[bytes]) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for value in values:
        producer.produce(topic, value=value, partition=0)
    assert producer.flush(TIMEOUT_S) == 0


def test_the_table_adds_up_runs_and_names_what_was_not_run() -> None:
    first = Result("kill", 2, 0, 1, 0, [1.0, 2.0], 0, "2026-01-01", "a machine", "abc")
    second = Result("kill", 1, 3, 0, 0, [9.0], 0, "2026-01-02", "a machine", "def")
    rows = table([first, second]).splitlines()
    assert len(rows) == 2 + len(FAULTS)
    assert rows[2] == f"| {FAULTS['kill'].title} | 3 | 3 | 1 | 0 | 2.0 s | 9.0 s | the new start | 2026-01-02 | a machine | abc, def |"
    assert all("not run" in row for row in rows[3:])


def test_the_table_replaces_only_what_is_between_its_markers() -> None:
    assert insert(f"before\n{BEGIN}\nold\n{END}\nafter\n", "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(SystemExit, match="no lines"):
        insert("no markers", "new")


def test_the_document_has_a_row_for_every_fault() -> None:
    document = (Path(__file__).parents[2] / "deploy" / "reliability.md").read_text(encoding="utf-8")
    missing = [name for name, fault in FAULTS.items() if f"| {fault.title} |" not in document]
    assert not missing, "run `python -m tests.faults.table`"
