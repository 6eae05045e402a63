"""How a cluster differs from the topic files and from what workers rely on: values in, differences out. `admin` asks the broker.

Not to be seen by an AdminClient (confluent-kafka 2.16): the cluster's features, so not whether `transaction.version` is 2; `kafka-features describe`
tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec import Struct

from screener.topicfiles import LIMIT, TopicSpec

ASSIGNOR = "range"
PROTOCOL = "classic"
"""What the workers' consumers speak: the same partition numbers of every topic for every member."""

OF_KAFKA = "min.insync.replicas"
"""Kafka 4 itself makes a dynamic cluster setting of it (eligible leader replicas); its effective value is looked at anyway."""

STATE_TOPICS = {"transaction.state.log.replication.factor": "__transaction_state", "offsets.topic.replication.factor": "__consumer_offsets"}
"""A commit is as safe as these two. Made with the first use; from then on their own replicas count, not the setting."""

Aspect = Literal[
    "missing", "partitions", "replication", "config", "extra_config", "inherited", "min_insync", "unknown_topic", "broker", "group", "offsets"
]
"""What differs. The last six are told by `check` alone: about the cluster around the topics, and never applied."""


class Difference(Struct, frozen=True, kw_only=True):
    """One way in which the broker differs from the topic files."""

    topic: str
    aspect: Aspect
    setting: str = ""
    """The Kafka setting; for `group` what of it, for `offsets` the partition."""
    wanted: str | None = None
    found: str | None = None

    @property
    def applicable(self) -> bool:
        """Whether `apply` may remove the difference; the others need a person."""
        return self.aspect in ("missing", "config")

    def words(self) -> str:
        """The difference as a sentence for an operator; one that `apply` leaves ends with what to do."""
        match self.aspect:
            case "missing":
                return f"{self.topic}: missing; to be created with {self.wanted}"
            case "config":
                return f"{self.topic}: {self.setting} is {self.found}, files say {self.wanted}"
            case "extra_config":
                return (
                    f"{self.topic}: {self.setting} is {self.found} on the broker and in no file; "
                    "write it into an override file, or remove it from the topic by hand"
                )
            case "replication":
                return f"{self.topic}: {self.found} replicas, files say {self.wanted}; reassign them with kafka-reassign-partitions"
            case "partitions":
                return (
                    f"{self.topic}: {self.found} partitions, files say {self.wanted}; never changed in place (keys would leave their state behind): "
                    f"use --partitions {self.found} if all co-partitioned topics have so many; if this one alone was raised, it has to be made anew: "
                    "start afresh with a new application id and new topics"
                )
            case "inherited":
                return f"{self.topic}: {self.setting} is {self.found} by a dynamic setting of the brokers; write it into an override file"
            case "min_insync":
                return f"{self.topic}: min.insync.replicas is {self.found}, there are {self.wanted} replicas: every write is refused; mend either"
            case "unknown_topic":
                return f"{self.topic}: no file names it; a leftover of another release or a misspelling, nobody here reads it: look, then delete it"
            case "broker":
                return f"{self.topic}: {self.setting} is {self.found}, {self.wanted} is needed; change it on the brokers"
            case "group":
                return f"{self.topic}: its {self.setting} is {self.found}, workers speak {self.wanted}; end the members that are no workers"
            case "offsets":
                return f"{self.topic}: {self.setting} is at {self.found}, {self.wanted}"


class Needs(Struct, frozen=True):
    """What workers of an installation ask of a cluster."""

    transaction_timeout_ms: int
    groups: Mapping[str, Sequence[str]]
    """The input topics of every consumer group, by its name."""


class Span(NamedTuple):
    """Offsets of a partition: the first that is there, and the one after the last."""

    first: int
    end: int


class Group(NamedTuple):
    """A consumer group that exists."""

    members: int
    protocol: str
    assignor: str
    """Empty while it has no members."""
    committed: Mapping[tuple[str, int], int]


class Cluster(Struct, frozen=True):
    """What the broker says."""

    shapes: Mapping[str, tuple[int, int]]
    """(partitions, smallest replica count) of every topic, the brokers' own among them."""
    min_insync: Mapping[str, int]
    inherited: Mapping[str, Mapping[str, str | None]]
    """Settings of our topics that come from a dynamic setting of the brokers."""
    brokers: Mapping[int, Mapping[str, str | None]]
    groups: Mapping[str, Group]
    spans: Mapping[tuple[str, int], Span]


