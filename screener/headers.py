"""The headers of a record, also of one whose client cannot give them."""

from __future__ import annotations

import operator
from typing import Any

from screener.processor import UNREADABLE_HEADERS, Headers

_ask = operator.methodcaller("headers")
"""A checked call: a specialised one would leave confluent_kafka's exception to whoever comes next."""


def headers_of(message: Any) -> Headers:
    """As they were sent, in order, duplicates kept; `UNREADABLE_HEADERS` when the name of one is no UTF-8."""
    try:
        return tuple(_ask(message) or ())
    except SystemError:  # from a UnicodeDecodeError within confluent_kafka
        return UNREADABLE_HEADERS
