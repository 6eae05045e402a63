"""`screener topics` and `screener.admin` against a real broker.

Goal: plan tells every difference, apply removes those it may and refuses the others with words, and nothing is ever deleted, shrunk or repartitioned;
check also tells what is wrong around the topics.
Method: the shipped topics under a prefix of each test's own, two partitions each, on the embedded broker; what is there is read back with a plain
AdminClient. What one broker cannot show (replicas of its own logs, limits that only a restart changes) is given to the comparison as values.
Blind spot: clusters of several brokers (replica counts above one, elections while topics are made), and the features of a cluster; ACLs and TLS are
in test_security.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewTopic,
    ResourceType,
)

from screener import admin, topics
from screener.cli.topics import topics as topics_group
from screener.clustercheck import Cluster, Difference, Group, Needs, Span, differences
from screener.embedded import EmbeddedBroker
from screener.grants import load_grants
from screener.topicfiles import TopicSpec, find, load_topics
from tests.harness import until

TIMEOUT_S = 15
NOBODY = "127.0.0.1:1"
"""Port 1 (tcpmux) listens nowhere these days: connections are refused at once."""

_number = itertools.count()


@pytest.fixture
def prefix() -> str:
    """Names of this test's own on the shared broker."""
    return f"t{os.getpid()}-{next(_number)}."


@pytest.fixture
def specs(prefix: str) -> tuple[TopicSpec, ...]:
    """Four topics of the shipped ones: an input, the dead letters, a side log, a changelog."""
    return _prefixed(load_topics(partitions=2), prefix, topics.LISTING, topics.DEAD_LETTER, topics.REGISTRY, topics.JUDGE_CHANGELOG)


@pytest.fixture
def client(broker: EmbeddedBroker) -> Iterator[AdminClient]:
    """A plain client to look and meddle with."""
    with AdminClient({"bootstrap.servers": broker.bootstrap}) as plain:
        yield plain


def _prefixed(specs: tuple[TopicSpec, ...], prefix: str, *names: str) -> tuple[TopicSpec, ...]:
    return tuple(msgspec.structs.replace(spec, name=prefix + spec.name) for spec in specs if not names or spec.name in names)


def _set(client: AdminClient, topic: str, setting: str, value: str) -> None:
    _set_on(client, ConfigResource(ResourceType.TOPIC, topic), setting, value)


def _set_on(client: AdminClient, resource: ConfigResource, setting: str, value: str) -> None:
    """Returns when the broker shows it: the controller's answer comes before its metadata log has reached the broker."""
    resource.add_incremental_config(ConfigEntry(setting, value, incremental_operation=AlterConfigOpType.SET))
    for future in client.incremental_alter_configs([resource]).values():
        future.result(TIMEOUT_S)
    plain = ConfigResource(resource.restype, resource.name)
    until(lambda: client.describe_configs([plain])[plain].result(TIMEOUT_S)[setting].value == value, TIMEOUT_S, lambda: f"{setting} does not change")


def _create(client: AdminClient, topic: str, partitions: int) -> None:
    for future in client.create_topics([NewTopic(topic, partitions, 1)]).values():
        future.result(TIMEOUT_S)
    until(lambda: topic in client.list_topics(timeout=TIMEOUT_S).topics, TIMEOUT_S, lambda: f"{topic} does not appear")


def _partitions(client: AdminClient) -> dict[str, int]:
    return {name: len(topic.partitions) for name, topic in client.list_topics(timeout=TIMEOUT_S).topics.items()}


def test_all_shipped_topics_are_planned_created_and_then_nothing_differs(broker: EmbeddedBroker, client: AdminClient, prefix: str) -> None:
    specs = _prefixed(load_topics(partitions=2), prefix)
    planned = admin.plan(specs, broker.bootstrap)
    assert [(difference.topic, difference.aspect) for difference in planned] == [(spec.name, "missing") for spec in specs]
    applied = admin.apply(specs, {"bootstrap.servers": broker.bootstrap})
    assert (applied.done, applied.left) == (planned, ())
    assert {name: count for name, count in _partitions(client).items() if name.startswith(prefix)} == {spec.name: spec.partitions for spec in specs}
    assert admin.plan(specs, broker.bootstrap) == ()
    assert admin.apply(specs, broker.bootstrap) == admin.Applied((), ())