def differences(specs: Sequence[TopicSpec], cluster: Cluster, needs: Needs) -> tuple[Difference, ...]:
    """Everything beyond the topics' own shapes and settings."""
    return (
        *_topics(specs, cluster),
        *_unknown(specs, cluster),
        *(difference for broker, found in sorted(cluster.brokers.items()) for difference in _broker(broker, found, specs, cluster, needs)),
        *_state_topics(specs, cluster),
        *(difference for name, group in sorted(cluster.groups.items()) for difference in _group(name, group, needs.groups[name], cluster)),
    )


def _topics(specs: Sequence[TopicSpec], cluster: Cluster) -> Iterator[Difference]:
    for spec in specs:
        for setting, value in cluster.inherited.get(spec.name, {}).items():
            if setting not in spec.config and setting != OF_KAFKA:  # one that the files name is compared whatever its source
                yield Difference(topic=spec.name, aspect="inherited", setting=setting, found=value)
        if spec.name in cluster.shapes and cluster.min_insync[spec.name] > (replicas := cluster.shapes[spec.name][1]):
            yield Difference(topic=spec.name, aspect="min_insync", wanted=str(replicas), found=str(cluster.min_insync[spec.name]))


def _unknown(specs: Sequence[TopicSpec], cluster: Cluster) -> Iterator[Difference]:
    """Topics under the first word of what we write (`screening`); that of the inputs (`marketplace`) is others' as well."""
    words = {spec.name.split(".")[0] for spec in specs if spec.kind != "input"}
    known = {spec.name for spec in specs}
    for name in sorted(cluster.shapes):
        if name not in known and name.split(".")[0] in words:
            yield Difference(topic=name, aspect="unknown_topic")


def _broker(broker: int, found: Mapping[str, str | None], specs: Sequence[TopicSpec], cluster: Cluster, needs: Needs) -> Iterator[Difference]:
    """Settings of a broker that would refuse what a worker asks."""
    replicas = max(spec.replication_factor for spec in specs)
    least = {
        "transaction.max.timeout.ms": needs.transaction_timeout_ms,
        "socket.request.max.bytes": max(int(spec.config[LIMIT]) for spec in specs),
        "transaction.state.log.min.isr": max(int(spec.config.get("min.insync.replicas", "1")) for spec in specs),
        **{setting: replicas for setting, topic in STATE_TOPICS.items() if topic not in cluster.shapes},
    }
    for setting, wanted in least.items():
        value = found.get(setting)
        if value is not None and int(value) < wanted:
            yield Difference(topic=f"broker {broker}", aspect="broker", setting=setting, wanted=f"at least {wanted}", found=value)


def _state_topics(specs: Sequence[TopicSpec], cluster: Cluster) -> Iterator[Difference]:
    wanted = max(spec.replication_factor for spec in specs)
    for topic in STATE_TOPICS.values():
        if topic in cluster.shapes and (found := cluster.shapes[topic][1]) < wanted:
            yield Difference(topic=topic, aspect="replication", wanted=str(wanted), found=str(found))


def _group(name: str, group: Group, inputs: Sequence[str], cluster: Cluster) -> Iterator[Difference]:
    topic = f"group {name}"
    if group.members and group.protocol != PROTOCOL:
        yield Difference(topic=topic, aspect="group", setting="protocol", wanted=PROTOCOL, found=group.protocol)
    elif group.members and group.assignor and group.assignor != ASSIGNOR:
        yield Difference(topic=topic, aspect="group", setting="assignor", wanted=ASSIGNOR, found=group.assignor)
    for (input_, number), span in sorted(cluster.spans.items()):
        if input_ not in inputs:
            continue
        said = _offset_is_wrong(group, group.committed.get((input_, number)), span)
        if said:
            at = str(group.committed.get((input_, number), "no offset"))
            yield Difference(topic=topic, aspect="offsets", setting=f"{input_} {number}", wanted=said, found=at)


def _offset_is_wrong(group: Group, committed: int | None, span: Span) -> str:
    if committed is None:
        if group.members or span.first == span.end:
            return ""  # its workers begin at the first record, or nothing was ever there
        return f"{span.end - span.first} records and no worker runs; start one (if one ran before, its offsets expired: its state knows them)"
    if committed < span.first:
        return f"the first record left is {span.first}: what was between was deleted unjudged; a worker will refuse to start (78), see the guide"
    if committed > span.end:
        return (
            f"the topic ends at {span.end}: it was made anew or lost records; restore it from a backup, or begin anew under a new application id "
            "and on new topics"
        )
    return ""
