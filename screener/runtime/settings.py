"""Settings of a worker, from `SCREENER_*` environment variables and the command line. Limits of the engine carry their reason here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from screener.connection import Connection


class Settings(Connection):
    """What may differ between two workers or two installations, beside the connection to Kafka."""

    application: Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,200}$")] = "screener"
    """Prefix of consumer groups and transactional ids. A new one starts from nothing: needed when partition counts change."""
    state_dir: Path = Path("state")
    """Directory of this worker's RocksDB databases; two workers never share one."""
    worker_id: str | None = None
    """Stable id of this worker; default: kept in `STATE_DIR/worker-id`."""
    http: str = "127.0.0.1:0"
    """Where /metrics, /livez and /readyz are served, HOST:PORT; port 0 picks a free one and writes it to `STATE_DIR/http`."""
    session_timeout_ms: Annotated[int, Field(ge=1_000, le=3_600_000)] = 10_000
    """A worker silent for this long loses its partitions. Long enough for a restart of the process, short enough for a dead host."""
    transaction_timeout_ms: Annotated[int, Field(ge=1_000, le=900_000)] = 15_000
    """Above the longest broker pause the engine rides out (10 s); a dead worker's open transaction delays others by about this."""
    round_max_inputs: Annotated[int, Field(ge=1, le=100_000)] = 2_000
    round_max_bytes: Annotated[int, Field(ge=1)] = 8 * 1024 * 1024
    round_max_judging_ms: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 10.0
    """A slice of judging; the event loop serves nothing else meanwhile. A round has one, more only while the round before is being committed."""
    backlog_max_records: Annotated[int, Field(ge=1)] = 20_000
    """Records fetched and not yet judged; above it the poll thread waits. Two seconds of work."""
    stuck_after_s: Annotated[float, Field(ge=5, allow_inf_nan=False)] = 60.0
    """The watchdog ends the process when there is lag and nothing was committed, or a restore did not advance, for this long."""
    dead_letter_share_max: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Above this share of the last inputs (`dead_letter_window`) being dead letters the worker stops: that is a bad deploy, not bad data."""
    dead_letter_run_max: Annotated[int, Field(ge=0)] = 1_000
    """More dead letters than this one after another, not counting repeats under the same few keys, stop the worker; 0 switches both limits off."""
    dead_letter_window: Annotated[int, Field(ge=1)] = 2_000
    """The share is taken over this many to twice as many of the last inputs; with fewer it is not looked at."""
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