def test_changed_setting_shows_and_apply_mends_it_alone(broker: EmbeddedBroker, client: AdminClient, specs: tuple[TopicSpec, ...]) -> None:
    admin.apply(specs, broker.bootstrap)
    topic = specs[0].name
    _set(client, topic, "retention.ms", "1000")
    _set(client, topic, "segment.bytes", "1048576")
    changed = Difference(topic=topic, aspect="config", setting="retention.ms", wanted="1209600000", found="1000")
    extra = Difference(topic=topic, aspect="extra_config", setting="segment.bytes", found="1048576")
    assert admin.plan(specs, broker.bootstrap) == (changed, extra)
    assert admin.apply(specs, broker.bootstrap) == admin.Applied((changed,), (extra,))
    assert admin.plan(specs, broker.bootstrap) == (extra,)
    assert "override file" in extra.words()


@pytest.mark.parametrize("wanted", [1, 4])
def test_other_partition_count_is_refused_and_nothing_is_done(
    broker: EmbeddedBroker, client: AdminClient, specs: tuple[TopicSpec, ...], wanted: int
) -> None:
    admin.apply(specs[:1], broker.bootstrap)
    before = _partitions(client)
    other = tuple(msgspec.structs.replace(spec, partitions=wanted) if spec.inherits else spec for spec in specs)
    applied = admin.apply(other, broker.bootstrap)
    assert applied.done == ()
    assert {difference.aspect for difference in applied.left} == {"partitions", "missing"}
    assert _partitions(client) == before
    refused = next(difference for difference in applied.left if difference.aspect == "partitions")
    assert (refused.found, refused.wanted) == ("2", str(wanted))
    assert "--partitions 2" in refused.words()
    assert "new application id" in refused.words()


def test_fewer_replicas_than_wanted_are_told_and_left(broker: EmbeddedBroker, specs: tuple[TopicSpec, ...]) -> None:
    admin.apply(specs[:1], broker.bootstrap)
    wanted = (msgspec.structs.replace(specs[0], replication_factor=3),)
    applied = admin.apply(wanted, broker.bootstrap)
    assert [(difference.aspect, difference.found, difference.wanted) for difference in applied.left] == [("replication", "1", "3")]


def test_more_replicas_than_brokers_are_refused_in_the_brokers_words(broker: EmbeddedBroker, specs: tuple[TopicSpec, ...]) -> None:
    with pytest.raises(admin.AdminRefused, match=r"refused: .*replica.*correct the topic file"):
        admin.apply((msgspec.structs.replace(specs[0], replication_factor=3),), broker.bootstrap)


def test_topics_of_others_are_neither_listed_nor_touched(
    broker: EmbeddedBroker, client: AdminClient, specs: tuple[TopicSpec, ...], prefix: str
) -> None:
    stranger = f"{prefix}stranger"
    _create(client, stranger, 5)
    assert all(difference.topic != stranger for difference in admin.plan(specs, broker.bootstrap))
    admin.apply(specs, broker.bootstrap)
    assert _partitions(client)[stranger] == 5


def test_unreachable_broker_is_an_exception_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "CONTACT_TIMEOUT_S", 0.5)
    with pytest.raises(admin.BrokerUnreachable, match=rf"no Kafka broker answers at {NOBODY}.*--bootstrap"):
        admin.plan(load_topics(), NOBODY)


def test_settings_that_librdkafka_refuses_are_told() -> None:
    with pytest.raises(admin.AdminRefused, match="correct them"):
        admin.plan(load_topics(), {"bootstrap.servers": NOBODY, "security.protocol": "carrier pigeon"})


# Around the topics: `check`.

ALONE = Needs(15_000, {})
"""No groups."""


def _aspects(found: tuple[Difference, ...]) -> list[tuple[str, str, str]]:
    return [(difference.topic, difference.aspect, difference.setting) for difference in found]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("message.timestamp.type", "CreateTime"),
        ("max.message.bytes", "1000000"),
        ("retention.ms", "60000"),
        ("cleanup.policy", "compact"),
    ],
)
def test_check_tells_a_setting_of_the_files_that_was_changed(
    broker: EmbeddedBroker, client: AdminClient, specs: tuple[TopicSpec, ...], setting: str, value: str
) -> None:
    admin.apply(specs, broker.bootstrap)
    assert admin.check(specs, broker.bootstrap, ALONE) == ()
    topic = next(spec.name for spec in specs if spec.name.endswith(topics.LISTING))
    _set(client, topic, setting, value)
    (told,) = admin.check(specs, broker.bootstrap, ALONE)
    assert (told.topic, told.aspect, told.setting, told.found) == (topic, "config", setting, value)


def test_check_tells_more_acknowledgements_than_replicas(broker: EmbeddedBroker, client: AdminClient, specs: tuple[TopicSpec, ...]) -> None:
    admin.apply(specs, broker.bootstrap)
    _set(client, specs[0].name, "min.insync.replicas", "2")
    found = admin.check(specs, broker.bootstrap, ALONE)
    assert _aspects(found) == [(specs[0].name, "extra_config", "min.insync.replicas"), (specs[0].name, "min_insync", "")]
    assert "every write is refused" in found[1].words()


