"""Publishes dead letters again. Each letter and the mark that remembers it are one Kafka transaction: a replay that is run twice, or killed half-way
and run again, publishes no letter twice.

Why marks: to look for replayed records on the input topics or in the trace would mean to read weeks of everything, and a record that is published
but not judged yet would not be found in the trace. The marks are a topic of their own (`screening.dlq-replay`), as small as the mistakes were.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from screener import topics
from screener.client.events import MAX_EVENT_BYTES
from screener.client.publisher import producer_config
from screener.codecs import canonical
from screener.contracts import SCHEMA_VERSION, DeadLetterReplayed
from screener.deadletters import Letter, replayed_bytes, replayed_headers
from screener.reader import NotPermitted, TopicReader
from screener.trouble import is_not_permitted

TRANSACTIONAL_ID = "screener-dlq-replay"
"""One for all: a second replay fences the first, so that no two ever look at the same marks."""

TRANSACTION_TIMEOUT_MS = 15_000
"""Nobody reads past an open transaction: one that is left behind (kill -9) holds an input partition up for no longer than a dead worker's would."""

SETTLED_WITHIN_S = 30.0
"""Until a broker has answered; longer than the transaction's own timeout."""

BATCHES_PER_S = 10
"""A transaction is open for milliseconds and carries a tenth of a second's letters."""

BATCH_LETTERS_MAX = 100
BATCH_BYTES_MAX = 8 * 1024 * 1024
"""As a round of the engine."""

MAX_RECORD_BYTES = MAX_EVENT_BYTES + 64 * 1024
"""`max.message.bytes` of the input topics."""

_PURGED = (KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT)
"""Records given up because another of their transaction was refused: not the cause."""

_decode_mark = msgspec.json.Decoder(DeadLetterReplayed).decode


class NotReplayed(Exception):
    """The broker did not take a batch of letters; none of it counts, and all batches before it do. The message ends with what to do."""


class Pace:
    """At most `rate` letters a second, counted from the first on."""

    def __init__(self, rate: float, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._rate, self._now, self._sleep = rate, now, sleep
        self._started: float | None = None
        self._gone = 0

    @property
    def batch(self) -> int:
        """Letters that go together."""
        return max(1, min(BATCH_LETTERS_MAX, int(self._rate / BATCHES_PER_S)))

    def wait(self, count: int) -> None:
        """Until `count` more may go."""
        now = self._now()
        if self._started is None:
            self._started = now
        elif (ahead_s := self._gone / self._rate - (now - self._started)) > 0:
            self._sleep(ahead_s)
        self._gone += count


def marks(config: Mapping[str, Any]) -> set[DeadLetterReplayed]:
    """What was replayed before. Raises `Unreachable` or `TopicMissing`."""
    with TopicReader(config, topics.DEAD_LETTER_REPLAY) as reader:
        reader.start()
        return {_decode_mark(record.value) for record in reader.to_end()}


def fits(letter: Letter) -> bool:
    """Whether its topic takes the letter with all its headers."""
    return replayed_bytes(letter) <= MAX_RECORD_BYTES


class Replayer:
    """A transactional producer of letters: acks from all replicas, no duplicates, murmur2 of the key as every producer of the inputs."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._refused: KafkaError | None = None
        self._producer = Producer(
            {
                **producer_config(config),
                "transactional.id": TRANSACTIONAL_ID,
                "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
                "message.max.bytes": MAX_RECORD_BYTES + BATCH_BYTES_MAX,  # the broker's limit is the one that counts
                "linger.ms": 5,
                "log_level": 0,
            }
        )

    def take_over(self) -> None:
        """Ends any other replay and what it left open. Read the marks after this. Raises `NotReplayed` or `NotPermitted`."""
        self._settle("init_transactions", lambda: self._producer.init_transactions(SETTLED_WITHIN_S))

    def send(self, letters: Sequence[Letter]) -> None:
        """Publishes the letters and their marks, all of them or none. Raises `NotReplayed` or `NotPermitted`."""
        self._refused = None
        self._settle("begin", self._producer.begin_transaction)
        try:
            for letter in letters:
                self._produce(letter.origin.topic, letter.key, letter.value, list(replayed_headers(letter)))
                self._produce(topics.DEAD_LETTER_REPLAY, None, canonical(letter.mark), [("schema", SCHEMA_VERSION.encode())])
            self._settle("commit", lambda: self._producer.commit_transaction(SETTLED_WITHIN_S))
        except BaseException:  # Ctrl-C too: an open transaction holds up whoever reads the input topics
            self._abort()
            raise

    def _produce(self, topic: str, key: bytes | None, value: bytes, headers: list[Any]) -> None:
        while True:
            try:
                self._producer.produce(topic, key=key, value=value, headers=headers, on_delivery=self._report)
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                raise _not_replayed("produce", error.args[0]) from error
            else:
                return

    def _report(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and error.code() not in _PURGED:
            self._refused = self._refused or error

    def _settle(self, what: str, call: Callable[[], Any]) -> None:
        """Calls the same function again while its outcome is open."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while True:
            try:
                call()
            except KafkaException as error:
                cause: KafkaError = error.args[0]
                if cause.retriable() and not cause.fatal() and time.monotonic() < deadline:
                    continue
                raise _not_replayed(what, self._refused or cause) from error
            else:
                return

    def _abort(self) -> None:
        try:
            self._producer.abort_transaction(TRANSACTION_TIMEOUT_MS / 1000)
        except KafkaException:
            return  # fenced or unreachable: the broker aborts by itself, and what is raised already says why


def _not_replayed(what: str, error: KafkaError) -> NotReplayed | NotPermitted:
    if is_not_permitted(error):
        return NotPermitted(error)
    if error.code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH):
        return NotReplayed("another `screener dlq replay` has taken over; let it end, then run this one again: what it sent is passed over")
    return NotReplayed(
        f"the broker did not take a batch ({what}: {error.name()}, {error.str()}); none of it counts. Mend that and run the same again: "
        "letters sent before are passed over"
    )
