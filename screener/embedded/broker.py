"""Run one Apache Kafka node on 127.0.0.1 as a child process: start, prove, stop, kill, pause; its data in a folder that is kept or is temporary.

The data folder holds: `kafka/` (Kafka's own log directory), `server.properties` and `log4j2.properties` (written anew at every start), `broker.log`
(rolling), `console.log` (what java printed, this start only) and `lock` (held as long as Python or java lives). Java runs inside that folder with
relative paths, so that no path, whatever it contains, has to be escaped in a properties file.
"""

import fcntl
import logging
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from screener.embedded.errors import ELSEWHERE, EmbeddedBrokerError, PortInUseError
from screener.embedded.jars import ensure_jars
from screener.embedded.java import find_java
from screener.embedded.ready import Deadline, wait_port, wait_ready
from screener.embedded.security import BrokerSecurity
from screener.embedded.tether import tethered

START_SECONDS_MAX = 90.0
"""A start takes 3-5 s on two idle cores; a loaded CI machine gets twenty times that before we give up."""

FORMAT_SECONDS_MAX = 60.0
"""Formatting takes 1 s; the same patience."""

STOP_SECONDS_MAX = 20.0
"""SIGTERM takes 0.2-0.6 s; after this, SIGKILL: Kafka recovers its log at the next start."""

LOCK_SECONDS_MAX = 5.0
"""A java whose parent was killed takes up to 2 s to be gone; its data folder is waited for that long, with reserve."""

PORTS = range(20_000, 32_000)
"""Free ports are chosen here, below Linux's range for outgoing connections (32768 up): a client that connects to a port of that range while
nobody listens can be given the same port as its source, connect to itself and hold the port."""

_HEAP = ("-Xmx256m", "-XX:+UseSerialGC")
_QUICK_START = ("-XX:TieredStopAtLevel=1",)
"""230 MB in all; with the second compiler 300-390 MB and a later start."""

_KAFKA_LOG = "kafka"
_KAFKA_LOG_NEW = "kafka.formatting"

_PROPERTIES = """\
# Written at every start by screener.embedded; changes are lost.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
controller.listener.names=CONTROLLER
log.dirs={log_dir}
# one node: every internal topic has one copy; four partitions instead of 50 keep the start short
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# a lone worker need not wait for others to join
group.initial.rebalance.delay.ms=0
# topics are contracts: a typo must fail, not make a topic
auto.create.topics.enable=false
# one batch: a 2 MiB record of the largest listing allowed, and its frame
message.max.bytes=2162688
# default 10 s: a killed worker's open transaction would hold its readers up that long
transaction.abort.timed.out.transaction.cleanup.interval.ms=500
# default 128 MB of buffer for the compaction of a few megabytes
log.cleaner.dedupe.buffer.size=16777216
# default 9 s: after kill -9 the controller would wait that long for its own broker's old session
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
"""

_OPEN = """\
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
"""

_LOG4J2 = """\
# Written at every start by screener.embedded; changes are lost.
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=broker.log
appender.file.filePattern=broker.%i.log
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{ISO8601} %p %m (%c)%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=10MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=3
rootLogger.level=INFO
rootLogger.appenderRef.file.ref=file
"""

_log = logging.getLogger(__name__)


