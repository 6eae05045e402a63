"""How a worker ends on its own: exit codes that a supervisor can act on."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

UNREACHABLE = 3
"""No broker answered at the start, as with every command; nothing was touched."""

RESTART = 70
"""The engine stopped (EX_SOFTWARE): a restart continues where the last commit left off."""

DO_NOT_RESTART = 78
"""A restart would end the same way (EX_CONFIG): somebody has to change something first."""


GRANT = "grant it in topics/acls.toml and run `screener topics apply`, or log in as the service that may"
"""What to do when the broker knows the worker and refuses what it wants."""


ANEW = "begin anew under a new application id (SCREENER_APPLICATION) and on new topics"
"""What is left to do when the topics cannot be gone on from. On the old topics a new application would decide every input a second time."""


class EngineStop(Exception):
    """Ends the worker in order. `code` is one of the above; the message ends with what to do."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def die(message: str) -> NoReturn:
    """Ends the process at once: no abort, no RocksDB write, no clean-up. For outcomes only the broker knows; the next start asks it."""
    sys.stderr.write(f"error: {message}\n")
    sys.stderr.flush()
    os._exit(RESTART)
