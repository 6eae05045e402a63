"""The first contact with Kafka, before anything is locked, opened or started: without one the worker ends with what to do and has touched nothing."""

from __future__ import annotations

from typing import Any

from confluent_kafka import KafkaException

from screener.runtime.exits import DO_NOT_RESTART, UNREACHABLE, EngineStop
from screener.runtime.outside import REAL, Outside
from screener.runtime.settings import Settings
from screener.trouble import Trouble

TURN_S = 0.5
"""How often to look whether we were refused while no answer comes."""

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
    deadline = outside.clock.monotonic() + settings.transaction_timeout_ms / 1000
    while True:
        try:
            admin.list_topics(timeout=TURN_S)
        except KafkaException as error:
            said = error.args[0].str()
            admin.poll(0)  # lets librdkafka tell what is wrong with its connections
        else:
            return
        if trouble.refused:
            raise EngineStop(DO_NOT_RESTART, trouble.words(said))
        if outside.clock.monotonic() > deadline:
            raise EngineStop(UNREACHABLE, trouble.words(said))
