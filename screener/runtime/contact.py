"""The first contact with Kafka, before anything is started: a login or a certificate that is refused ends the worker with what to do."""

from __future__ import annotations

import time
from typing import Any

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from screener.runtime.exits import DO_NOT_RESTART, EngineStop
from screener.runtime.settings import Settings
from screener.trouble import Trouble

log = structlog.get_logger()

CONTACT_S = 5.0
"""A broker answers or refuses in milliseconds, over TLS on a busy machine in a second or two. One that is silent for longer may just be starting."""

TURN_S = 0.5
"""How often to look whether we were refused while no answer comes."""


def require_contact(settings: Settings) -> None:
    """Returns when a broker answered, or when none is there at all: the engine waits for it and says so itself.

    Raises `EngineStop` (do not restart) when the broker refused us, we refused it, or librdkafka the settings: the next start would end the same way.
    """
    config: dict[str, Any] = {"log_level": 0, **settings.client()}
    trouble = Trouble(config)
    try:
        admin = AdminClient({**config, **trouble.callback})
    except KafkaException as error:
        raise EngineStop(DO_NOT_RESTART, f"the client settings are no good: {error.args[0].str()}; correct SCREENER_KAFKA") from error
    said, deadline = "", time.monotonic() + CONTACT_S
    while time.monotonic() < deadline:
        try:
            admin.list_topics(timeout=TURN_S)
        except KafkaException as error:
            said = error.args[0].str()
            admin.poll(0)
        else:
            return
        if trouble.refused:
            raise EngineStop(DO_NOT_RESTART, trouble.words(said))
    log.warning("no broker answers yet", reason=trouble.words(said))
