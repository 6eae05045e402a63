"""Who may do what on Kafka: `topics/acls.toml` and the topic files, read into frozen `Grant` values. Nothing here talks to a broker.

Which topics a service reads and writes is not said twice: it follows from the `producers` and `consumers` of the topic files. Closed as those files
are: a service, topic or operation that is not known is an error that says what to do, never a right that is silently missing or too wide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from screener.topicfiles import ACLS_FILE, TopicFileError, TopicSpec, read_toml, shipped_folder

Resource = Literal["topic", "group", "transactional_id", "cluster"]
Pattern = Literal["literal", "prefixed"]
TopicOperation = Literal["Read", "Write", "Describe", "DescribeConfigs", "AlterConfigs", "Alter", "Create", "Delete"]
ClusterOperation = Literal["Create", "Describe", "Alter", "DescribeConfigs", "AlterConfigs", "ClusterAction", "IdempotentWrite"]

CLUSTER = "kafka-cluster"
"""The only name of Kafka's resource `cluster`."""

ALL_TOPICS = "*"
"""In `topics`: every topic of the files, each by its name; never Kafka's own wildcard, which would hold for topics of others too."""

_APPLICATION = "{application}"

Name = Annotated[str, Meta(min_length=1, max_length=249, pattern=r"^[A-Za-z0-9._{}-]+$(?!\n)")]
Principal = Annotated[str, Meta(min_length=1, pattern=r"^[A-Za-z0-9._-]+$(?!\n)")]


class Grant(Struct, frozen=True, order=True):
    """One permitted operation of one service on one resource, from every host."""

    principal: str
    """As Kafka writes it, e.g. `User:screener-judge`."""
    resource: Resource
    name: str
    pattern: Pattern
    operation: str
    """As Kafka writes it, e.g. `Read`."""

    def words(self) -> str:
        """The grant for an operator."""
        starting = "names starting with " if self.pattern == "prefixed" else ""
        return f"{self.principal} may {self.operation} {self.resource.replace('_', ' ')} {starting}{self.name}"


class _Service(Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of `[service.<principal>]`."""

    roles: tuple[str, ...] = ()
    topics: dict[str, tuple[str, ...]] = {}
    groups: tuple[Name, ...] = ()
    group_prefixes: tuple[Name, ...] = ()
    described_groups: tuple[Name, ...] = ()
    """Groups whose members and offsets may be looked at; nobody joins or moves them by this."""
    described_topic_prefixes: tuple[Name, ...] = ()
    """Topics that may be seen beyond those of the files: Kafka hides what somebody may not describe."""
    transactional_ids: tuple[Name, ...] = ()
    transactional_id_prefixes: tuple[Name, ...] = ()
    cluster: tuple[str, ...] = ()
    principal: Annotated[str, Meta(pattern=r"^User:.+$(?!\n)")] | None = None
    """Where it is not `User:<name of the table>`: a client certificate's name, for example."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of `topics/acls.toml`."""

    application: Name
    service: dict[Principal, _Service]


def load_grants(specs: Sequence[TopicSpec], path: Path | None = None) -> tuple[Grant, ...]:
    """All grants of a file (None: the shipped one) for these topics, sorted. Raises `TopicFileError` for anything unknown, missing or double."""
    path = shipped_folder() / ACLS_FILE if path is None else path
    file = read_toml(path, _File, f"application and [service.NAME] with {', '.join(_Service.__struct_fields__)}")
    _check_roles(path, file, specs)
    grants = [grant for name, service in file.service.items() for grant in _grants(path, name, service, file.application, specs)]
    return tuple(sorted(set(grants)))


def _check_roles(path: Path, file: _File, specs: Sequence[TopicSpec]) -> None:
    """Every producer and consumer of the topic files is one service's role, and every role is a producer or consumer."""
    known = {role for spec in specs for role in (*spec.producers, *spec.consumers)}
    owner: dict[str, str] = {}
    for name, service in file.service.items():
        for role in service.roles:
            if role not in known:
                raise TopicFileError(f"{path}: [service.{name}]: no topic file names {role!r}; choose one of {', '.join(sorted(known))}")
            if role in owner:
                raise TopicFileError(f"{path}: {role!r} is a role of {owner[role]} and of {name}; leave it with one of them")
            owner[role] = name
    for spec in specs:
        for role in (*spec.producers, *spec.consumers):
            if role not in owner:
                raise TopicFileError(f"{path}: {spec.name} names {role!r}, which is no service's role; add it to `roles` of a [service.NAME]")


def _grants(path: Path, name: str, service: _Service, application: str, specs: Sequence[TopicSpec]) -> Iterator[Grant]:
    principal = service.principal or f"User:{name}"
    roles = set(service.roles)
    for spec in specs:
        if roles.intersection(spec.producers):
            yield Grant(principal, "topic", spec.name, "literal", "Write")
        if roles.intersection(spec.consumers):
            yield Grant(principal, "topic", spec.name, "literal", "Read")
    for topic, operations in service.topics.items():
        for found in _topics(path, name, topic, specs):
            for operation in operations:
                yield Grant(principal, "topic", found, "literal", _operation(path, name, operation, get_args(TopicOperation)))
    for operation in service.cluster:
        yield Grant(principal, "cluster", CLUSTER, "literal", _operation(path, name, operation, get_args(ClusterOperation)))
    yield from _named(path, name, principal, service, application)


def _named(path: Path, name: str, principal: str, service: _Service, application: str) -> Iterator[Grant]:
    """Groups, transactional ids and what may only be looked at: the one useful operation follows from what they are."""
    listed: tuple[tuple[Resource, Pattern, str, tuple[str, ...]], ...] = (
        ("group", "literal", "Read", service.groups),
        ("group", "prefixed", "Read", service.group_prefixes),
        ("group", "literal", "Describe", service.described_groups),
        ("topic", "prefixed", "Describe", service.described_topic_prefixes),
        ("transactional_id", "literal", "Write", service.transactional_ids),
        ("transactional_id", "prefixed", "Write", service.transactional_id_prefixes),
    )
    for resource, pattern, operation, names in listed:
        for one in names:
            full = one.replace(_APPLICATION, application)
            if "{" in full or "}" in full:
                raise TopicFileError(f"{path}: [service.{name}]: {one!r} holds a brace; only {_APPLICATION} is replaced")
            yield Grant(principal, resource, full, pattern, operation)


def _topics(path: Path, name: str, topic: str, specs: Sequence[TopicSpec]) -> list[str]:
    known = [spec.name for spec in specs]
    if topic == ALL_TOPICS:
        return known
    if topic not in known:
        raise TopicFileError(f'{path}: [service.{name}]: no topic {topic!r}; choose "{ALL_TOPICS}" or one of {", ".join(known)}')
    return [topic]


def _operation(path: Path, name: str, operation: str, known: Sequence[str]) -> str:
    if operation not in known:
        raise TopicFileError(f"{path}: [service.{name}]: no operation {operation!r}; choose one of {', '.join(known)}")
    return operation
