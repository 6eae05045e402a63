"""`screener decisions show | export | diff`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import orjson

from screener import topics
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option, printable
from screener.codecs import canonical
from screener.contracts import Decision
from screener.files import numbered_lines_of
from screener.reader import Record, TopicReader

_decode = msgspec.json.Decoder(Decision).decode

LISTING_TOPICS = (topics.LISTING, topics.LISTING_BACKFILL)
SHOWN_DIFFERENCES = 20


@click.group()
def decisions() -> None:
    """What was decided, from the decision topic."""


@decisions.command()
@click.argument("listing_id", required=False)
@click.option("--seller", help="Only this seller's.")
@click.option("--decision", type=click.Choice(["allow", "hold", "block", "release"]), help="Only this kind.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The newest so many.")
@bootstrap_option
@json_option
def show(listing_id: str | None, seller: str | None, decision: str | None, limit: int, bootstrap: str, as_json: bool) -> None:
    """Show decisions about LISTING_ID, or the newest of all."""
    found: list[tuple[int, Decision]] = []
    for timestamp_ms, one in read_decisions(bootstrap):
        if (listing_id in (None, one.listing_id)) and (seller in (None, one.seller_id)) and (decision in (None, one.decision)):
            found.append((timestamp_ms, one))
    found.sort(key=lambda entry: entry[0])
    newest = [one for _, one in found[-limit:]]
    if as_json:
        click.echo(json.dumps([msgspec.to_builtins(one) for one in newest], ensure_ascii=False))
    else:
        for one in newest:
            names = ", ".join(signal.name for signal in one.signals) or "-"
            about = printable(f"{one.listing_id} r{one.revision} #{one.sequence} seller {one.seller_id}")
            click.echo(f"{one.decision:8} {one.risk:.2f} {about}: {names}")
    if not newest:
        fail("no such decision; `screener dlq list` shows what could not be judged", ExitCode.FINDING)


@decisions.command()
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@bootstrap_option
def export(output: Path, bootstrap: str) -> None:
    """Write every decision to OUTPUT, one JSON line each."""
    count = 0
    try:
        with output.open("wb") as file:
            for _, one in read_decisions(bootstrap):
                file.write(canonical(one) + b"\n")
                count += 1
    except OSError as error:
        fail(f"cannot write {output}: {error.strerror or error}; name a file in a writable folder", ExitCode.USAGE)
    click.echo(f"{count} decisions written to {output}")


@decisions.command()
@click.argument("scored", metavar="SCORED.jsonl")
@click.option("--against", metavar="FILE", help="Another scored or exported file instead of the broker's decisions.")
@bootstrap_option
@json_option
def diff(scored: str, against: str | None, bootstrap: str, as_json: bool) -> None:
    """Compare SCORED.jsonl (from `screener score`) with the live decisions: exit 1 when any differs.

    Compared are the decisions that listing events caused: decision, risk, brands and signals of each revision of a listing.
    Times and ids differ by nature.
    """
    ours, listings = _scored(scored)
    theirs = _scored(against)[0] if against else dict(_live(bootstrap))
    others = 0
    if not against:  # a topic holds what others published too: of that, only their number is said
        others = sum(key[:2] not in listings for key in theirs)
        theirs = {key: row for key, row in theirs.items() if key[:2] in listings}
    differences = [
        {"seller_id": key[0], "listing_id": key[1], "revision": key[2], "scored": ours.get(key), "live": theirs.get(key)}
        for key in {**ours, **theirs}
        if ours.get(key) != theirs.get(key)
    ]
    if as_json:
        answer = {"compared": len(ours), "differences": len(differences), "first": differences[:SHOWN_DIFFERENCES], "of_other_listings": others}
        click.echo(json.dumps(answer))
    else:
        for one in differences[:SHOWN_DIFFERENCES]:
            click.echo(printable(f"{one['listing_id']} r{one['revision']}: scored {one['scored']}, live {one['live']}"))
        beside = f"; {others} live decisions are about listings that were not scored" if others else ""
        click.echo(f"{len(differences)} differences in {len(ours)} decisions{beside}")
    raise SystemExit(int(ExitCode.FINDING if differences else ExitCode.FINE))


def read_decisions(bootstrap: str) -> Iterator[tuple[int, Decision]]:
    """(broker's timestamp in milliseconds, decision) of every decision, in order within a partition."""
    with TopicReader(connect(bootstrap), topics.DECISION) as reader:
        reader.start()
        for record in reader.to_end():
            yield record.timestamp_ms, decision_of(record)


def decision_of(record: Record) -> Decision:
    """The decision that a record holds; ends the command at what the judge has not written."""
    try:
        return _decode(record.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        place = f"{record.topic} {record.partition}:{record.offset}"
        fail(f"{place} holds no decision ({error}); find out who else writes to the topic, and give only the judge the right to", ExitCode.FINDING)


_Key = tuple[str, str, int]
"""(seller, listing, revision): a listing id is a seller's own."""


def _row(decision: str, risk: float, brands: Any, signals: Any) -> dict[str, Any]:
    names = [signal["name"] if isinstance(signal, dict) else signal for signal in signals]
    return {"decision": decision, "risk": risk, "brands": list(brands), "signals": names}


def _live(bootstrap: str) -> Iterator[tuple[_Key, dict[str, Any]]]:
    for _, one in read_decisions(bootstrap):
        if one.cause.topic in LISTING_TOPICS:
            yield (one.seller_id, one.listing_id, one.revision), _row(one.decision, one.risk, one.brands, [signal.name for signal in one.signals])


def _scored(file: str) -> tuple[dict[_Key, dict[str, Any]], set[tuple[Any, Any]]]:
    """The decisions of a file, and the (seller, listing) of every row, also of those that no decision came of."""
    rows: dict[_Key, dict[str, Any]] = {}
    listings: set[tuple[Any, Any]] = set()
    try:
        for number, line in numbered_lines_of(file):
            try:
                row = orjson.loads(line)
                if row["decision"] is None:
                    if isinstance(row["seller_id"], str) and isinstance(row["listing_id"], str):  # of a dead letter, anything may stand there
                        listings.add((row["seller_id"], row["listing_id"]))
                    continue
                key = (row["seller_id"], row["listing_id"], row["revision"])
                listings.add(key[:2])
                if row.get("cause", {}).get("topic", topics.LISTING) in LISTING_TOPICS:
                    rows[key] = _row(row["decision"], row["risk"], row["brands"], row["signals"])
            except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
                fail(f"{file} line {number} is no scored decision ({error}); name a file from `screener score` or `decisions export`", ExitCode.USAGE)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}; name a file from `screener score`", ExitCode.USAGE)
    return rows, listings
