"""Follows the side logs: reads them whole before the worker is ready, compiles each new version aside, hands it to the engine between two rounds.

A version that cannot be used is passed over, and the newest usable one before it counts: what a running worker goes on with, and what a restarted one
finds again by reading the logs once more. Publishing is checked, so such a version is another release's or was made by hand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from screener.processor import Compiled, NotReady, Processor, SideRejected, SideVersion
from screener.reader import PASSING
from screener.runtime.exits import DO_NOT_RESTART, GRANT, RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.outside import Outside
from screener.runtime.settings import Settings
from screener.sidelog import SideReader
from screener.trouble import is_not_permitted

log = structlog.get_logger()

READ_BATCH = 2_000
METADATA_TIMEOUT_S = 15.0


class SideFollower:
    """Owns the thread that reads side logs. A processor without any has its (empty) side at once."""

    def __init__(
        self,
        settings: Settings,
        processor: Processor,
        ready: Callable[[Compiled], None],
        failed: Callable[[EngineStop], None],
        outside: Outside,
    ) -> None:
        self._settings, self._processor, self._ready, self._failed, self._outside = settings, processor, ready, failed, outside
        self._refused: dict[str, set[int]] = {topic: set() for topic in processor.sides}
        self._refusal = ""
        self._readers = self._new_readers()
        self._used: dict[str, SideVersion] | None = None
        """What was compiled last, per topic; None before the first time."""
        self._stopping = threading.Event()
        self._thread = outside.thread("side-logs", self._run)
        self.waiting_for = "the side logs have not been read to their end yet"
        """Why nothing is in force, for /readyz; empty once something is."""

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        try:
            if not self._readers:
                self._compile()
                return
            consumer = self._outside.consumer(
                self._settings.client(
                    group_id=f"{self._settings.application}-side",
                    enable_auto_commit=False,
                    enable_partition_eof=True,
                    isolation_level="read_committed",
                    auto_offset_reset="error",
                    fetch_queue_backoff_ms=5,
                    fetch_wait_max_ms=100,
                )
            )
            try:
                self._require_topics(consumer)
                self._follow(consumer)
            finally:
                consumer.close()
        except EngineStop as stop:
            self._failed(stop)
        except KafkaException as error:
            if is_not_permitted(error.args[0]):
                self._failed(EngineStop(DO_NOT_RESTART, f"the broker does not let this worker read the side logs: {error.args[0].str()}; {GRANT}"))
                return
            self._failed(EngineStop(RESTART, f"cannot read the side logs: {error.args[0]}; check them with `screener topics check`"))
        except Exception as error:  # a bug: a worker whose side logs nobody reads would judge by old ones for ever
            log.exception("reading the side logs failed")
            self._failed(EngineStop(RESTART, f"reading the side logs failed: {type(error).__name__}: {error}; the log has the traceback"))

    def _require_topics(self, consumer: Any) -> None:
        known = consumer.list_topics(timeout=METADATA_TIMEOUT_S).topics
        if missing := [topic for topic in self._readers if topic not in known]:
            raise EngineStop(DO_NOT_RESTART, f"topics are missing, or not permitted to be seen: {', '.join(missing)}; run `screener topics apply`")

    def _new_readers(self) -> dict[str, SideReader]:
        return {topic: SideReader(topic, refused) for topic, refused in self._refused.items()}

    def _follow(self, consumer: Any) -> None:
        while not self._stopping.is_set():
            self._readers = self._new_readers()
            consumer.assign([TopicPartition(topic, 0, 0) for topic in self._readers])
            self._follow_from_start(consumer)

    def _follow_from_start(self, consumer: Any) -> None:
        """Until the worker stops, or the logs must be read again because only they know what lies before a refused version."""
        unread = set(self._readers)
        changed = True
        while not self._stopping.is_set():
            for message in consumer.consume(READ_BATCH, 0.1) if unread else [m for m in [consumer.poll(0.1)] if m is not None]:
                error, topic, offset = message.error(), message.topic(), message.offset()
                assert topic is not None
                assert offset is not None
                if error is None:
                    changed = self._readers[topic].feed(offset, message.value()) or changed
                elif error.code() == KafkaError._PARTITION_EOF:
                    unread.discard(topic)
                elif error.code() in PASSING:
                    continue  # librdkafka reconnects by itself
                else:
                    raise KafkaException(error)
            if changed and not unread:
                changed = False
                if not self._compile():
                    return

    def _compile(self) -> bool:
        """Compiles the newest usable versions; False when the logs must be read again to know which these are."""
        started = self._outside.clock.monotonic()
        while True:
            versions = {topic: reader.newest for topic, reader in self._readers.items() if reader.newest is not None}
            try:
                compiled = self._processor.compile_side(versions)
            except SideRejected as rejected:
                self._refuse(rejected, versions[rejected.topic])
                if self._used is None:
                    return False
                self._readers[rejected.topic].newest = self._used.get(rejected.topic)
            else:
                break
        if isinstance(compiled, NotReady):
            self.waiting_for = f"{compiled.reason}; {self._refusal}" if self._refusal else compiled.reason
            log.warning("not ready", reason=self.waiting_for)
            return True
        self.waiting_for, self._used = "", versions
        in_force = {topic: version.version[:12] for topic, version in compiled.in_force.items()}
        log.info("side logs in force", versions=in_force, compile_s=round(self._outside.clock.monotonic() - started, 3))
        self._ready(compiled)
        return True

    def _refuse(self, rejected: SideRejected, version: SideVersion) -> None:
        self._refused[version.topic].add(version.in_force.offset)
        METRICS.side_rejected.inc()
        log.error(
            "a side-log version cannot be used, the one before it counts",
            topic=version.topic,
            offset=version.in_force.offset,
            version=version.in_force.version[:12],
            error=str(rejected),
        )
        self._refusal = f"{version.topic} {version.in_force.version[:12]} at offset {version.in_force.offset} cannot be used: {rejected}"
        if self._used is None:
            self.waiting_for = self._refusal
