"""What librdkafka says about its connections, in words that end with what to do.

librdkafka goes on trying after a refused login or certificate, and an operation that waits for the connection only times out. Why there is none
is told to the error callback alone, so every client of ours that a person waits for has a `Trouble` there.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from confluent_kafka import KafkaError, KafkaException

LOOK_TIMEOUT_S = 2.0
"""A look of our own at a broker that librdkafka has just tried to reach: milliseconds, or not at all."""

FIRST_TURN_S = 0.5
"""While nobody answers it is looked whether we were refused; every next look comes twice as late, so that a slow broker gets its answer through."""

_Answer = TypeVar("_Answer")

_NOT_PERMITTED = (
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
)


class Trouble:
    """What went wrong with the connections of one client; `happened` is its `error_cb`."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._bootstrap, self._ca = str(config.get("bootstrap.servers")), config.get("ssl.ca.location")
        self._tls = str(config.get("security.protocol", "")).upper().endswith("SSL")
        self._user = str(config.get("sasl.username", ""))
        self._said = ""
        self._refusal: KafkaError | None = None

    def happened(self, error: KafkaError) -> None:
        """Keeps what librdkafka says; a refusal outlives the lost connections that it leads to."""
        if error.code() in (KafkaError._AUTHENTICATION, KafkaError._SSL):
            self._refusal = error
        elif error.code() != KafkaError._ALL_BROKERS_DOWN or not self._said:  # it only counts what was said of each before
            self._said = error.str()

    @property
    def callback(self) -> dict[str, Any]:
        """The client setting by which librdkafka tells."""
        return {"error_cb": self.happened}

    def is_over(self) -> None:
        """The connection works."""
        self._said, self._refusal = "", None

    @property
    def refused(self) -> bool:
        """Whether trying again would end the same way: the login or a certificate was refused."""
        return self._refusal is not None

    def words(self, said: str) -> str:
        """Why there is no connection, as a sentence; `said` is what the operation that waited for it got to hear."""
        if self._refusal is None:
            said = self._said or said
            if not self._tls and _speaks_tls(self._bootstrap):  # librdkafka only sees the other side hang up
                return (
                    f"the broker at {self._bootstrap} speaks TLS and this client does not ({said}); set SCREENER_SECURITY_PROTOCOL to SASL_SSL or SSL"
                )
            return f"no Kafka broker answers at {self._bootstrap} ({said}); start one with `screener broker run`, or say --bootstrap HOST:PORT"
        if self._refusal.code() == KafkaError._AUTHENTICATION:
            return (
                f"the broker at {self._bootstrap} refused the login of {self._user} ({_without_address(self._refusal.str())}); correct "
                "SCREENER_SASL_USERNAME, SCREENER_SASL_MECHANISM and the password (SCREENER_SASL_PASSWORD_FILE or SCREENER_SASL_PASSWORD)"
            )
        return f"no secure connection to the broker at {self._bootstrap}: {self._certificate_trouble()}"

    def with_cause(self, reason: str) -> str:
        """The reason of a failed delivery, and why there was no connection meanwhile."""
        if self._refusal is not None:
            return f"{reason} ({self.words(reason)})"
        return f"{reason} ({self._said}; does a broker answer at {self._bootstrap}?)" if self._said else reason

    def _certificate_trouble(self) -> str:
        """What the handshake failed at. librdkafka only knows that it failed, so the certificate is looked at again."""
        assert self._refusal is not None
        reason = _verification(self._bootstrap, self._ca)
        if "mismatch" in reason:
            return f"{reason}; use a name that the certificate holds in --bootstrap, or give the broker a certificate for this one"
        if "expired" in reason or "not yet valid" in reason:
            return f"{reason}; renew the broker's certificate, or set this machine's clock"
        if reason:
            return f"{reason}; name the authority that signed the broker's certificate by SCREENER_SSL_CA_LOCATION"
        return (
            f"{_without_address(self._refusal.str())}; check SCREENER_SECURITY_PROTOCOL, SCREENER_SSL_CA_LOCATION and, where the broker asks for "
            "a certificate of ours, SCREENER_SSL_CERTIFICATE_LOCATION"
        )


class Client(Protocol):
    """As any of confluent_kafka's."""

    def poll(self, timeout: float, /) -> Any:
        """Lets callbacks be called."""


def first_answer(
    ask: Callable[[float], _Answer], client: Client, trouble: Trouble, timeout_s: float, monotonic: Callable[[], float] = time.monotonic
) -> _Answer:
    """What `ask`, given the seconds it may take, gets to hear. A broker may come up meanwhile.

    Raises the last `KafkaException` when nobody has answered within `timeout_s`, or as soon as `trouble` knows that we are refused.
    """
    deadline, turn_s = monotonic() + timeout_s, FIRST_TURN_S
    while True:
        try:
            return ask(turn_s)
        except KafkaException:
            client.poll(0)  # lets librdkafka tell what is wrong with its connections
            left_s = deadline - monotonic()
            if trouble.refused or left_s <= 0:
                raise
            turn_s = min(2 * turn_s, max(left_s, FIRST_TURN_S))


def is_not_permitted(error: KafkaError) -> bool:
    """Whether the broker knows who we are and does not let us do this."""
    return error.code() in _NOT_PERMITTED


def _verification(bootstrap: str, ca: str | None) -> str:
    """What is wrong with the certificate of the first bootstrap server, in OpenSSL's words; empty if nothing is, or it cannot be seen."""
    context = ssl.create_default_context(cafile=ca)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # librdkafka does not ask for it
    try:
        _shake_hands(bootstrap, context)
        return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message.rstrip(".")
    except (OSError, ValueError):
        return ""


def _speaks_tls(bootstrap: str) -> bool:
    """Whether the first bootstrap server answers to a TLS handshake. Nothing is sent to it, so it does not matter who it is."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        _shake_hands(bootstrap, context)
    except (OSError, ValueError):
        return False
    return True


def _shake_hands(bootstrap: str, context: ssl.SSLContext) -> None:
    host, _, port = bootstrap.split(",")[0].strip().rpartition(":")
    host = host.rpartition("://")[2].strip("[]")
    with socket.create_connection((host, int(port)), LOOK_TIMEOUT_S) as raw, context.wrap_socket(raw, server_hostname=host):
        pass


def _without_address(said: str) -> str:
    """Librdkafka's words without its own name of the connection before them and the time it took after them."""
    return said.partition("/bootstrap: ")[2].partition(" (after ")[0] or said
