"""An embedded broker that asks who you are: TLS, SASL and an authorizer, for tests of what a guarded cluster does to us.

Three listeners on 127.0.0.1: CLIENTS (SASL_SSL: SCRAM-SHA-512 and PLAIN) at the broker's port; INTERNAL and CONTROLLER (SASL_PLAINTEXT, only for the
super user) at ports of their own, so that the broker works whatever certificate the test gives the first one. Passwords lie in the data folder in
clear, and SCRAM's pass through a command line while it is formatted: nothing for passwords that guard anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from screener.embedded.errors import EmbeddedBrokerError

CERTIFICATE = "broker.pem"
_MODULES = "org.apache.kafka.common.security"
_PLAIN_TEXT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
"""What names and passwords may consist of: nothing that JAAS, properties or the format tool would have to quote."""

_PROPERTIES = """\
listeners=CLIENTS://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENTS://127.0.0.1:{port},INTERNAL://127.0.0.1:{internal_port}
listener.security.protocol.map=CLIENTS:SASL_SSL,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
inter.broker.listener.name=INTERNAL
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.clients.ssl.keystore.type=PEM
listener.name.clients.ssl.keystore.location={certificate}
listener.name.clients.sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.clients.scram-sha-512.sasl.jaas.config={modules}.scram.ScramLoginModule required;
listener.name.clients.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required {users};
listener.name.internal.sasl.enabled.mechanisms=PLAIN
listener.name.internal.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required {itself};
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={modules}.plain.PlainLoginModule required {itself};
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{super_user}
"""


@dataclass(frozen=True)
class BrokerSecurity:
    """What the broker shows and whom it knows. `certificate` is PEM: the private key (PKCS #8, not encrypted), the certificate, its chain."""

    certificate: str = field(repr=False)
    users: Mapping[str, str] = field(repr=False)
    """Name -> password, good for SCRAM-SHA-512 and PLAIN alike."""
    super_user: str
    """One of the users: may do everything, and is the broker itself."""

    def __post_init__(self) -> None:
        """EmbeddedBrokerError for a name or password that would have to be quoted, or a super user that is none of the users."""
        if self.super_user not in self.users:
            raise EmbeddedBrokerError(f"the super user {self.super_user!r} is no user of the broker. Add it to `users`.")
        for name, password in self.users.items():
            if not (name and password and _PLAIN_TEXT.issuperset(name) and _PLAIN_TEXT.issuperset(password)):
                raise EmbeddedBrokerError(f"name or password of {name!r} is empty or holds more than letters, digits, - and _. Choose another.")

    def properties(self, port: int, internal_port: int, controller_port: int) -> str:
        """The lines of server.properties about listeners and rights."""
        itself = self.users[self.super_user]
        return _PROPERTIES.format(
            port=port,
            internal_port=internal_port,
            controller_port=controller_port,
            certificate=CERTIFICATE,
            modules=_MODULES,
            users=" ".join(f'user_{name}="{password}"' for name, password in self.users.items()),
            itself=f'username="{self.super_user}" password="{itself}" user_{self.super_user}="{itself}"',
            super_user=self.super_user,
        )

    def format_options(self) -> list[str]:
        """What the format tool is told: the SCRAM credentials, which live in the cluster's metadata."""
        return [f"--add-scram=SCRAM-SHA-512=[name={name},password={password}]" for name, password in self.users.items()]

    def write(self, folder: Path) -> None:
        """Put the certificate where the properties say, for the owner alone."""
        path = folder / CERTIFICATE
        path.touch(mode=0o600)
        path.write_text(self.certificate, "ascii")

    def client(self) -> dict[str, str]:
        """How the broker's own proof logs in at INTERNAL."""
        return {
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "PLAIN",
            "sasl.username": self.super_user,
            "sasl.password": self.users[self.super_user],
        }
