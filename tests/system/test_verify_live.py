"""`screener verify` and `screener replay --verify` on a real broker: while a worker runs, after it has stopped, and after damage by hand.

Goal: nothing is called broken that is whole, however the topics move; what is damaged is named; the trace gives every decision again.
Method: the demo's market and a mixed stream (edits, removals, repeats, dead letters, verdicts, holds that fall due) flow through one worker while
both commands run; then it stops, the oracle (`tests/oracle.py`) must agree on what was counted, retention cuts the topics, a plain producer forges.
Blind spot: as the oracle's, with which the commands share the core and nothing else: a judge that is wrong in the same way twice is right in both.
The oracle also asks the inputs themselves and every key of the state, which the commands do not; for that they need no stop. Several brokers, whose
transaction markers arrive at different times, are not here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from screener import topics
from screener.codecs import canonical
from screener.demo.generator import generate
from screener.embedded import EmbeddedBroker
from screener.intake import INPUT_CONTRACTS
from screener.reader import TopicReader
from tests.harness import TIMEOUT_S, Cluster, Worker, command, read_all, until
from tests.oracle import Findings, check
from tests.streams import BRANDS, Market, Publishing, Record

PARTITIONS = 2
SEED = 20_261_124
LISTINGS = 300
STREAM = 2_000
RATE = 80.0
LOOKS = 3
"""How often both commands look while the stream flows; then it hurries."""
OVERDUE_SHARE = 0.2
SEEDS = ("0", "20260501")
DAMAGED = 0
"""The partition that is damaged; retention cuts the other one."""


@dataclass(frozen=True)
class Scene:
    """A worker that judged everything and has stopped."""

    bootstrap: str
    while_running: list[tuple[dict[str, Any], dict[str, Any]]]
    """What both commands said while the stream flowed."""
    oracle: Findings

    def verify(self) -> tuple[int, dict[str, Any]]:
        """Exit code and answer."""
        return _asked(self.bootstrap, "verify")

    def replay(self, seed: str = "random") -> tuple[int, dict[str, Any]]:
        """Exit code and answer, under a hash seed."""
        return _asked(self.bootstrap, "replay", "--verify", seed=seed)

    def last(self, topic: str) -> Any:
        """The last value on the damaged partition."""
        return read_all(self.bootstrap, topic)[topic, DAMAGED][-1][1]


def _asked(bootstrap: str, *arguments: str, seed: str = "random") -> tuple[int, dict[str, Any]]:
    done = command(*arguments, "--json", bootstrap=bootstrap, env={"PYTHONHASHSEED": seed})
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("verify")
    with EmbeddedBroker() as broker, ExitStack() as stack:
        cluster, market, demo = Cluster(broker.bootstrap), Market(SEED), generate(SEED, LISTINGS)
        cluster.set_up(_registry(folder, [*BRANDS, *map(msgspec.to_builtins, demo.brands)]), PARTITIONS)
        cluster.let_producers_set_times(*INPUT_CONTRACTS)
        worker = stack.enter_context(Worker(broker.bootstrap, folder / "w1")).start().wait_ready()
        shop = [Record(topics.LISTING, event.seller_id.encode(), canonical(event)) for event in demo.events]
        publishing = Publishing(broker.bootstrap, [*shop, *market.records(STREAM, OVERDUE_SHARE)], RATE).start()
        while_running = []
        for _ in range(LOOKS):
            verified, replayed = (_asked(broker.bootstrap, *words)[1] for words in (("verify",), ("replay", "--verify")))
            while_running.append((verified, replayed))
        publishing.hurry()
        publishing.join(TIMEOUT_S)
        cluster.wait_caught_up(worker)
        assert worker.terminate() == 0
        yield Scene(broker.bootstrap, while_running, check(broker.bootstrap, [folder / "w1"]))


def _registry(folder: Path, brands: list[dict[str, Any]]) -> Path:
    path = folder / "brands.jsonl"
    path.write_bytes(b"".join(canonical(brand) + b"\n" for brand in brands))
    return path


def test_nothing_looks_broken_while_it_runs(scene: Scene) -> None:
    for verified, replayed in scene.while_running:
        assert verified["broken"] == []
        assert (replayed["differ"], replayed["not_reproducible"]) == (0, {}), replayed
        assert (replayed["states_differ"], replayed["states_not_compared"]) == (0, {}), replayed
    judged = [verified["checked"]["outcomes"].get("judged", 0) for verified, _ in scene.while_running]
    assert judged == sorted(judged)
    assert judged[0] < scene.oracle.outcomes["judged"], "everything was judged before the first look"


def test_nothing_is_broken_after_it_has_stopped(scene: Scene) -> None:
    code, answer = scene.verify()
    assert (code, answer["broken"], answer["from"]) == (0, [], {})
    assert not scene.oracle.differences
    assert scene.oracle.ticks > 0
    assert answer["checked"]["folded"]["records"] == sum(scene.oracle.outcomes.values())
    assert answer["checked"]["folded"]["states"] > 0
    assert answer["not_folded"] == {}
    assert set(answer["checked"]["outcomes"]) == {"judged", "recorded", "repeated", "stale", "dead_letter"}
    assert answer["checked"]["outcomes"] == scene.oracle.outcomes
    read = answer["checked"]["records"]
    assert read == {topic: scene.oracle.records[topic] for topic in read}
    assert set(read) == {topics.TRACE, topics.DECISION, topics.HOLD, topics.BLOCK, topics.DEAD_LETTER}


def test_every_decision_is_given_again_on_any_hash_seed(scene: Scene) -> None:
    answers = [scene.replay(seed) for seed in SEEDS]
    assert answers[0] == answers[1]
    code, answer = answers[0]
    assert code == 0
    assert (answer["decisions"], answer["differ"]) == (scene.oracle.decisions, 0)
    assert (answer["other_version"], answer["skipped"], answer["not_reproducible"]) == (0, {}, {})
    assert (answer["states"] > 0, answer["states_differ"], answer["states_not_compared"]) == (True, 0, {})


def test_people_read_sentences(scene: Scene) -> None:
    verified = command("verify", bootstrap=scene.bootstrap)
    assert verified.returncode == 0
    assert "0 of 25 invariants are broken in 2 partitions" in verified.stdout
    assert f"{scene.oracle.decisions} decisions, 0 differ" in command("replay", "--verify", bootstrap=scene.bootstrap).stdout


def test_what_retention_deleted_is_said_and_not_missed(scene: Scene) -> None:
    """The trace and the holds of the other partition lose their beginning."""
    admin, other = AdminClient({"bootstrap.servers": scene.bootstrap}), 1 - DAMAGED
    for future in admin.delete_records([TopicPartition(topics.TRACE, other, 200), TopicPartition(topics.HOLD, other, 50)]).values():
        future.result(TIMEOUT_S)
    code, answer = scene.verify()
    assert (code, answer["broken"]) == (0, [])
    assert set(answer["from"]) == {topics.TRACE, topics.HOLD}
    assert answer["from"][topics.TRACE][str(other)] > 1
    code, answer = scene.replay()
    assert (code, answer["differ"], list(answer["skipped"])) == (0, 0, [str(other)])
    assert "nobody kept the state before" in answer["states_not_compared"][str(other)]


def test_a_state_changed_by_hand_is_named_and_mended(scene: Scene) -> None:
    """A seller's memory deleted, an older one put back, a stranger's put in: `m` stays as it was, so only the fold can tell."""
    place = (topics.JUDGE_CHANGELOG, DAMAGED)
    with TopicReader({"bootstrap.servers": scene.bootstrap}, topics.JUDGE_CHANGELOG) as reader:
        records = list(reader.between({}, {place: reader.bounds(place)[1]}))
    kept = {record.key: record.value for record in records if record.key is not None and record.key[:1] == b"s"}
    gone, changed, *_ = sorted(kept)
    _write(scene.bootstrap, [(gone, None), (changed, kept[gone]), (b"s-nobody", b"x")])
    code, answer = scene.replay()
    assert (code, answer["differ"], answer["states_differ"]) == (1, 0, 3)
    assert {one["key"] for one in answer["state_differences"]} == {key.decode() for key in (gone, changed, b"s-nobody")}
    code, answer = scene.verify()
    assert (code, answer["counts"]) == (1, {"state_not_the_fold": 3})
    assert "--no-fold" in command("verify", "--help").stdout
    assert json.loads(command("verify", "--no-fold", "--json", bootstrap=scene.bootstrap).stdout)["broken"] == []
    assert "state differs" in command("replay", "--verify", bootstrap=scene.bootstrap).stdout
    _write(scene.bootstrap, [(gone, kept[gone]), (changed, kept[changed]), (b"s-nobody", None)])
    assert scene.replay()[1]["states_differ"] == 0


def _write(bootstrap: str, entries: list[tuple[bytes, bytes | None]]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "log_level": 0})
    for key, value in entries:
        producer.produce(topics.JUDGE_CHANGELOG, key=key, value=value, partition=DAMAGED)
    assert producer.flush(TIMEOUT_S) == 0


def test_damage_by_hand_is_named(scene: Scene) -> None:
    """Comes last: nothing is whole after it."""
    producer = Producer({"bootstrap.servers": scene.bootstrap, "log_level": 0})
    decision, trace = scene.last(topics.DECISION), scene.last(topics.TRACE)
    head, _, rest = trace.partition(b"\n")
    sequence = json.loads(head)["sequence"]
    letter = [("topic", topics.LISTING), ("partition", "0"), ("offset", "999999"), ("timestamp_ms", "0"), ("reason", "not_json"), ("detail", "")]
    placed = json.loads(read_all(scene.bootstrap, topics.HOLD)[topics.HOLD, DAMAGED][0][1])
    hold = canonical({**placed, "action": "placed", "listing_id": "of nobody", "lifted_by": None})
    renumbered = canonical({**json.loads(head), "sequence": sequence + 5}) + b"\n" + rest
    producer.produce(topics.DECISION, value=decision, partition=DAMAGED)
    producer.produce(topics.DEAD_LETTER, value=b"{", headers=[(f"screener.dlq.{name}", text) for name, text in letter], partition=DAMAGED)
    producer.produce(topics.HOLD, value=hold, partition=DAMAGED)
    producer.produce(topics.TRACE, value=renumbered, partition=DAMAGED)
    producer.produce(topics.RING, value=b"{}", partition=DAMAGED)  # an input that no worker will read: the group is moved past it
    assert producer.flush(TIMEOUT_S) == 0
    _pass_over(scene.bootstrap, topics.RING, DAMAGED)
    code, answer = scene.verify()
    assert code == 1
    # The renumbered record is the last input's second one, and the changelog knows nothing of it.
    expected = {
        "decision_doubled",
        "dead_letter_unfounded",
        "action_unfounded",
        "trace_sequence",
        "input_doubled",
        "changelog_disagrees",
        "trace_not_the_fold",
        "input_lost",
    }
    assert set(answer["counts"]) == expected, answer["broken"]
    assert {finding["partition"] for finding in answer["broken"]} == {DAMAGED}
    assert all(finding["detail"] and finding["topic"] for finding in answer["broken"])
    shown = command("verify", bootstrap=scene.bootstrap)
    assert shown.returncode == 1
    assert all(f"broken  {name}" in shown.stdout for name in expected)
    code, answer = scene.replay()
    assert (code, answer["differ"]) == (1, 1)
    assert answer["differences"][0]["fields"] == ["sequence"]


def _pass_over(bootstrap: str, topic: str, number: int) -> None:
    """Commits the group's offset at the end of a partition, as soon as the broker has forgotten the stopped worker."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    end = Cluster(bootstrap).ends(topic)[topic, number]
    wanted = ConsumerGroupTopicPartitions("screener-judge", [TopicPartition(topic, number, end)])

    def passed() -> bool:
        try:
            answer = admin.alter_consumer_group_offsets([wanted])["screener-judge"].result(TIMEOUT_S)
        except KafkaException:
            return False
        return all(one.error is None for one in answer.topic_partitions or ())

    until(passed, TIMEOUT_S, lambda: "the group does not take the offset", every_s=0.5)
