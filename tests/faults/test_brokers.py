"""A broker that goes away under load and comes back.

Goal: an orderly restart, a pause and a crash of the broker lose and double nothing; workers ride it out or end with 70 and are started again.
Method: a real broker on data that is kept, two workers with the shipped timeouts, a stream that goes on publishing meanwhile.
Blind spot: several brokers, lost replicas, leaders that move, a network that is slow rather than gone, data that the broker itself lost.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest

from screener.runtime.settings import Settings
from tests.faults.scene import Scene
from tests.harness import Cluster

TRIES = int(os.environ.get("SCREENER_FAULT_TRIES", "3"))
PAUSE_S = 10.0
LOADED_S = 2.0
"""The stream runs so long before each fault, so that rounds are under way."""


def _shipped() -> dict[str, str]:
    """The timeouts a worker has when nobody sets any."""
    fields = Settings.model_fields
    return {f"SCREENER_{name.upper()}": str(fields[name].default) for name in ("session_timeout_ms", "transaction_timeout_ms")}


def _under_load(scene: Scene, fault: str, strike: Callable[[], None]) -> None:
    for _ in range(2):
        scene.start(scene.new_worker(_shipped()))
    scene.start_load()
    for _ in range(TRIES):
        time.sleep(LOADED_S)
        strike()
        scene.cluster = Cluster(scene.broker.bootstrap)  # a client from before knows leader epochs of before
        scene.recovered(fault, time.monotonic())
    assert scene.finish().ticks, "no hold fell due: the clock was not part of it"


@pytest.mark.faults
def test_stopped_and_started_again(scene: Scene) -> None:
    def strike() -> None:
        scene.broker.stop()
        scene.broker.start()

    _under_load(scene, "broker-restart", strike)


@pytest.mark.faults
def test_paused(scene: Scene) -> None:
    def strike() -> None:
        scene.broker.pause()
        time.sleep(PAUSE_S)
        scene.broker.resume()

    _under_load(scene, "broker-pause", strike)


@pytest.mark.faults
def test_killed_and_started_on_its_data(scene: Scene) -> None:
    def strike() -> None:
        scene.broker.kill()
        scene.broker.start()

    _under_load(scene, "broker-kill", strike)
