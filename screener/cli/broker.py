"""`screener broker run`: a real Kafka on this machine, for a demo or a first look; it ends with this command."""

from __future__ import annotations

import json
from pathlib import Path

import click

from screener.cli.common import ExitCode, fail, json_option, stop_signals_interrupt
from screener.connection import DEFAULT_BOOTSTRAP
from screener.embedded import EmbeddedBroker, EmbeddedBrokerError, PortInUseError

DEFAULT_PORT = int(DEFAULT_BOOTSTRAP.rpartition(":")[2])
"""Commands without --bootstrap find this broker."""

PORT_MAX = 65_535
"""The largest TCP port."""

LOOK_SECONDS = 1.0
"""How often to look whether java still runs; a signal ends the wait at once."""


@click.group()
def broker() -> None:
    """Run a Kafka broker on this machine, without Docker and without a Java of your own."""


@broker.command()
@click.option("--port", type=click.IntRange(0, PORT_MAX), default=DEFAULT_PORT, show_default=True, help="Port on 127.0.0.1; 0 for any free one.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Folder to keep the data in [default: a temporary one]."
)
@json_option
def run(port: int, data: Path | None, as_json: bool) -> None:
    """Start Apache Kafka on 127.0.0.1, say its address when it works, and stop it cleanly on Ctrl-C or SIGTERM.

    The first run fetches 45 MB of jars into the user's cache; later runs need no network.
    """
    with stop_signals_interrupt():
        try:
            with EmbeddedBroker(port, data, notify=lambda line: click.echo(line, err=True)) as started:
                _say_ready(started, as_json)
                _serve(started)
        except KeyboardInterrupt:
            return
        except PortInUseError as error:
            raise click.UsageError(str(error)) from error
        except EmbeddedBrokerError as error:
            fail(str(error), ExitCode.UNREACHABLE)


def _say_ready(started: EmbeddedBroker, as_json: bool) -> None:
    """Print the one line that scripts wait for."""
    if as_json:
        click.echo(json.dumps({"bootstrap": started.bootstrap, "pid": started.pid, "data": str(started.data)}))
    else:
        click.echo(f"broker ready on {started.bootstrap}")


def _serve(started: EmbeddedBroker) -> None:
    """Wait until a signal interrupts; EmbeddedBrokerError if java ends by itself."""
    while (status := started.wait(LOOK_SECONDS)) is None:
        pass
    raise EmbeddedBrokerError(f"the broker's java ended by itself with status {status}. Start it again; with --data, see broker.log there.")
