"""The run: a real broker and a real worker, brought up for it and taken down after it, and the stream sent through them.

Order of coming: broker, topics, registry, worker, ready. Order of going: worker, broker; whatever ends the run, nothing stays behind, and should this
process be killed outright, the kernel ends both children (`embedded/tether.py`).
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from screener import admin, topics
from screener.client.publisher import ListingPublisher
from screener.client.sidelog import publish_version
from screener.contracts import Brand
from screener.demo.report import Measured
from screener.demo.tally import DemoFailed, Follower, Glimpse, Tally
from screener.embedded import EmbeddedBroker
from screener.embedded.tether import tethered
from screener.topicfiles import load_topics

PARTITIONS: Final = 2
"""Instead of the eight that topics have by default: there is one worker here, and a round's transaction pays for every partition it touches
(measured on two busy cores at 1,000 events/s: a commit takes 26 ms on average with two, 84 ms with eight)."""

READY_S_MAX: Final = 60.0
"""A worker is ready in 2-3 s on two idle cores; a loaded machine gets twenty times that."""

STOP_S_MAX: Final = 10.0
"""SIGTERM takes a worker about a second; after this, SIGKILL: its state is thrown away anyhow."""

STALL_S_MAX: Final = 60.0
"""Everything was sent, and for so long nothing came of any of it: something is broken, and waiting on would not mend it."""

SHOW_EVERY_S: Final = 0.25
"""Between two looks at the state of the run."""

RAMP_S: Final = 4.0
"""The rate rises to its full height within this time: a Kafka that has just started is slow until its JVM is warm."""

AHEAD_S_MAX: Final = 0.002
"""The sender sleeps when it is so much ahead of its rate: sleeping for every event would cost more than sending it."""

GIL_SWITCH_S: Final = 0.0005
"""The reading thread must get in between while events are sent, or the sender's own work would count as the screener's latency."""

LOG_LINES: Final = 5
"""Last lines of the worker's log told when it ends by itself."""

_WORKER: Final = "from screener.cli.main import main; main()"


class Stage(Struct, frozen=True):
    """A broker with topics and a registry, and one worker that is ready."""

    bootstrap: str
    http: str
    """HOST:PORT of /metrics, /readyz and /livez."""
    state: Path
    """The worker's state directory; gone after the run."""
    log: Path
    worker: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raises `DemoFailed` if the worker has ended."""
        _check_alive(self.worker, self.log)


@contextmanager
def stage(brands: Sequence[Brand], log: Path, say: Callable[[str], None]) -> Iterator[Stage]:
    """Broker and worker for the length of a run; `say` gets a line before each thing that takes long. Enter it in the main thread.

    Raises `EmbeddedBrokerError`, `admin.BrokerUnreachable`, `admin.AdminRefused` or `DemoFailed`.
    """
    say("starting Apache Kafka on this machine")
    with EmbeddedBroker(notify=say) as broker, tempfile.TemporaryDirectory(prefix="screener-demo-", ignore_cleanup_errors=True) as folder:
        say(f"Kafka answers on {broker.bootstrap}; creating the topics and loading {len(brands)} brands")
        admin.apply(load_topics(partitions=PARTITIONS), broker.bootstrap)
        publish_version({"bootstrap.servers": broker.bootstrap}, topics.REGISTRY, [msgspec.to_builtins(brand) for brand in brands])
        say("starting a worker")
        state = Path(folder) / "state"
        with _worker(broker.bootstrap, state, log) as worker:
            http = _await_ready(worker, state, log)
            yield Stage(broker.bootstrap, http, state, log, worker)
            say("stopping worker and broker")


@contextmanager
def _worker(bootstrap: str, state: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-P", "-c", _WORKER, "worker", "--bootstrap", bootstrap, "--state-dir", str(state), "--http", "127.0.0.1:0"]
    # Settings of a worker in the user's environment are meant for another broker: only how much it logs is taken over.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCREENER_") or name == "SCREENER_LOG_LEVEL"}
    with log.open("wb") as output:
        worker = subprocess.Popen(
            tethered(command),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C goes to the demo alone, which stops its worker when it is done with it
        )
    try:
        yield worker
    finally:
        worker.terminate()
        try:
            worker.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def _await_ready(worker: subprocess.Popen[bytes], state: Path, log: Path) -> str:
    """The worker's HTTP address, as soon as it is ready to judge."""
    address, deadline, reason = state / "http", time.monotonic() + READY_S_MAX, "it does not answer yet"
    while time.monotonic() < deadline:
        _check_alive(worker, log)
        http = address.read_text(encoding="utf-8").strip() if address.exists() else ""
        if http:
            ready, reason = _readiness(http)
            if ready:
                return http
        time.sleep(0.1)
    raise DemoFailed(f"the worker was not ready within {READY_S_MAX:.0f} s ({reason}); see {log}, and try again on a quieter machine")


