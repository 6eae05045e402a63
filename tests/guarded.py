"""Helpers around a guarded broker: its users, commands and clients as one of them, and a server whose certificate has expired."""

from __future__ import annotations

import os
import re
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from screener.connection import Connection, read_settings
from screener.embedded import BrokerSecurity
from screener.grants import load_grants
from screener.topicfiles import load_topics
from tests.broker.test_cli import Done, run
from tests.certificates import DAY, LOOPBACK, Authority
from tests.harness import Worker

SUPER = "root-of-all"
SERVICES = sorted({grant.principal.removeprefix("User:") for grant in load_grants(load_topics())})
USERS = {name: f"secret-of-{name}-q7x" for name in (SUPER, *SERVICES)}
SECRET = re.compile("secret-of-|q7x")


@dataclass
class Guarded:
    """The guarded broker, a folder, and everything that commands and workers said."""

    bootstrap: str
    folder: Path
    authority: Authority
    said: list[str] = field(default_factory=list)

    def env(self, user: str, **more: str) -> dict[str, str]:
        """The variables of a service; `more` without SCREENER_, empty ones are left out."""
        login = {
            "bootstrap": self.bootstrap,
            "security_protocol": "SASL_SSL",
            "sasl_username": user,
            "sasl_password": USERS.get(user, ""),
            "ssl_ca_location": str(self.folder / "ca.pem"),
            **more,
        }
        return {f"SCREENER_{name.upper()}": value for name, value in login.items() if value}

    def run(self, user: str, *arguments: str, **more: str) -> Done:
        """A command as that service, in this process."""
        with environment(self.env(user, **more)):
            done = run(*arguments)
        self.said += [done.out, done.err]
        return done

    def config(self, user: str, **more: str) -> dict[str, Any]:
        """Client settings of that service."""
        with environment(self.env(user, **more)):
            return {**read_settings(Connection).client(), "log_level": 0}

    def worker(self, user: str, name: str, **more: str) -> Worker:
        """A worker as that service, logging all that it and librdkafka can."""
        more = {"log_level": "debug", "kafka": '{"debug": "all"}', **more}
        return Worker(self.bootstrap, self.folder / name, self.env(user, **more))


def broker_security(folder: Path, authority: Authority) -> BrokerSecurity:
    """What a guarded broker shows and whom it knows; writes `ca.pem`, which its clients trust, into the folder."""
    (folder / "ca.pem").write_text(authority.pem)
    key, certificate = authority.signed("broker", LOOPBACK)
    return BrokerSecurity(key + certificate, USERS, SUPER)


@contextmanager
def environment(variables: dict[str, str]) -> Iterator[None]:
    """These SCREENER_ variables and no others."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("SCREENER_")]:
        del os.environ[name]
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(kept)


@contextmanager
def expired(authority: Authority) -> Iterator[str]:
    """The address of a server whose certificate ended yesterday; it speaks TLS and no more, which is as far as anybody gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile("w") as chain:
        chain.write("".join(authority.signed("expired", LOOPBACK, ends=datetime.now(UTC) - DAY)))
        chain.flush()
        context.load_cert_chain(chain.name)
    listener = socket.create_server((LOOPBACK, 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
