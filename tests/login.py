"""How a test's own clients log in: as nobody, or as whom the environment names, like the commands and workers that the test starts.

Nothing of the product is in it: a reader that shared its settings could not tell when they are wrong.
"""

from __future__ import annotations

import os
from typing import Any

_LOGIN = {
    "security.protocol": "SCREENER_SECURITY_PROTOCOL",
    "sasl.mechanism": "SCREENER_SASL_MECHANISM",
    "sasl.username": "SCREENER_SASL_USERNAME",
    "sasl.password": "SCREENER_SASL_PASSWORD",
    "ssl.ca.location": "SCREENER_SSL_CA_LOCATION",
}


def client(bootstrap: str) -> dict[str, Any]:
    """librdkafka settings for that broker, silent."""
    return {
        "bootstrap.servers": bootstrap,
        "log_level": 0,
        **{name: os.environ[variable] for name, variable in _LOGIN.items() if variable in os.environ},
    }