def test_check_tells_topics_of_ours_that_no_file_names(
    broker: EmbeddedBroker, client: AdminClient, specs: tuple[TopicSpec, ...], prefix: str
) -> None:
    admin.apply(specs, broker.bootstrap)
    _create(client, f"{prefix}decisoin", 1)
    _create(client, f"x{prefix}decision", 1)
    found = admin.check(specs, broker.bootstrap, ALONE)
    assert _aspects(found) == [(f"{prefix}decisoin", "unknown_topic", "")]
    assert admin.plan(specs, broker.bootstrap) == ()


def test_check_tells_what_brokers_change_dynamically(own_broker: EmbeddedBroker) -> None:
    specs = load_topics(partitions=1)
    admin.apply(specs, own_broker.bootstrap)
    needs = Needs(15_000, {"screener-judge": (topics.LISTING,)})
    assert admin.check(specs, own_broker.bootstrap, needs) == ()
    with AdminClient({"bootstrap.servers": own_broker.bootstrap}) as plain:
        for setting in ("log.retention.ms", "log.flush.interval.ms"):
            _set_on(plain, ConfigResource(ResourceType.BROKER, "1"), setting, "86400000")
    found = admin.check(specs, own_broker.bootstrap, needs)
    # flush.ms is in no file; retention.ms is in the files of all but the compacted topics, and there the broker's value shows
    assert {difference.aspect for difference in found} == {"inherited"}
    assert {difference.setting for difference in found} == {"flush.ms", "retention.ms"}
    compacted = {spec.name for spec in specs if "retention.ms" not in spec.config}
    assert {difference.topic for difference in found if difference.setting == "retention.ms"} == compacted


