"""`screener worker`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from screener.catalog import PROCESSORS
from screener.cli.common import ExitCode, bootstrap_option, fail
from screener.connection import ConnectionSettingsError, read_settings


@click.command()
@bootstrap_option
@click.option(
    "--state-dir",
    envvar="SCREENER_STATE_DIR",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("state"),
    show_default=True,
    show_envvar=True,
    help="This worker's state; two workers never share one.",
)
@click.option("--group", type=click.Choice(sorted(PROCESSORS)), default="judge", show_default=True, help="Which processor this process serves.")
@click.option(
    "--http",
    envvar="SCREENER_HTTP",
    default="127.0.0.1:0",
    show_default=True,
    metavar="HOST:PORT",
    help="Where /metrics, /livez and /readyz are; port 0 picks one and writes it to STATE_DIR/http.",
)
def worker(bootstrap: str, state_dir: Path, group: str, http: str) -> None:
    """Judge what is published, until SIGTERM.

    Start as many as there are cores, each with its own --state-dir; partitions are shared out among them. A worker is ready
    (/readyz) when its state is restored and a brand registry is in force. Further settings come from SCREENER_* variables, see
    screener/runtime/settings.py.

    Ends with 3 when no broker answers at the start, with 78 when one refuses the login or a right; one that goes away later is waited
    for, then the exit code is 70.
    """
    from screener.runtime.app import run  # Faust takes half a second to import, and no other command needs it
    from screener.runtime.settings import Settings

    host, _, port = http.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        fail(f"--http {http} is no HOST:PORT; say for example 127.0.0.1:8080, or port 0 for a free one", ExitCode.USAGE)
    given: dict[str, Any] = {"bootstrap": bootstrap, "state_dir": state_dir, "http": http}
    try:
        settings = read_settings(Settings, **given)
    except ConnectionSettingsError as error:
        fail(str(error), ExitCode.DO_NOT_RESTART)
    raise SystemExit(run(settings, PROCESSORS[group]))
