"""The directory of one worker: what is in it belongs to this worker alone while it runs."""

from __future__ import annotations

import fcntl
import secrets
from typing import IO

from screener.runtime.exits import DO_NOT_RESTART, EngineStop
from screener.runtime.settings import Settings


class StateDirectory:
    """The directory of one worker: locked while it runs; keeps the worker's id."""

    def __init__(self, settings: Settings) -> None:
        self.path = settings.state_dir
        self.path.mkdir(parents=True, exist_ok=True)
        self._lock: IO[str] = (self.path / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EngineStop(DO_NOT_RESTART, f"{self.path} belongs to a running worker; give this one another --state-dir") from error
        self.worker_id = settings.worker_id or self._kept_id()

    def _kept_id(self) -> str:
        file = self.path / "worker-id"
        if not file.exists():
            file.write_text(f"w-{secrets.token_hex(4)}\n", encoding="utf-8")
        return file.read_text(encoding="utf-8").strip()
