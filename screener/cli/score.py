"""`screener score`."""

from __future__ import annotations

import sys
from typing import Any, BinaryIO

import click
import msgspec
import orjson

from screener.cli.common import ExitCode, fail
from screener.cli.evidence import read_evidence
from screener.cli.registry import read_brands
from screener.cli.rulebook import rulebook_text
from screener.files import lines_of
from screener.judge.rulebook import RulebookError
from screener.offline import NoBrands, Offline


@click.command()
@click.argument("file", metavar="EVENTS.jsonl")
@click.option("--registry", required=True, metavar="BRANDS.jsonl", help="The brands to protect.")
@click.option("--rulebook", type=click.File("r", encoding="utf-8"), help="Another rulebook than the shipped one.")
@click.option("--evidence", metavar="EVIDENCE.jsonl", help="What blocked listings left behind; none if not given.")
@click.option("--output", type=click.Path(dir_okay=False), help="Write here instead of standard output.")
def score(file: str, registry: str, rulebook: click.utils.LazyFile | None, evidence: str | None, output: str | None) -> None:
    """Judge a file of listing events offline, with the same core as the workers.

    One JSON line per event in input order: event_id, listing_id, revision, decision, risk, brands, signals; decision is null for what is not judged
    (a removal, a repeat, a dead letter: `outcome` and `reason` say which). Later events of a seller see the state that earlier ones left.
    Under `record` stands the whole decision, with the seller's own characters; `screener explain --decisions FILE ID` puts it into words.
    """
    known = read_evidence(evidence) if evidence is not None else ()
    try:
        offline = Offline(read_brands(registry), None if rulebook is None else rulebook_text(rulebook), known)
    except (RulebookError, NoBrands) as error:
        fail(str(error), ExitCode.USAGE)
    try:
        if output is None:
            _score(offline, file, sys.stdout.buffer)
        else:
            with open(output, "wb") as target:
                _score(offline, file, target)
    except BrokenPipeError:
        raise  # who reads our output has seen enough; click ends quietly
    except OSError as error:
        fail(f"cannot read {file} or write {output}: {error.strerror or error}; name a readable file of JSON lines", ExitCode.USAGE)


def _score(offline: Offline, file: str, target: BinaryIO) -> None:
    for line in lines_of(file):
        stepped, decisions = offline.judge(line)
        outcome = stepped.outcome
        row: dict[str, Any] = {
            **_identity(line),
            "decision": None,
            "risk": None,
            "brands": [],
            "signals": [],
            "outcome": outcome.kind,
            "reason": outcome.reason,
            "record": None,
        }
        for decision in decisions:
            row |= {
                "decision": decision.decision,
                "risk": decision.risk,
                "brands": decision.brands,
                "signals": [signal.name for signal in decision.signals],
                "record": msgspec.to_builtins(decision),
            }
        target.write(orjson.dumps(row) + b"\n")


def _identity(line: bytes) -> dict[str, Any]:
    """What the event calls itself, whether or not it can be judged."""
    names = ("event_id", "seller_id", "listing_id", "revision")
    try:
        event = orjson.loads(line)
    except orjson.JSONDecodeError:
        return dict.fromkeys(names)
    if not isinstance(event, dict):
        return dict.fromkeys(names)
    return {name: value if isinstance(value := event.get(name), str | int) else None for name in names}
