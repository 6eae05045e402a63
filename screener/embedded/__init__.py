"""A real Apache Kafka on loopback, without Docker and without a system Java: the default for the demo, the tests and a first look.

The story in files: `java.py` finds a JRE, `jars.py` brings the locked jars (`kafka-jars.lock`, written by `lock.py`), `tether.py` ties a child
to its parent's life, `broker.py` runs the process, `ready.py` proves that it works. Linux and macOS only (file locks by `fcntl`).
"""

from screener.embedded.broker import EmbeddedBroker
from screener.embedded.errors import EmbeddedBrokerError, PortInUseError
from screener.embedded.security import BrokerSecurity

__all__ = ["BrokerSecurity", "EmbeddedBroker", "EmbeddedBrokerError", "PortInUseError"]
