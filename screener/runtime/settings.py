"""Settings of a worker, from `SCREENER_*` environment variables and the command line. Limits of the engine carry their reason here."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from screener.reader import DEFAULT_BOOTSTRAP
from screener.runtime.exits import DO_NOT_RESTART, EngineStop

KAFKA_EXAMPLE = """'{"security.protocol": "SSL"}'"""
"""How SCREENER_KAFKA may look."""


class Settings(BaseSettings):
    """What may differ between two workers or two installations."""

    model_config = SettingsConfigDict(env_prefix="SCREENER_", env_nested_delimiter="__", frozen=True)

    bootstrap: str = DEFAULT_BOOTSTRAP
    """Kafka bootstrap servers, comma separated."""
    kafka: dict[str, str] = Field(default_factory=dict)
    """Further librdkafka settings for every client (TLS, SASL): `SCREENER_KAFKA='{"security.protocol": "SSL"}'`."""
    application: str = "screener"
    """Prefix of consumer groups and transactional ids. A new one starts from nothing: needed when partition counts change."""
    state_dir: Path = Path("state")
    """Directory of this worker's RocksDB databases; two workers never share one."""
    worker_id: str | None = None
    """Stable id of this worker; default: kept in `STATE_DIR/worker-id`."""
    http: str = "127.0.0.1:0"
    """Where /metrics, /livez and /readyz are served, HOST:PORT; port 0 picks a free one and writes it to `STATE_DIR/http`."""
    session_timeout_ms: int = 10_000
    """A worker silent for this long loses its partitions. Long enough for a restart of the process, short enough for a dead host."""
    transaction_timeout_ms: int = 15_000
    """Above the longest broker pause the engine rides out (10 s); a dead worker's open transaction delays others by about this."""
    round_max_inputs: int = 2_000
    round_max_bytes: int = 8 * 1024 * 1024
    round_max_judging_ms: float = 10.0
    """A slice of judging; the event loop serves nothing else meanwhile. A round has one, more only while the round before is being committed."""
    backlog_max_records: int = 20_000
    """Records fetched and not yet judged; above it the poll thread waits. Two seconds of work."""
    stuck_after_s: float = 60.0
    """The watchdog ends the process when there is lag and nothing was committed, or a restore did not advance, for this long."""
    dead_letter_share_max: float = 0.5
    """Above this share of the last inputs (`dead_letter_window`) being dead letters the worker stops: that is a bad deploy, not bad data."""
    dead_letter_run_max: int = 1_000
    """More dead letters than this one after another, not counting repeats under the same few keys, stop the worker; 0 switches both limits off."""
    dead_letter_window: int = 2_000
    """The share is taken over this many to twice as many of the last inputs; with fewer it is not looked at."""
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"

    def client(self, **more: Any) -> dict[str, Any]:
        """A librdkafka configuration: the shared connection settings and `more` (underscores stand for dots)."""
        return {"bootstrap.servers": self.bootstrap, **self.kafka, **{name.replace("_", "."): value for name, value in more.items()}}


def read_settings(**given: Any) -> Settings:
    """Settings from `given`, then the environment. Raises `EngineStop` that names the variable and not its value, which may be a password."""
    try:
        return Settings(**given)
    except SettingsError as error:  # a variable of several values that is no JSON
        raise EngineStop(DO_NOT_RESTART, f"SCREENER_KAFKA is no JSON object; write for example {KAFKA_EXAMPLE}") from error
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = "SCREENER_" + "__".join(str(part) for part in wrong["loc"]).upper()
        text = wrong["msg"][:1].lower() + wrong["msg"][1:]
        raise EngineStop(DO_NOT_RESTART, f"{name} cannot be used: {text}; screener/runtime/settings.py says what it means") from error
