"""Follows the side logs: reads them whole before the worker is ready, compiles each new version aside, hands it to the engine between two rounds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from screener.judge.rulebook import RulebookError
from screener.processor import Compiled, NotReady, Processor, SideVersion
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
        self._readers = {topic: SideReader(topic) for topic in processor.sides}
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
                consumer.assign([TopicPartition(topic, 0, 0) for topic in self._readers])
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

    def _require_topics(self, consumer: Any) -> None:
        known = consumer.list_topics(timeout=METADATA_TIMEOUT_S).topics
        if missing := [topic for topic in self._readers if topic not in known]:
            raise EngineStop(DO_NOT_RESTART, f"topics are missing, or not permitted to be seen: {', '.join(missing)}; run `screener topics apply`")

    def _follow(self, consumer: Any) -> None:
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
                    changed = changed or not self._readers[topic].newest
                elif error.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN):
                    continue  # librdkafka reconnects by itself
                else:
                    raise KafkaException(error)
            if changed and not unread:
                changed = False
                self._compile()

    def _compile(self) -> None:
        versions: dict[str, SideVersion] = {topic: reader.newest for topic, reader in self._readers.items() if reader.newest is not None}
        started = self._outside.clock.monotonic()
        try:
            compiled = self._processor.compile_side(versions)
        except (RulebookError, msgspec.ValidationError) as error:
            # A version that cannot be used leaves the old one in force: publishing is checked, so this is another release's or a hand-made record.
            METRICS.side_rejected.inc()
            log.error("a side-log version cannot be used, the one before it stays in force", error=str(error))
            return
        if isinstance(compiled, NotReady):
            self.waiting_for = compiled.reason
            log.warning("not ready", reason=compiled.reason)
            return
        self.waiting_for = ""
        in_force = {topic: version.version[:12] for topic, version in compiled.in_force.items()}
        log.info("side logs in force", versions=in_force, compile_s=round(self._outside.clock.monotonic() - started, 3))
        self._ready(compiled)
