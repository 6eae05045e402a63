"""What the broker lets a worker write, asked when it has refused something: librdkafka's error says that a topic was refused and not which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation

from screener.processor import Processor
from screener.runtime.outside import Outside
from screener.runtime.settings import Settings
from screener.trouble import is_not_permitted

ANSWER_TIMEOUT_S = 5.0
"""The broker has just answered; a worker that ends does not wait long for better words."""


def refused_topics(settings: Settings, processor: Processor, outside: Outside) -> Sequence[str]:
    """Those of the processor's topics that this worker may not write, by the broker's own answer; empty when it gives none."""
    wanted = [*processor.outputs, *processor.keyed_outputs, processor.changelog, *([processor.trace] if processor.trace else [])]
    admin = outside.admin({"log_level": 0, **settings.client()})  # kept here until every future has ended, or they never do
    answers = admin.describe_topics(TopicCollection(wanted), include_authorized_operations=True, request_timeout=ANSWER_TIMEOUT_S)
    return [topic for topic, answer in answers.items() if _is_refused(answer)]


def _is_refused(answer: Any) -> bool:
    try:
        operations = answer.result(2 * ANSWER_TIMEOUT_S).authorized_operations
    except KafkaException as error:
        return is_not_permitted(error.args[0])
    except TimeoutError:
        return False
    return operations is not None and AclOperation.WRITE not in operations