def test_check_looks_at_the_groups_protocol_and_offsets(
    broker: EmbeddedBroker, client: AdminClient, specs: tuple[TopicSpec, ...], prefix: str
) -> None:
    admin.apply(specs, broker.bootstrap)
    topic, group = next(spec.name for spec in specs if spec.name.endswith(topics.LISTING)), f"{prefix}judge"
    needs = Needs(15_000, {group: (topic,), f"{prefix}never-ran": (topic,)})
    assert admin.check(specs, broker.bootstrap, needs) == ()
    config = {"bootstrap.servers": broker.bootstrap, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    for number in range(2):
        for _ in range(3):
            producer.produce(topic, value=b"{}", partition=number)
    assert producer.flush(TIMEOUT_S) == 0
    stranger = Consumer({**config, "partition.assignment.strategy": "roundrobin"})
    stranger.subscribe([topic])
    until(lambda: stranger.poll(0.2) is not None, TIMEOUT_S, lambda: "it does not join")
    (assignor,) = admin.check(specs, broker.bootstrap, needs)
    assert (assignor.aspect, assignor.setting, assignor.found, assignor.wanted) == ("group", "assignor", "roundrobin", "range")
    stranger.commit(offsets=[TopicPartition(topic, 0, 2)], asynchronous=False)
    stranger.close()
    (unread,) = admin.check(specs, broker.bootstrap, needs)
    assert (unread.aspect, unread.setting, unread.found) == ("offsets", f"{topic} 1", "no offset")
    newer = Consumer({**config, "group.protocol": "consumer"})
    newer.subscribe([topic])
    until(lambda: newer.poll(0.2) is not None, TIMEOUT_S, lambda: "it does not join")
    (protocol,) = admin.check(specs, broker.bootstrap, needs)
    assert (protocol.aspect, protocol.setting, protocol.found, protocol.wanted) == ("group", "protocol", "consumer", "classic")
    newer.commit(offsets=[TopicPartition(topic, 0, 1), TopicPartition(topic, 1, 99)], asynchronous=False)
    newer.close()
    for future in client.delete_records([TopicPartition(topic, 0, 2)]).values():
        future.result(TIMEOUT_S)
    found = admin.check(specs, broker.bootstrap, needs)
    assert _aspects(found) == [(f"group {group}", "offsets", f"{topic} 0"), (f"group {group}", "offsets", f"{topic} 1")]
    assert "was deleted unjudged" in found[0].words()
    assert "made anew or lost records" in found[1].words()


def test_what_only_a_larger_cluster_can_show(specs: tuple[TopicSpec, ...]) -> None:
    wanted = tuple(msgspec.structs.replace(spec, replication_factor=3, config={**spec.config, "min.insync.replicas": "2"}) for spec in specs)
    weak = {
        "transaction.max.timeout.ms": "14999",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.replication.factor": "1",
        "offsets.topic.replication.factor": "3",
        "socket.request.max.bytes": "104857600",
    }
    fine = {**weak, "transaction.max.timeout.ms": "15000", "transaction.state.log.min.isr": "2", "transaction.state.log.replication.factor": "3"}
    shapes = {spec.name: (spec.partitions, 3) for spec in wanted}
    cluster = Cluster(shapes, dict.fromkeys(shapes, 2), {}, {1: fine, 2: weak}, {}, {})
    settings = ["transaction.max.timeout.ms", "transaction.state.log.min.isr", "transaction.state.log.replication.factor"]
    assert _aspects(differences(wanted, cluster, ALONE)) == [("broker 2", "broker", setting) for setting in settings]
    used = msgspec.structs.replace(cluster, shapes={**shapes, "__transaction_state": (50, 1), "__consumer_offsets": (50, 3)}, brokers={})
    assert _aspects(differences(wanted, used, ALONE)) == [("__transaction_state", "replication", "")]
    running = Group(1, "classic", "range", {})
    span = {(topics.LISTING, 0): Span(0, 5)}
    quiet = msgspec.structs.replace(cluster, brokers={}, groups={"g": running}, spans=span)
    assert differences(wanted, quiet, Needs(15_000, {"g": (topics.LISTING,)})) == (), "its worker begins at the first record"


# The command, on the test's own names.


@pytest.fixture
def run(broker: EmbeddedBroker, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs `screener topics ARGUMENTS` on the prefixed topics."""
    monkeypatch.setattr(
        "screener.cli.topics.load_topics", lambda **options: _prefixed(load_topics(**options), prefix, topics.LISTING, topics.REGISTRY, topics.TRACE)
    )
    monkeypatch.setattr("screener.cli.topics.load_grants", lambda *_: ())  # the shipped rights are those of the shipped topics

    def run(*arguments: str, bootstrap: str = broker.bootstrap) -> Result:
        return CliRunner().invoke(topics_group, arguments, env={"SCREENER_BOOTSTRAP": bootstrap})

    return run


def test_command_plans_applies_and_checks(run: Any, client: AdminClient, prefix: str) -> None:
    small = ("--partitions", "2")
    assert run("check", *small).exit_code == 1
    planned = run("plan", *small, "--json")
    assert planned.exit_code == 0
    assert [difference["aspect"] for difference in json.loads(planned.stdout)["differences"]] == ["missing"] * 3
    applied = run("apply", *small)
    assert applied.exit_code == 0, applied.output
    assert applied.stdout.count("done  ") == 3
    assert "2 partitions instead of the files' default" in applied.stderr
    assert run("check", *small).exit_code == 0
    assert _partitions(client)[prefix + topics.REGISTRY] == 1
    _set(client, prefix + topics.LISTING, "retention.ms", "1000")
    assert run("check", *small).exit_code == 1
    assert json.loads(run("apply", *small, "--json").stdout)["done"][0]["setting"] == "retention.ms"
    left = run("apply")
    assert left.exit_code == 1
    assert f"left  {prefix}{topics.LISTING}: 2 partitions, files say 8" in left.stdout


def test_command_takes_an_override_file(run: Any, tmp_path: Path) -> None:
    override = tmp_path / "site.toml"
    override.write_text('partitions = 2\n[config]\n"min.insync.replicas" = "1"\n', encoding="utf-8")
    assert run("apply", "--override", str(override)).exit_code == 0
    assert run("check", "--override", str(override)).exit_code == 0
    override.write_text("partition = 2\n", encoding="utf-8")
    wrong = run("check", "--override", str(override))
    assert wrong.exit_code == 2
    assert "unknown field `partition`" in wrong.stderr


def test_command_ends_with_3_when_no_broker_answers(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin, "CONTACT_TIMEOUT_S", 0.5)
    for command in ("plan", "apply", "check"):
        result = run(command, bootstrap=NOBODY)
        assert result.exit_code == 3
        assert result.stderr.startswith(f"error: no Kafka broker answers at {NOBODY}")


def test_shipped_names_keep_the_seller_together(specs: tuple[TopicSpec, ...], prefix: str) -> None:
    assert {spec.partitions for spec in specs if spec.inherits} == {2}
    assert find(specs, prefix + topics.REGISTRY).partitions == 1


def test_a_cluster_without_an_authorizer_has_no_rights_to_compare(broker: EmbeddedBroker) -> None:
    """Where it has one: test_security."""
    grants = load_grants(load_topics())
    assert admin.plan_grants(grants, broker.bootstrap) is None
    assert admin.apply_grants(grants, broker.bootstrap) is None
