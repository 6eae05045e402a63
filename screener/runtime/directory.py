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
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock: IO[str] = (self.path / "lock").open("w")
        except OSError as error:
            message = f"cannot use {self.path} as the state directory: {error.strerror or error}; name another with --state-dir"
            raise EngineStop(DO_NOT_RESTART, message) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EngineStop(DO_NOT_RESTART, f"{self.path} belongs to a running worker; give this one another --state-dir") from error
        try:
            self.worker_id = settings.worker_id or self._kept_id()
        except (OSError, UnicodeDecodeError) as error:
            message = f"cannot keep this worker's id in {self.path / 'worker-id'}: {error}; make that a file of one line, or set SCREENER_WORKER_ID"
            raise EngineStop(DO_NOT_RESTART, message) from error

    def _kept_id(self) -> str:
        file = self.path / "worker-id"
        kept = file.read_text(encoding="utf-8").strip() if file.exists() else ""
        if not kept:  # also where a full disk or a lost machine left an empty file: an empty id would be everybody's
            kept = f"w-{secrets.token_hex(4)}"
            written = file.with_suffix(".new")
            written.write_text(f"{kept}\n", encoding="utf-8")
            written.replace(file)
        return kept
