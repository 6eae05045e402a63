"""What all commands share: exit codes, the options that talk to Kafka, and how a command fails."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NoReturn

import click

from screener.connection import DEFAULT_BOOTSTRAP, Connection, ConnectionSettingsError, read_settings


class ExitCode(IntEnum):
    """What a command's end means; the same numbers for every command."""

    FINE = 0
    FINDING = 1
    """It worked and found something: a difference, an invalid event, a failed proof."""
    USAGE = 2
    UNREACHABLE = 3
    """The broker cannot be reached."""
    NOT_READY = 4
    """Not ready, or timed out."""
    ENGINE_STOP = 70
    """The engine stopped itself; a supervisor restarts it."""
    DO_NOT_RESTART = 78
    """Restarting would only repeat it: a person has to change something first."""


bootstrap_option = click.option(
    "--bootstrap",
    envvar="SCREENER_BOOTSTRAP",
    default=DEFAULT_BOOTSTRAP,
    show_default=True,
    show_envvar=True,
    metavar="HOST:PORT,…",
    help="Kafka brokers to start from; TLS and login by SCREENER_SECURITY_PROTOCOL and others, see deploy/security.md.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


def connect(bootstrap: str) -> dict[str, Any]:
    """The client settings of every command: these brokers, and the rest from the environment; ends the command when the two do not go together."""
    try:
        return read_settings(Connection, bootstrap=bootstrap).client()
    except ConnectionSettingsError as error:
        fail(str(error), ExitCode.USAGE)


def fail(message: str, code: ExitCode) -> NoReturn:
    """Print `error: MESSAGE` on stderr and end with the code; the message ends with what to do."""
    click.echo("\n".join(printable(line) for line in f"error: {message}".split("\n")), err=True)  # it may quote what a producer wrote
    raise SystemExit(int(code))


def printable(text: str) -> str:
    """The text on one line, control and invisible characters escaped: what a seller or a producer wrote must not move the reader's terminal."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
