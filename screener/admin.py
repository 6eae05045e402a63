"""Brings a broker's topics in line with the topic files; the only place that creates or changes topics.

It never deletes a topic, never shrinks one, never changes the partition count of one that exists, and never removes a setting that the files
do not name: those could lose data, so they stay differences for a person.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from confluent_kafka import ConsumerGroupTopicPartitions, ConsumerGroupType, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)
from msgspec import Struct

from screener import clustercheck
from screener.clustercheck import Cluster, Difference, Group, Needs, Span
from screener.reader import PASSING
from screener.topicfiles import TopicSpec

TIMEOUT_S = 15.0
"""One admin request. A broker answers in milliseconds; 15 s covers a controller that has just been elected."""

CONTACT_TIMEOUT_S = 5.0
"""The first answer of a broker, so that a wrong address is told while the operator still looks."""

CREATION_TIMEOUT_S = 30.0
"""Until every partition of new topics has a leader; measured 0.2 s for all 130 partitions on one idle broker; a busy cluster takes longer."""

POLL_S = 0.05
"""Between two looks at the metadata while new topics come up."""

_DYNAMIC_BROKER = (ConfigSource.DYNAMIC_BROKER_CONFIG, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG)

Client = str | Mapping[str, Any]
"""Bootstrap servers, or a whole librdkafka configuration (TLS, SASL)."""
_Answer = TypeVar("_Answer")


class BrokerUnreachable(Exception):
    """No broker answered; the text names the address and ends with what to do. Commands exit with code 3."""


class AdminRefused(Exception):
    """The broker answered and refused; the text carries its words and ends with what to do."""


class Applied(Struct, frozen=True):
    """What `apply` did and what it left to a person."""

    done: tuple[Difference, ...]
    left: tuple[Difference, ...]


def plan(specs: Sequence[TopicSpec], client: Client) -> tuple[Difference, ...]:
    """How the broker differs from the files, in the files' order; changes nothing.

    Topics that no file names are none of our business and are not listed. Raises `BrokerUnreachable` or `AdminRefused`.
    """
    with _session(client) as session:
        return _plan(specs, session)


def check(specs: Sequence[TopicSpec], client: Client, needs: Needs) -> tuple[Difference, ...]:
    """As `plan`, and how the cluster around the topics differs from what the workers rely on; changes nothing.

    Raises `BrokerUnreachable` or `AdminRefused`.
    """
    with _session(client) as session:
        return _plan(specs, session) + clustercheck.differences(specs, session.facts(specs, needs), needs)


def apply(specs: Sequence[TopicSpec], client: Client) -> Applied:
    """Create missing topics and set differing settings; returns when every new partition has a leader.

    Does nothing at all while a partition count differs: new topics beside it would not be co-partitioned. Doing it twice is harmless.
    Raises `BrokerUnreachable` or `AdminRefused`.
    """
    with _session(client) as session:
        differences = _plan(specs, session)
        if any(difference.aspect == "partitions" for difference in differences):
            return Applied((), differences)
        missing = {difference.topic for difference in differences if difference.aspect == "missing"}
        session.create([spec for spec in specs if spec.name in missing])
        session.alter([difference for difference in differences if difference.aspect == "config"])
        done = tuple(difference for difference in differences if difference.applicable)
        return Applied(done, tuple(difference for difference in differences if not difference.applicable))


def _plan(specs: Sequence[TopicSpec], session: _Session) -> tuple[Difference, ...]:
    shapes = session.shapes()
    configs = session.configs([spec.name for spec in specs if spec.name in shapes])
    differences: list[Difference] = []
    for spec in specs:
        if spec.name not in shapes:
            shape = f"{spec.partitions} partitions, {spec.replication_factor} replicas"
            differences.append(Difference(topic=spec.name, aspect="missing", wanted=shape))
        else:
            differences += _shape_differences(spec, *shapes[spec.name])
            differences += _config_differences(spec, configs[spec.name])
    return tuple(differences)


def _shape_differences(spec: TopicSpec, partitions: int, replicas: int) -> Iterable[Difference]:
    if partitions != spec.partitions:
        yield Difference(topic=spec.name, aspect="partitions", wanted=str(spec.partitions), found=str(partitions))
    if replicas < spec.replication_factor:  # more replicas than asked for harm nobody
        yield Difference(topic=spec.name, aspect="replication", wanted=str(spec.replication_factor), found=str(replicas))


def _config_differences(spec: TopicSpec, found: Mapping[str, ConfigEntry]) -> Iterable[Difference]:
    for setting, wanted in sorted(spec.config.items()):
        value = found[setting].value if setting in found else None
        if value != wanted:
            yield Difference(topic=spec.name, aspect="config", setting=setting, wanted=wanted, found=value)
    for setting, entry in sorted(found.items()):
        if setting not in spec.config and _source(entry) is ConfigSource.DYNAMIC_TOPIC_CONFIG:
            yield Difference(topic=spec.name, aspect="extra_config", setting=setting, found=entry.value)


def _source(entry: ConfigEntry) -> ConfigSource:
    """The entry's source; confluent-kafka hands out the bare number."""
    return ConfigSource(entry.source)


