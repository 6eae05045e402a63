"""Brings a broker's topics in line with the topic files; the only place that creates or changes topics.

It never deletes a topic, never shrinks one, never changes the partition count of one that exists, and never removes a setting that the files
do not name: those could lose data, so they stay differences for a person. It grants the rights of `topics/acls.toml` and takes none away.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

from confluent_kafka import ConsumerGroupTopicPartitions, ConsumerGroupType, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)
from msgspec import Struct

from screener import clustercheck
from screener.clustercheck import Cluster, Difference, Group, Needs, Span
from screener.grants import Grant
from screener.reader import PASSING
from screener.topicfiles import TopicSpec
from screener.trouble import Trouble, first_answer

TIMEOUT_S = 15.0
"""One admin request. A broker answers in milliseconds; 15 s covers a controller that has just been elected."""

CONTACT_TIMEOUT_S = 5.0
"""The first answer of a broker, so that a wrong address is told while the operator still looks."""

CREATION_TIMEOUT_S = 30.0
"""Until every partition of new topics has a leader; measured 0.2 s for all 130 partitions on one idle broker; a busy cluster takes longer."""

POLL_S = 0.05
"""Between two looks at the metadata while new topics come up."""

ANY_HOST = "*"

AUTHORIZER = "authorizer.class.name"
"""The broker's setting; empty where everybody may do everything."""

EVERYBODY = "User:*"
"""Kafka's wildcard: a grant to it is everyone's, our services' too."""

_RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}
"""librdkafka counts the cluster as a broker."""

_PATTERNS = {"literal": ResourcePatternType.LITERAL, "prefixed": ResourcePatternType.PREFIXED}

_DYNAMIC_BROKER = (ConfigSource.DYNAMIC_BROKER_CONFIG, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG)

Client = str | Mapping[str, Any]
"""Bootstrap servers, or a whole librdkafka configuration (TLS, SASL)."""
_Answer = TypeVar("_Answer")


class BrokerUnreachable(Exception):
    """No broker answered; the text names the address and ends with what to do. Commands exit with code 3."""


class AdminRefused(Exception):
    """The broker answered and refused; the text carries its words and ends with what to do."""


class GrantDifference(Struct, frozen=True, kw_only=True):
    """A right that the files grant and the broker does not (`missing_grant`), or that a service of ours has there without a file (`extra_grant`)."""

    aspect: Literal["missing_grant", "extra_grant"]
    grant: Grant
    permission: Literal["allow", "deny"] = "allow"
    host: str = ANY_HOST

    @property
    def applicable(self) -> bool:
        """Whether `apply_grants` may remove the difference; taking a right away needs a person."""
        return self.aspect == "missing_grant"

    def words(self) -> str:
        """The difference as a sentence for an operator."""
        where = "" if self.host == ANY_HOST else f" from host {self.host}"
        if self.aspect == "missing_grant":
            return f"{self.grant.words()}: not granted yet"
        if self.permission == "deny":
            return f"{self.grant.words()}: denied{where} on the broker by no file of ours; remove it with kafka-acls, it goes before every grant"
        return f"{self.grant.words()}{where}: granted on the broker and in no file; write it into acls.toml, or take it away with kafka-acls"


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


def plan_grants(grants: Sequence[Grant], client: Client) -> tuple[GrantDifference, ...] | None:
    """How the broker's ACLs differ from the grants; None when the cluster has no authorizer, so that everybody may do everything.

    Looked at are the principals of the grants, and everybody (`User:*`): ACLs of other principals are none of our business.
    Raises `BrokerUnreachable` or `AdminRefused`.
    """
    with _session(client) as session:
        return _plan_grants(grants, session)


def apply_grants(grants: Sequence[Grant], client: Client) -> tuple[GrantDifference, ...] | None:
    """Grant what is missing and wait until it is in force; returns the differences as they were before. Takes nothing away; harmless to do twice.

    Raises `BrokerUnreachable` or `AdminRefused`.
    """
    with _session(client) as session:
        differences = _plan_grants(grants, session)
        session.grant([difference.grant for difference in differences or () if difference.applicable])
        _await_grants(grants, session)
        return differences


def _await_grants(grants: Sequence[Grant], session: _Session) -> None:
    """Returns when the broker that we ask acts by the grants: the controller has answered, brokers learn of it a moment later."""
    deadline = time.monotonic() + CREATION_TIMEOUT_S
    while missing := [one for one in _plan_grants(grants, session) or () if one.applicable]:
        if time.monotonic() > deadline:
            raise AdminRefused(f"{missing[0].grant.words()}: not in force after {CREATION_TIMEOUT_S:.0f} s; look into the brokers' logs")
        time.sleep(POLL_S)


