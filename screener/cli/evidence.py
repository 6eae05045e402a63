"""`screener evidence collect | check | load`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec

from screener import topics
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option
from screener.client.sidelog import NotPublished, publish_version
from screener.codecs import canonical
from screener.contracts import Decision, EvidenceItem, EvidencePhoto, EvidenceText, ListingEdited, ListingEvent, ListingPublished
from screener.files import numbered_lines_of
from screener.intake import decode
from screener.judge.evidence import evidence_of
from screener.judge.photos import is_telling
from screener.processor import Malformed
from screener.reader import TopicReader
from screener.tracing import NoTrace, split

Listing = tuple[str, str]
"""Seller and listing."""

_decode_listing = msgspec.json.Decoder(ListingEvent).decode


@click.group()
def evidence() -> None:
    """What blocked listings leave behind: sketches of their texts, hashes of their photos. Listings that come near them are held."""


@evidence.command()
@click.argument("file", type=click.Path(dir_okay=False, writable=True))
@bootstrap_option
def collect(file: str, bootstrap: str) -> None:
    """Write to FILE the evidence of every revision that stands blocked now (not in shadow), read from the trace. Load it with `evidence load`."""
    config = connect(bootstrap)
    blocked = {listing: decision for listing, decision in _last_decisions(config) if decision.decision == "block" and decision.mode == "enforce"}
    items, found = 0, set()
    with open(file, "wb") as output:
        for item in _evidence(config, blocked):
            output.write(canonical(item) + b"\n")
            items += 1
            found.add((item.seller_id, item.listing_id))
    click.echo(
        f"{items} items of {len(found)} listings; {len(blocked) - len(found)} blocked ones say too little or are gone from the trace", err=True
    )


@evidence.command()
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> None:
    """Say what FILE holds, without a broker: exit 1 when some of it cannot be used."""
    items = read_evidence(file)
    report = {
        "texts": sum(isinstance(item, EvidenceText) for item in items),
        "photos": sum(isinstance(item, EvidencePhoto) for item in items),
        "empty_photos": sum(isinstance(item, EvidencePhoto) and not is_telling(int(item.pdq, 16)) for item in items),
    }
    if as_json:
        click.echo(json.dumps(report))
    else:
        click.echo(f"{report['texts']} texts, {report['photos']} photos, of which {report['empty_photos']} are of pictures with nothing on them")
    raise SystemExit(int(ExitCode.FINDING if report["empty_photos"] else ExitCode.FINE))


@evidence.command()
@click.argument("file")
@bootstrap_option
@json_option
def load(file: str, bootstrap: str, as_json: bool) -> None:
    """Make FILE the evidence: every worker uses it from its next round on. What is not in FILE is forgotten; an empty FILE is allowed."""
    items = read_evidence(file)
    try:
        version = publish_version(connect(bootstrap), topics.EVIDENCE, [msgspec.to_builtins(item) for item in items])
    except NotPublished as error:
        fail(f"the evidence was not changed: {error}; try again when nobody else loads it", ExitCode.UNREACHABLE)
    if as_json:
        click.echo(json.dumps({"version": version, "items": len(items)}))
    else:
        click.echo(f"evidence {version[:12]} with {len(items)} items is in force")


def read_evidence(file: str) -> list[EvidenceItem]:
    """The items of a file; ends the command with the line and what is wrong with it."""
    decoder = msgspec.json.Decoder(EvidenceItem)
    items: list[EvidenceItem] = []
    try:
        for number, line in numbered_lines_of(file):
            item = decode(decoder, line)
            if isinstance(item, Malformed):
                fail(f"{file} line {number}: {item.detail}", ExitCode.USAGE)
            items.append(item)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}; name a readable file of JSON lines", ExitCode.USAGE)
    return items


def _last_decisions(config: Mapping[str, Any]) -> Iterator[tuple[Listing, Decision]]:
    """The last decision about each listing."""
    last: dict[Listing, Decision] = {}
    with TopicReader(config, topics.DECISION) as log:
        log.start()
        for record in log.to_end():
            decision = msgspec.json.decode(record.value or b"", type=Decision)
            last[decision.seller_id, decision.listing_id] = decision
    yield from sorted(last.items())


def _evidence(config: Mapping[str, Any], blocked: Mapping[Listing, Decision]) -> Iterator[EvidenceItem]:
    """What the blocked revisions leave, in the trace's order."""
    with TopicReader(config, topics.TRACE) as log:
        log.start()
        for record in log.to_end():
            event = _content(record.value or b"")
            decision = blocked.get((event.seller_id, event.listing_id)) if event is not None else None
            if event is not None and decision is not None and decision.revision == event.revision:
                yield from evidence_of(event, decision.brands[0] if decision.brands else None)


def _content(trace: bytes) -> ListingPublished | ListingEdited | None:
    """The listing that a trace record judged, None if it is about something else."""
    try:
        head, original = split(trace)
    except NoTrace as error:
        fail(f"{error}; see `screener verify`", ExitCode.FINDING)
    if head.outcome != "judged" or original is None or head.cause.topic not in (topics.LISTING, topics.LISTING_BACKFILL):
        return None
    event = _decode_listing(original)
    return event if isinstance(event, ListingPublished | ListingEdited) else None
