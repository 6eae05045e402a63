"""Faust's transport over the poll thread: Faust carries batches, and nothing else.

Faust keeps its worker, agents, supervision and web server. Its own acknowledging, offset tracking, seeking and producer are answered with "nothing to
do": one Faust event is one batch of records, so its cost per event is paid once per fetch and partition.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any, ClassVar

import confluent_kafka
from faust.transport import base
from faust.transport.consumer import Consumer as FaustConsumer
from faust.types import TP, ConsumerMessage

from screener.runtime.assignment import Assignment, Batch


class Consumer(FaustConsumer):
    """Batches from the engine's poll thread to Faust's channel."""

    @property
    def _engine(self) -> Any:
        assert isinstance(self.transport, Transport)
        return self.transport.engine

    async def on_start(self) -> None:
        self.batches: asyncio.Queue[Batch] = asyncio.Queue()
        self._assigned: set[TP] = set()

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Faust names its topics here; the engine subscribes its poll thread to the processor's inputs itself, after `init_transactions`."""
        self._engine.connect(self)

    def take_assignment(self, assignment: Assignment) -> None:
        """Tells Faust of a new assignment, so that it starts its fetcher; runs in the event loop."""
        self._assigned = {TP(topic, number) for topic in assignment.counts for number in assignment.numbers}
        self.app.consumer_generation_id = assignment.epoch  # Faust drops events of another generation
        self.app.on_rebalance_start()
        self.add_future(self.on_partitions_assigned(set(self._assigned), assignment.epoch))

    def hand_on(self, batch: Batch) -> None:
        """A batch for Faust's channel; runs in the event loop."""
        self.batches.put_nowait(batch)

    def forget_batches(self) -> None:
        """Drops what Faust has not taken yet."""
        while not self.batches.empty():
            self.batches.get_nowait()

    async def _drain_messages(self, fetcher: Any) -> None:
        while not (self.should_stop or fetcher.should_stop):
            batch = await self.batches.get()
            await self.callback(self._to_message(TP(batch.topic, batch.partition), batch))

    def _to_message(self, tp: TP, record: Batch) -> ConsumerMessage:
        last = record.records[-1].offset()
        make: Any = ConsumerMessage  # Faust's hints ask for the bytes of one record; it passes the value on as it is
        message: ConsumerMessage = make(
            tp.topic, tp.partition, last, None, None, [], b"", record, None, 0, 0, tp, generation_id=self.app.consumer_generation_id
        )
        return message

    async def on_stop(self) -> None:
        await self._engine.stop()

    # What Faust asks of a consumer and this one answers with "nothing to do".
    def ack(self, message: Any) -> bool:
        return True

    def track_message(self, message: Any) -> None: ...
    def assignment(self) -> set[TP]:
        return set(self._assigned)

    def highwater(self, tp: TP) -> int:
        return 0

    def topic_partitions(self, topic: str) -> int | None:
        return None

    def key_partition(self, topic: str, key: bytes | None, partition: int | None = None) -> int | None:
        return None

    def verify_event_path(self, now: float, tp: TP) -> None: ...
    def _new_topicpartition(self, topic: str, partition: int) -> TP:
        return TP(topic, partition)

    async def commit(self, *args: Any, **kwargs: Any) -> bool:
        return False

    async def force_commit(self, *args: Any, **kwargs: Any) -> bool:
        return False

    async def _commit(self, offsets: Any) -> bool:
        return False

    async def _getmany(self, active_partitions: Any, timeout: float) -> dict[TP, Any]:
        return {}

    async def perform_seek(self) -> None: ...
    async def seek_to_committed(self) -> dict[TP, int]:
        return {}

    async def _seek(self, partition: TP, offset: int) -> None: ...
    async def position(self, tp: TP) -> int | None:
        return None

    async def earliest_offsets(self, *partitions: TP) -> dict[TP, int]:
        return {}

    async def highwaters(self, *partitions: TP) -> dict[TP, int]:
        return {}

    async def seek_to_beginning(self, *partitions: TP) -> None: ...
    async def seek_wait(self, partitions: Any) -> None: ...
    async def create_topic(self, *args: Any, **kwargs: Any) -> None: ...
    async def wait_empty(self) -> None: ...


class Producer(base.Producer):
    """Faust sends nothing: outputs go through the round's transaction."""

    async def on_start(self) -> None: ...
    async def on_stop(self) -> None: ...
    async def flush(self) -> None: ...


class Transport(base.Transport):
    """Wired into the app with the engine it serves."""

    Consumer: ClassVar[type] = Consumer
    Producer: ClassVar[type] = Producer
    default_port = 9092
    driver_version = f"confluent-kafka={confluent_kafka.__version__}"
    engine: Any
