"""`screener dlq list | show`; `replay` has a file of its own."""

from __future__ import annotations

import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from screener import topics
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option, printable
from screener.cli.dlq_replay import PlaceType, replay
from screener.deadletters import PREFIX, Place, number, text
from screener.reader import Record, TopicReader

SHOWN_BYTES = 2_000


@click.group()
def dlq() -> None:
    """Dead letters: inputs that could not be judged, with their original bytes and the reason."""


dlq.add_command(replay)


@dlq.command("list")
@click.option("--reason", help="Only this reason.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The newest so many.")
@bootstrap_option
@json_option
def list_(reason: str | None, limit: int, bootstrap: str, as_json: bool) -> None:
    """List dead letters: place in the DLQ, where they came from, why. Exit 1 when there are any."""
    rows = sorted(((record.timestamp_ms, _row(record)) for record in _read(bootstrap)), key=lambda entry: entry[0])
    found = [row for _, row in rows if reason in (None, row["reason"])]
    if as_json:
        click.echo(json.dumps(found[-limit:], ensure_ascii=False))
    else:
        for row in found[-limit:]:
            click.echo(printable(f"{row['id']:10} {row['reason']:16} {row['topic']} {row['partition']} {row['offset']}: {row['detail']}"))
        counts = Counter(row["reason"] for row in found)
        click.echo(f"{len(found)} dead letters" + (": " + ", ".join(f"{name} {n}" for name, n in counts.most_common()) if found else ""))
    raise SystemExit(int(ExitCode.FINDING if found else ExitCode.FINE))


@dlq.command()
@click.argument("place", metavar="ID", type=PlaceType())
@click.option("--raw", is_flag=True, help="Write the original bytes to standard output and nothing else.")
@bootstrap_option
@json_option
def show(place: Place, raw: bool, bootstrap: str, as_json: bool) -> None:
    """Show one dead letter whole. ID is PARTITION:OFFSET as `dlq list` prints it."""
    for record in _read(bootstrap):
        if Place(record.partition, record.offset) != place:
            continue
        row = _row(record)
        value = record.value
        if raw:
            sys.stdout.buffer.write(value)
            return
        headers = [(name, value) for name, value in record.headers if not name.startswith(PREFIX)]
        row["key"] = text(record.key)
        row["length"] = len(value)
        if as_json:
            row["key_base64"] = _base64(record.key)
            row["headers_base64"] = [[name, _base64(content)] for name, content in headers]
            row["value_base64"] = _base64(value)
            click.echo(json.dumps(row, ensure_ascii=False))
            return
        for name, shown in row.items():
            click.echo(printable(f"{name}: {shown}"))
        for name, content in headers:
            click.echo(printable(f"header {name}: {text(content)}"))
        click.echo(printable(f"value: {text(value[:SHOWN_BYTES])}{' … (--raw for all of it)' if len(value) > SHOWN_BYTES else ''}"))
        return
    fail(f"no dead letter {place.partition}:{place.offset}; `screener dlq list` prints the ids", ExitCode.FINDING)


def _read(bootstrap: str) -> Iterator[Record]:
    with TopicReader(connect(bootstrap), topics.DEAD_LETTER) as reader:
        reader.start()
        yield from reader.to_end()


def _row(record: Record) -> dict[str, Any]:
    row: dict[str, Any] = {"id": f"{record.partition}:{record.offset}"}
    headers = dict(record.headers)
    for name in ("reason", "detail", "topic"):
        row[name] = text(headers.get(f"{PREFIX}{name}"))
    for name in ("partition", "offset", "timestamp_ms"):
        row[name] = number(text(headers.get(f"{PREFIX}{name}")))
    return row


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()
