"""The first contact with Kafka, before anything is locked, opened or started: without one the worker ends with what to do and has touched nothing."""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaException

from screener.runtime.exits import DO_NOT_RESTART, UNREACHABLE, EngineStop
from screener.runtime.outside import REAL, Outside
from screener.runtime.settings import Settings
from screener.trouble import Trouble, first_answer

RECONNECT_MAX_MS = 500
"""librdkafka's own 10 s would sleep through the moment in which a broker that starts beside the worker comes up."""


def require_contact(settings: Settings, outside: Outside = REAL) -> None:
    """Returns as soon as a broker answered; one that is not up yet has as long as the first transaction would have.

    Raises `EngineStop`: unreachable when none answers, do not restart when the broker refused us, we refused it, or librdkafka the settings (the next
    start would end the same way).
    """
    config: dict[str, Any] = {"log_level": 0, **settings.client(reconnect_backoff_max_ms=RECONNECT_MAX_MS)}
    trouble = Trouble(config)
    try:
        admin = outside.admin({**config, **trouble.callback})
    except KafkaException as error:
        raise EngineStop(DO_NOT_RESTART, f"the client settings are no good: {error.args[0].str()}; correct SCREENER_KAFKA") from error
    patience_s = settings.transaction_timeout_ms / 1000
    try:
        first_answer(lambda turn_s: admin.list_topics(timeout=turn_s), admin, trouble, patience_s, outside.clock.monotonic)
    except KafkaException as error:
        raise EngineStop(DO_NOT_RESTART if trouble.refused else UNREACHABLE, trouble.words(error.args[0].str())) from error
