"""`screener`: the list of all commands."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from screener import __version__
from screener.cli.common import ExitCode
from screener.reader import NotPermitted, ReadFailed, TopicMissing, Unreachable
from screener.tracing import NoTrace

COMMANDS = (
    "broker", "decisions", "demo", "dlq", "evidence", "explain", "publish", "registry", "replay", "rulebook", "score", "topics", "train", "validate",
    "verify", "worker",
)  # fmt: skip
"""Each is a module of this folder that holds a command of its name."""


class Commands(click.Group):
    """Imports a command when it is called: the judge's tables take the better part of a second, and a command that only reads a topic needs none."""

    def list_commands(self, _context: click.Context) -> list[str]:  # noqa: D102 - click's
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:  # noqa: D102 - click's
        if name not in COMMANDS:
            return None
        command = getattr(import_module(f"screener.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(__version__, prog_name="screener")
def cli() -> None:
    """Judge marketplace listings as they are published to Kafka, exactly once.

    \b
    A first look, everything included:      screener demo
    A broker of your own on this machine:   screener broker run
    \b
    Then, with --bootstrap or SCREENER_BOOTSTRAP naming the broker (TLS and login: deploy/security.md):
      screener topics apply                 create the topics
      screener registry load brands.jsonl   protect these brands
      screener worker --state-dir w1        judge
      screener publish listings.jsonl --wait

    Exit codes: 0 fine, 1 finding, 2 usage, 3 broker unreachable, 4 not ready or timed out, 70 engine stop (restart it), 78 do not restart.
    """  # noqa: D301 - click wants the control character


def main() -> None:
    """The console script."""
    try:
        cli(prog_name="screener")
    except (Unreachable, ReadFailed) as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(int(ExitCode.UNREACHABLE)) from error
    except TopicMissing as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(int(ExitCode.NOT_READY)) from error
    except NoTrace as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(int(ExitCode.FINDING)) from error
    except NotPermitted as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(int(ExitCode.USAGE)) from error
