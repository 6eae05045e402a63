"""What all commands share: exit codes, the options that talk to Kafka, and how a command fails."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from types import FrameType
from typing import Any, NoReturn

import click

from screener.codecs import printable as printable
from screener.connection import DEFAULT_BOOTSTRAP, Connection, ConnectionSettingsError, read_settings

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a supervisor's stop, a closed terminal."""


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


class RateType(click.ParamType):
    """A rate that a clock can keep, of `what` a second."""

    name = "rate"

    def __init__(self, what: str) -> None:
        self._what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The rate; ends the command where it is none."""
        try:
            rate = float(value)
        except ValueError:
            rate = math.nan
        if not 0 < rate < math.inf:
            self.fail(f"{value!r} is no rate; say how many {self._what} a second at most, e.g. 100", param, ctx)
        return rate


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


@contextmanager
def stop_signals_interrupt() -> Iterator[None]:
    """Turn the first stop signal into KeyboardInterrupt, also while starting; ignore further ones, so that nothing cuts the cleanup short."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in _STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    # a signal ignored from the start was meant so: nohup keeps us through SIGHUP
    heard = [number for number in _STOP_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