def _plan_grants(grants: Sequence[Grant], session: _Session) -> tuple[GrantDifference, ...] | None:
    found = session.acls({*(grant.principal for grant in grants), EVERYBODY})
    if found is None:
        return None
    allowed = {acl.grant for acl in found if acl.permission == "allow" and acl.host == ANY_HOST}
    missing = [GrantDifference(aspect="missing_grant", grant=grant) for grant in grants if grant not in allowed]
    wanted = {GrantDifference(aspect="extra_grant", grant=grant) for grant in grants}
    return (*missing, *sorted((acl for acl in found if acl not in wanted), key=lambda acl: acl.grant))


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
    config: dict[str, Any] = {"bootstrap.servers": client} if isinstance(client, str) else dict(client)
    address = str(config.get("bootstrap.servers"))
    try:
        # Unreachable brokers are reported by exceptions; librdkafka's own lines on stderr would only repeat them.
        trouble = Trouble(config)
        admin = AdminClient({"log_level": 0, **config, **trouble.callback})
    except KafkaException as error:
        raise AdminRefused(f"the client settings for {address} are no good: {error.args[0].str()}; correct them") from error
    with admin:
        yield _Session(admin, address, trouble)


def _as_binding(grant: Grant) -> AclBinding:
    return AclBinding(
        _RESOURCES[grant.resource],
        grant.name,
        _PATTERNS[grant.pattern],
        grant.principal,
        ANY_HOST,
        AclOperation[_constant(grant.operation)],
        AclPermissionType.ALLOW,
    )


def _as_difference(acl: Any) -> GrantDifference:
    """An ACL of the broker in our words; a kind of resource that we never grant keeps Kafka's name."""
    resource: Any = next((name for name, kind in _RESOURCES.items() if kind is acl.restype), acl.restype.name.lower())
    pattern = acl.resource_pattern_type.name.lower()
    operation = "".join(word.capitalize() for word in acl.operation.name.split("_"))
    grant = Grant(acl.principal, resource, acl.name, pattern, operation)
    permission: Literal["allow", "deny"] = "deny" if acl.permission_type is AclPermissionType.DENY else "allow"
    return GrantDifference(aspect="extra_grant", grant=grant, permission=permission, host=acl.host)


def _constant(operation: str) -> str:
    """`DescribeConfigs` -> `DESCRIBE_CONFIGS`."""
    return "".join(f"_{letter}" if letter.isupper() and index else letter for index, letter in enumerate(operation)).upper()


class _Session:
    """The few admin calls we need, with every future awaited and every error in our words."""

    def __init__(self, admin: AdminClient, address: str, trouble: Trouble) -> None:
        self._admin = admin  # kept here until every future has ended, or they never do
        self._address = address
        self._trouble = trouble

    def shapes(self) -> dict[str, tuple[int, int]]:
        """Every topic's partition count and the smallest replica count among its partitions."""
        metadata = self._say(self._first_contact)
        return {
            name: (len(topic.partitions), min((len(partition.replicas) for partition in topic.partitions.values()), default=0))
            for name, topic in metadata.topics.items()
            if topic.error is None
        }

    def _first_contact(self) -> Any:
        """What the broker knows of all topics; a refused login ends the waiting at once."""
        return first_answer(lambda turn_s: self._admin.list_topics(timeout=turn_s), self._admin, self._trouble, CONTACT_TIMEOUT_S)

    def configs(self, names: Sequence[str]) -> dict[str, dict[str, ConfigEntry]]:
        """The effective settings of the topics."""
        if not names:
            return {}
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
        futures = self._say(lambda: self._admin.describe_configs(resources, request_timeout=TIMEOUT_S))
        return {resource.name: self._result(future) for resource, future in futures.items()}

    def facts(self, specs: Sequence[TopicSpec], needs: Needs) -> Cluster:
        """What `clustercheck` looks at."""
        metadata = self._say(self._first_contact)
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

    def acls(self, principals: Set[str]) -> list[GrantDifference] | None:
        """What the broker permits and forbids these principals, each as if it were in no file; None without an authorizer."""
        any_filter: Any = AclBindingFilter  # its hints do not know that None stands for anything
        everything = any_filter(ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)
        future = self._say(lambda: self._admin.describe_acls(everything, request_timeout=TIMEOUT_S))
        found: list[AclBinding] = self._result(future)
        if not found and not self._has_authorizer():  # no ACLs, no authorizer, no right to see them: confluent-kafka answers alike
            return None
        return [_as_difference(acl) for acl in found if acl.principal in principals]

    def _has_authorizer(self) -> bool:
        """Whether the brokers check rights; refused to whoever may not see their settings."""
        broker = next(iter(self._say(self._first_contact).brokers))
        resource = ConfigResource(ResourceType.BROKER, str(broker))
        entry = self._result(self._say(lambda: self._admin.describe_configs([resource], request_timeout=TIMEOUT_S))[resource]).get(AUTHORIZER)
        return entry is None or bool(entry.value)

    def grant(self, grants: Sequence[Grant]) -> None:
        """Permit this."""
        if not grants:
            return
        futures = self._say(lambda: self._admin.create_acls([_as_binding(grant) for grant in grants], request_timeout=TIMEOUT_S))
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
        self._admin.poll(0)  # lets librdkafka tell what is wrong with its connections
        return BrokerUnreachable(self._trouble.words(reason))