class EmbeddedBroker:
    """One Kafka node on 127.0.0.1, as a context manager: `with EmbeddedBroker() as broker: use(broker.bootstrap)`.

    Entering starts it and returns when it works; leaving stops it and removes temporary data. The port and the data stay the same through
    `kill()` and `start()`, so a client sees a broker that crashed and came back. Start it from the main thread (see tether.py).
    """

    def __init__(
        self,
        port: int = 0,
        data: Path | str | None = None,
        notify: Callable[[str], None] = _log.info,
        security: BrokerSecurity | None = None,
        *,
        long_running: bool = False,
    ) -> None:
        """Take no resource yet. `port` 0: any free one. `data` None: a temporary folder, else one that is made if missing, and kept.

        `notify` gets a line for a person when something takes long (the first fetch of the jars). With `security` the broker speaks SASL_SSL alone
        and permits nothing that no ACL grants; without, everybody on this machine may do everything. Data keep the one they were formatted with.
        `long_running` compiles what is hot as far as a production broker does, for more memory and a later start.
        """
        self._port = port
        self._kept = Path(data).absolute() if data is not None else None
        self._data: Path | None = None
        self._notify = notify
        self._jvm = _HEAP if long_running else (*_HEAP, *_QUICK_START)
        self._security = security
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: BinaryIO | None = None

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:PORT`; EmbeddedBrokerError before the first start with port 0, which chooses it."""
        if not self._port:
            raise EmbeddedBrokerError("the broker has no port yet. Start it first.")
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The java process's id; EmbeddedBrokerError if none runs."""
        return self._running().pid

    @property
    def data(self) -> Path:
        """The data folder; EmbeddedBrokerError before the first start of a temporary one."""
        folder = self._data or self._kept
        if folder is None:
            raise EmbeddedBrokerError("the broker has no data folder yet. Start it first.")
        return folder

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Start and return when topics, groups and transactions work (3-5 s; 7-12 s more for the first fetch).

        PortInUseError: the port is taken. EmbeddedBrokerError: no Java, no jars, a data folder in use or not writable, java died, too slow.
        Whatever fails, nothing is left running.
        """
        if self._process is not None and self._process.poll() is None:
            raise EmbeddedBrokerError(f"the broker already runs (pid {self._process.pid}). Stop it before starting it again.")
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedBrokerError("java dies with the thread that starts it. Start the embedded broker from the main thread.")
        try:
            self._start()
        except OSError as error:
            self.stop()
            raise EmbeddedBrokerError(
                f"cannot run the embedded broker: {error}. Check space and rights of its data folder (--data, TMPDIR), {ELSEWHERE}."
            ) from error
        except BaseException:  # Ctrl-C too: whatever ends the start must not leave java behind
            self.stop()
            raise

    def stop(self) -> None:
        """End java cleanly (SIGKILL after STOP_SECONDS_MAX), free the data folder and remove it if temporary. Harmless when nothing runs."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.terminate()
                self._process.send_signal(signal.SIGCONT)  # a paused process keeps SIGTERM for later
                try:
                    self._process.wait(STOP_SECONDS_MAX)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._process = None
        self._release()
        if self._kept is None and self._data is not None:
            shutil.rmtree(self._data, ignore_errors=True)  # a leftover in the temporary folder is no reason to fail
            self._data = None

    def kill(self) -> None:
        """End java by SIGKILL, as a crash would; port and data stay for the next `start()`, even when temporary."""
        process = self._running()
        process.kill()
        process.wait()
        self._process = None
        self._release()

    def pause(self) -> None:
        """Freeze java (SIGSTOP): to its clients a broker that hangs."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused java go on (SIGCONT)."""
        self._running().send_signal(signal.SIGCONT)

    def wait(self, seconds: float) -> int | None:
        """Wait so long for java to end by itself; return its exit status, or None if it still runs."""
        try:
            return self._running().wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise EmbeddedBrokerError("the broker does not run. Start it first.")
        return self._process

    def _start(self) -> None:
        """Do the start's steps in order: port, Java and jars, data folder, format once, process, proof."""
        if self._port:
            _check_free(self._port)
        java = find_java()
        jars = ensure_jars(self._notify)
        _log.debug("java of %s: %s", java.origin, java.executable)
        if self._data is None:
            self._data = self._kept or Path(tempfile.mkdtemp(prefix="screener-broker-"))
            self._data.mkdir(parents=True, exist_ok=True)
        self._acquire(self._data)
        self._port = self._port or _free_port()
        controller_port = _free_port(self._port)
        internal_port = _free_port(self._port, controller_port)
        command = [
            str(java.executable),
            *self._jvm,
            "-Dlog4j2.configurationFile=log4j2.properties",
            "-cp",
            os.pathsep.join(str(jar) for jar in jars),
        ]
        (self._data / "log4j2.properties").write_text(_LOG4J2, "utf-8")
        security = self._security
        if security is not None:
            security.write(self._data)
        listeners = (
            _OPEN.format(port=self._port, controller_port=controller_port)
            if security is None
            else security.properties(self._port, internal_port, controller_port)
        )
        properties = _PROPERTIES.format(controller_port=controller_port, log_dir="{log_dir}") + listeners
        _format_once(command, self._data, properties, () if security is None else security.format_options())
        _write_properties(self._data, "server.properties", _KAFKA_LOG, properties)
        self._spawn([*command, "kafka.Kafka", "server.properties"])
        deadline = Deadline(START_SECONDS_MAX, self._check_alive)
        if security is None:
            wait_ready(self._port, deadline)
        else:
            wait_ready(internal_port, deadline, security.client())
            wait_port(self._port, deadline)

    def _spawn(self, command: list[str]) -> None:
        """Start java inside the data folder, tied to this process's life, with the folder's lock in its hands."""
        assert self._lock is not None, "the data folder is locked before java starts in it"
        with open(self.data / "console.log", "wb") as console:
            self._process = subprocess.Popen(
                tethered(command),
                cwd=self.data,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                pass_fds=(self._lock.fileno(),),
                start_new_session=True,  # Ctrl-C goes to Python alone, which stops java when its users are done
            )

    def _check_alive(self) -> None:
        """Raise EmbeddedBrokerError with java's last words if it has ended."""
        status = self._running().poll()
        if status is not None:
            raise EmbeddedBrokerError(
                f"the embedded broker's java ended with status {status} before it was ready: {_last_words(self.data)}. "
                f"Repair what it says (with --data, see broker.log there), {ELSEWHERE}."
            )

    def _acquire(self, folder: Path) -> None:
        """Lock the data folder, waiting a little for a java that is just dying; EmbeddedBrokerError if another broker uses it."""
        self._lock = open(folder / "lock", "ab")  # noqa: SIM115 - held until stop or kill
        end = time.monotonic() + LOCK_SECONDS_MAX
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if time.monotonic() > end:
                    raise EmbeddedBrokerError(f"another broker uses the data folder {folder}. Stop it, or give another folder.") from error
                time.sleep(0.1)

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None


def _format_once(command: list[str], folder: Path, properties: str, options: Sequence[str]) -> None:
    """Make Kafka's log directory if there is none (1 s), by Kafka's own tool: hand-written files leave transaction.version at 0.

    Formatted under another name and renamed, so that a start cut short here never leaves a half-formatted directory in use.
    """
    if (folder / _KAFKA_LOG).exists():
        return
    shutil.rmtree(folder / _KAFKA_LOG_NEW, ignore_errors=True)
    _write_properties(folder, "format.properties", _KAFKA_LOG_NEW, properties)
    cluster_id = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    tool = [*command, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}", "--config=format.properties", *options]
    try:
        run = subprocess.run(
            tethered(tool),
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=FORMAT_SECONDS_MAX,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedBrokerError(
            f"formatting the embedded broker's data in {folder} took more than {FORMAT_SECONDS_MAX:.0f} s. Start it again on an idle machine."
        ) from error
    if run.returncode != 0:
        said = run.stdout.decode("utf-8", "replace").strip()[-500:]
        raise EmbeddedBrokerError(f"formatting the embedded broker's data in {folder} failed: {said}. Give an empty folder, {ELSEWHERE}.")
    (folder / _KAFKA_LOG_NEW).rename(folder / _KAFKA_LOG)
    (folder / "format.properties").unlink()


def _write_properties(folder: Path, name: str, log_dir: str, properties: str) -> None:
    path = folder / name
    path.touch(mode=0o600)  # it may hold passwords
    path.write_text(properties.replace("{log_dir}", log_dir), "ascii")


def _environment() -> dict[str, str]:
    """Return our environment with a UTF-8 locale: under LANG=C java cannot name a folder with a letter beyond ASCII."""
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def _check_free(port: int) -> None:
    """PortInUseError if something listens on 127.0.0.1:port."""
    if not _is_free(port):
        raise PortInUseError(f"port {port} of 127.0.0.1 is in use or not allowed. Give another --port, or --port 0 for any free one.")


def _free_port(*others: int) -> int:
    """Return a port of PORTS that nobody uses now; by chance, so that two starts at once do not choose the same one."""
    for port in random.sample(PORTS, len(PORTS)):
        if port not in others and _is_free(port):
            return port
    raise EmbeddedBrokerError(f"no free port of 127.0.0.1 in {PORTS.start}-{PORTS.stop - 1}. End what holds them, {ELSEWHERE}.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as java does: a port with only closing connections of an earlier broker is free
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _last_words(folder: Path) -> str:
    """Return what java said last, most telling first: the log's last error lines, else the console's end."""
    lines: list[str] = []
    for name in ("broker.log", "console.log"):
        path = folder / name
        if path.exists():
            lines += path.read_text("utf-8", "replace").splitlines()[-200:]
    telling = [line for line in lines if " ERROR " in line or " FATAL " in line or "Exception" in line]
    return " | ".join((telling or lines)[-3:])[:800] or "it said nothing"