def _readiness(http: str) -> tuple[bool, str]:
    """Whether the worker is ready, and if not, why."""
    try:
        with urllib.request.urlopen(f"http://{http}/readyz", timeout=2) as answer:
            body = json.load(answer)
    except urllib.error.HTTPError as error:
        body = json.load(error)
    except (OSError, ValueError):
        return False, "it does not answer yet"
    return bool(body["ready"]), str(body["reason"])


def _check_alive(worker: subprocess.Popen[bytes], log: Path) -> None:
    status = worker.poll()
    if status is not None:
        last = " | ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
        raise DemoFailed(f"the worker ended by itself with status {status}: {last}; see {log}")


def send(stage: Stage, events: Iterable[bytes], rate: float, decisions: BinaryIO, show: Callable[[Glimpse], None]) -> Measured:
    """Publishes the events at a steady rate (per second, after a short ramp) and returns when something became of every one of them.

    `show` gets the state of the run a few times a second; every decision is written to `decisions`, a line each, in the order of its arrival.
    Raises `InvalidEvent`, `NotDelivered` or `DemoFailed`.
    """
    switch_s = sys.getswitchinterval()
    sys.setswitchinterval(GIL_SWITCH_S)
    try:
        tally = Tally()
        with Follower(stage.bootstrap, tally, decisions) as follower:
            watch = _Watch(stage, tally, follower, show)
            sending_s = _publish(stage, events, rate, watch)
            _await_all(watch)
            seconds = tally.seconds
        show(tally.glimpse())
    finally:
        sys.setswitchinterval(switch_s)
    return Measured(events=tally.published, sending_s=sending_s, seconds=seconds, outcomes=tally.outcomes, latency=tally.latency)


class _Watch:
    """Looks after the run a few times a second, however often it is called."""

    def __init__(self, stage: Stage, tally: Tally, follower: Follower, show: Callable[[Glimpse], None]) -> None:
        self._stage, self.tally, self._follower, self._show = stage, tally, follower, show
        self._due = 0.0

    def look(self) -> None:
        """Raises what ended worker or reader; else shows the state, when it is time."""
        now = time.monotonic()
        if now >= self._due:
            self._due = now + SHOW_EVERY_S
            self._stage.check()
            self._follower.check()
            self._show(self.tally.glimpse())


def _publish(stage: Stage, events: Iterable[bytes], rate: float, watch: _Watch) -> float:
    """Sends everything; returns the seconds it took until the broker had it all."""
    started, tally = time.monotonic(), watch.tally
    with ListingPublisher(stage.bootstrap) as publisher:
        for event in events:
            publisher.publish_bytes(event)
            tally.published += 1
            ahead_s = due_s(tally.published, rate) - (time.monotonic() - started)
            if ahead_s > AHEAD_S_MAX:
                time.sleep(ahead_s)
            watch.look()
    return time.monotonic() - started


def due_s(sent: int, rate: float) -> float:
    """Seconds after the start at which the event after `sent` others is due: the rate rises evenly during `RAMP_S`, then it is `rate` per second."""
    if sent <= rate * RAMP_S / 2:
        return math.sqrt(2 * RAMP_S * sent / rate)
    return sent / rate + RAMP_S / 2


def _await_all(watch: _Watch) -> None:
    """Returns when something became of every event; `DemoFailed` when nothing moves any more."""
    finished, moved_at = -1, time.monotonic()
    while not watch.tally.is_complete:
        watch.look()
        now = time.monotonic()
        if watch.tally.finished != finished:
            finished, moved_at = watch.tally.finished, now
        elif now - moved_at > STALL_S_MAX:
            left = watch.tally.published - finished
            raise DemoFailed(f"nothing came of {left} events for {STALL_S_MAX:.0f} s; see the worker's log, and report it")
        time.sleep(0.01)