@contextmanager
def _session(client: Client) -> Iterator[_Session]:
    """An AdminClient for the length of one operation."""
    config = {"bootstrap.servers": client} if isinstance(client, str) else dict(client)
    address = str(config.get("bootstrap.servers"))
    try:
        # Unreachable brokers are reported by exceptions; librdkafka's own lines on stderr would only repeat them.
        admin = AdminClient({"log_level": 0, **config})
    except KafkaException as error:
        raise AdminRefused(f"the client settings for {address} are no good: {error.args[0].str()}; correct them") from error
    with admin:
        yield _Session(admin, address)


class _Session:
    """The few admin calls we need, with every future awaited and every error in our words."""

    def __init__(self, admin: AdminClient, address: str) -> None:
        self._admin = admin  # kept here until every future has ended, or they never do
        self._address = address

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Every topic's partition count and the smallest replica count among its partitions."""
        metadata = self._say(lambda: self._admin.list_topics(timeout=CONTACT_TIMEOUT_S))
        return {
            name: (len(topic.partitions), min((len(partition.replicas) for partition in topic.partitions.values()), default=0))
            for name, topic in metadata.topics.items()
            if topic.error is None
        }

    def configs(self, names: Sequence[str]) -> dict[str, dict[str, ConfigEntry]]:
        """The effective settings of the topics."""
        if not names:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        futures = self._say(lambda: self._admin.describe_configs(resources, request_timeout=TIMEOUT_S))
        return {resource.name: self._result(future) for resource, future in futures.items()}

    def facts(self, specs: Sequence[TopicSpec], needs: Needs) -> Cluster:
        """What `clustercheck` looks at."""
        metadata = self._say(lambda: self._admin.list_topics(timeout=CONTACT_TIMEOUT_S))
        names = [spec.name for spec in specs if spec.name in metadata.topics]
        configs = self.configs(names)
        brokers = self._broker_configs(sorted(metadata.brokers))
        inputs = [topic for group in needs.groups.values() for topic in group if topic in names]
        return Cluster(
            shapes=self.shapes(),
            min_insync={name: int(config["min.insync.replicas"].value or 1) for name, config in configs.items()},
            inherited={
                name: {setting: entry.value for setting, entry in sorted(config.items()) if _source(entry) in _DYNAMIC_BROKER}
                for name, config in configs.items()
            },
            brokers={broker: {setting: entry.value for setting, entry in config.items()} for broker, config in brokers.items()},
            groups={name: group for name in needs.groups if (group := self._group(name)) is not None},
            spans=self._spans([TopicPartition(topic, number) for topic in inputs for number in metadata.topics[topic].partitions]),
        )

    def _broker_configs(self, brokers: Sequence[int]) -> dict[int, dict[str, ConfigEntry]]:
        resources = [ConfigResource(ResourceType.BROKER, str(broker)) for broker in brokers]
        futures = self._say(lambda: self._admin.describe_configs(resources, request_timeout=TIMEOUT_S))
        return {int(resource.name): self._result(future) for resource, future in futures.items()}

    def _group(self, name: str) -> Group | None:
        """None for a group that has neither members nor offsets."""
        listed = self._result(self._say(lambda: self._admin.list_consumer_groups(request_timeout=TIMEOUT_S)))
        if name not in {group.group_id for group in listed.valid}:
            return None
        described = self._result(self._say(lambda: self._admin.describe_consumer_groups([name], request_timeout=TIMEOUT_S))[name])
        asked = [ConsumerGroupTopicPartitions(name)]
        answer = self._result(self._say(lambda: self._admin.list_consumer_group_offsets(asked, request_timeout=TIMEOUT_S))[name])
        committed = {(found.topic, found.partition): found.offset for found in answer.topic_partitions or () if found.offset >= 0}
        protocol = "classic" if described.type == ConsumerGroupType.CLASSIC else described.type.name.lower()
        return Group(len(described.members), protocol, described.partition_assignor, committed)

    def _spans(self, partitions: Sequence[TopicPartition]) -> dict[tuple[str, int], Span]:
        if not partitions:
            return {}
        first, end = self._offsets(dict.fromkeys(partitions, OffsetSpec.earliest())), self._offsets(dict.fromkeys(partitions, OffsetSpec.latest()))
        return {place: Span(first[place], end[place]) for place in first}

    def _offsets(self, request: dict[TopicPartition, OffsetSpec]) -> dict[tuple[str, int], int]:
        level = IsolationLevel.READ_UNCOMMITTED
        futures = self._say(lambda: self._admin.list_offsets(request, isolation_level=level, request_timeout=TIMEOUT_S))
        return {(place.topic, place.partition): self._result(future).offset for place, future in futures.items()}

    def create(self, specs: Sequence[TopicSpec]) -> None:
        """Create the topics and wait until each partition has a leader."""
        if not specs:
            return
        topics = [NewTopic(spec.name, spec.partitions, spec.replication_factor, config=dict(spec.config)) for spec in specs]
        futures = self._say(lambda: self._admin.create_topics(topics, operation_timeout=TIMEOUT_S, request_timeout=TIMEOUT_S))
        for future in futures.values():
            self._result(future, tolerated=KafkaError.TOPIC_ALREADY_EXISTS)  # somebody else applies the same files
        self._await_leaders({spec.name: spec.partitions for spec in specs})

    def alter(self, differences: Sequence[Difference]) -> None:
        """Set the wanted values; settings not named stay as they are."""
        resources: dict[str, ConfigResource] = {}
        for difference in differences:
            resource = resources.setdefault(difference.topic, ConfigResource(ResourceType.TOPIC, difference.topic))
            resource.add_incremental_config(ConfigEntry(difference.setting, difference.wanted, incremental_operation=AlterConfigOpType.SET))
        if resources:
            futures = self._say(lambda: self._admin.incremental_alter_configs(list(resources.values()), request_timeout=TIMEOUT_S))
            for future in futures.values():
                self._result(future)

    def _await_leaders(self, counts: Mapping[str, int]) -> None:
        deadline = time.monotonic() + CREATION_TIMEOUT_S
        while True:
            topics = self._say(lambda: self._admin.list_topics(timeout=TIMEOUT_S)).topics
            led = {name: sum(partition.leader >= 0 for partition in topic.partitions.values()) for name, topic in topics.items()}
            waiting = sorted(name for name, count in counts.items() if led.get(name, 0) < count)
            if not waiting:
                return
            if time.monotonic() > deadline:
                raise AdminRefused(f"{waiting[0]} has partitions without a leader after {CREATION_TIMEOUT_S:.0f} s; look into the brokers' logs")
            time.sleep(POLL_S)

    def _result(self, future: Any, tolerated: int | None = None) -> Any:
        return self._say(lambda: future.result(timeout=TIMEOUT_S), tolerated)

    def _say(self, call: Callable[[], _Answer], tolerated: int | None = None) -> _Answer:
        """The answer of a call, or its failure in our words; None for a tolerated error."""
        try:
            return call()
        except TimeoutError as error:
            raise self._unreachable("no answer") from error
        except KafkaException as error:
            reason: KafkaError = error.args[0]
            if reason.code() in PASSING:
                raise self._unreachable(reason.str()) from error
            if tolerated is not None and reason.code() == tolerated:
                return None  # type: ignore[return-value]  # only `_result` tolerates, and its caller ignores the answer
            raise AdminRefused(f"the broker at {self._address} refused: {reason.str()}; correct the topic file or the rights, then repeat") from error

    def _unreachable(self, reason: str) -> BrokerUnreachable:
        return BrokerUnreachable(f"no broker answers at {self._address} ({reason}); start one (`screener broker run`) or set --bootstrap")
