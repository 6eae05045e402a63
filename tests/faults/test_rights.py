"""Rights that are taken from a worker while it runs.

Goal: a worker that may no longer write one of its outputs ends, names the topic and says what to do; a restart ends the same way, offsets pass no
input that was not answered, and once the right is there again nothing is missing or doubled.
Method: a guarded broker (TLS, SCRAM, an authorizer) with the rights of `topics/acls.toml`; a worker as its service. The right to write decisions is
denied on the broker, or taken away and granted again by `topics apply`. Everything else of the test is the super user.
Blind spot: rights to read (tests/broker/test_security has a worker that never had any), and a login that is refused while a worker runs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, ResourcePatternType, ResourceType

from screener import topics
from screener.runtime.exits import DO_NOT_RESTART
from tests.certificates import Authority
from tests.faults.losses import count_losses
from tests.faults.results import FOLDER
from tests.faults.scene import RECOVERY_MAX_S, Scene, open_scene
from tests.guarded import SUPER, Guarded, broker_security, environment
from tests.harness import TIMEOUT_S, succeed
from tests.login import client

BATCH = 1_000
SERVICE = "screener-judge"
LOGIN = {"sasl_mechanism": "SCRAM-SHA-512"}
REFRESH = {"kafka": '{"topic.metadata.refresh.interval.ms": "500"}'}
"""So that a worker soon sees what changed; librdkafka's own five minutes are a test's end."""

SEEN_S = 3.0
"""By then it has."""


@pytest.fixture
def guarded_scene(tmp_path: Path, time_limit: None) -> Iterator[tuple[Scene, dict[str, str]]]:
    """An installation on a guarded broker, and the variables by which a worker logs in."""
    authority = Authority()
    security = broker_security(tmp_path, authority)
    guarded = Guarded("", tmp_path, authority)
    results = {name: value for name, value in os.environ.items() if name == FOLDER}
    with environment({**guarded.env(SUPER, **LOGIN), **results}), open_scene(tmp_path, security=security) as opened:
        yield opened, guarded.env(SERVICE, **LOGIN, **REFRESH)


def _deny(scene: Scene) -> None:
    """The topic can still be seen: the broker refuses the transaction."""
    binding = _acl(AclPermissionType.DENY)
    admin = AdminClient(client(scene.broker.bootstrap))  # kept until the answer is there, or there is none
    admin.create_acls([binding])[binding].result(TIMEOUT_S)


def _deny_no_more(scene: Scene) -> None:
    _delete(scene, AclPermissionType.DENY)


def _take(scene: Scene) -> None:
    """Also the right to see the topic: the worker's own client then refuses the records."""
    _delete(scene, AclPermissionType.ALLOW)
    time.sleep(SEEN_S)


def _grant(scene: Scene) -> None:
    assert f"User:{SERVICE} may Write topic {topics.DECISION}" in succeed("topics", "apply", bootstrap=scene.broker.bootstrap)


def _acl(permission: AclPermissionType) -> AclBinding:
    return AclBinding(ResourceType.TOPIC, topics.DECISION, ResourcePatternType.LITERAL, f"User:{SERVICE}", "*", AclOperation.WRITE, permission)


def _delete(scene: Scene, permission: AclPermissionType) -> None:
    acl = _acl(permission)
    found = AclBindingFilter(acl.restype, acl.name, acl.resource_pattern_type, acl.principal, acl.host, acl.operation, acl.permission_type)
    admin = AdminClient(client(scene.broker.bootstrap))
    assert len(admin.delete_acls([found])[found].result(TIMEOUT_S)) == 1


@pytest.mark.parametrize(
    ("refuse", "permit"),
    [
        pytest.param(_deny, _deny_no_more, marks=pytest.mark.faults, id="denied"),
        pytest.param(_take, _grant, marks=pytest.mark.faults_short, id="taken"),
    ],
)
def test_an_output_topic_may_not_be_written(
    guarded_scene: tuple[Scene, dict[str, str]], refuse: Callable[[Scene], None], permit: Callable[[Scene], None]
) -> None:
    scene, login = guarded_scene
    worker = scene.start(scene.new_worker(login))
    scene.judge(BATCH)
    refuse(scene)
    scene.publish(BATCH)
    assert scene.ended(worker) == DO_NOT_RESTART, worker.tail()
    for _ in range(2):  # a restart ends the same way
        said = worker.log.read_text(encoding="utf-8").splitlines()[-1]
        assert said.startswith("error: "), worker.tail()
        assert topics.DECISION in said
        assert "`screener topics apply`" in said
        assert worker.start().wait(RECOVERY_MAX_S) == DO_NOT_RESTART, worker.tail()
    found = count_losses(scene.broker.bootstrap)
    assert found.lost == scene.cluster.lag() > 0, "offsets passed what was not answered, or stayed behind what was"
    assert found.doubled == 0
    permit(scene)
    began = time.monotonic()
    scene.start(worker)
    scene.recovered("output-denied", began)
    scene.finish()
