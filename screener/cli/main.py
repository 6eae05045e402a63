"""`screener`: the list of all commands."""

from __future__ import annotations

import sys

import click

from screener import __version__
from screener.cli.broker import broker
from screener.cli.common import ExitCode
from screener.cli.decisions import decisions
from screener.cli.demo import demo
from screener.cli.dlq import dlq
from screener.cli.evidence import evidence
from screener.cli.explain import explain
from screener.cli.publish import publish
from screener.cli.registry import registry
from screener.cli.replay import replay
from screener.cli.rulebook import rulebook
from screener.cli.score import score
from screener.cli.topics import topics
from screener.cli.train import train
from screener.cli.validate import validate
from screener.cli.verify import verify
from screener.cli.worker import worker
from screener.reader import NotPermitted, ReadFailed, TopicMissing, Unreachable
from screener.tracing import NoTrace


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
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


COMMANDS = (broker, decisions, demo, dlq, evidence, explain, publish, registry, replay, rulebook, score, topics, train, validate, verify, worker)
for command in COMMANDS:
    cli.add_command(command)


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
