"""`screener validate`: a producer's events against the contract of their topic, line by line, without a broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click
import msgspec
import orjson
from msgspec import Struct

from screener import intake, topics
from screener.cli.common import ExitCode, fail, json_option, printable
from screener.contracts import SidePart
from screener.files import numbered_lines_of
from screener.processor import Malformed
from screener.topicfiles import TopicFileError, TopicSpec, find, load_topics


class Finding(Struct, frozen=True):
    """A line that is no event of the topic: `reason` as in a dead letter, `detail` ends with what to do."""

    line: int
    reason: str
    detail: str


def checker(spec: TopicSpec) -> Callable[[bytes], Malformed | None]:
    """A function that tells what is wrong with a record's value, None if nothing: what intake would say, before anything is published."""
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(spec.union)
    limit = int(spec.config["max.message.bytes"])

    def check(value: bytes) -> Malformed | None:
        if not value.strip():
            return Malformed("empty", "the record has no value; publish the event as JSON")
        if len(value) > limit:
            return Malformed("too_large", f"{len(value)} bytes, the topic takes {limit} including key and headers; shorten the description")
        event = intake.decode(decoder, value.partition(b"\n")[0] if spec.encoding == "head" else value)
        if isinstance(event, Malformed):
            return event
        if spec.part is not None and isinstance(event, SidePart):
            return _wrong_part(event.value, spec.part)
        return None

    return check


def _wrong_part(value: dict[str, Any], part: type[Struct]) -> Malformed | None:
    read = intake.decode(msgspec.json.Decoder(part), msgspec.json.encode(value))
    return read if isinstance(read, Malformed) else None


@click.command()
@click.argument("file", metavar="FILE")
@click.option("--topic", default=topics.LISTING, show_default=True, metavar="NAME", help="Topic whose contract the lines must keep.")
@json_option
def validate(file: str, topic: str, as_json: bool) -> None:
    """Check each line of FILE (JSON lines, also gzipped; - is stdin) against the contract of a topic.

    Prints line number, reason and detail of every line that would become a dead letter; exit code 1 if there is one. Blank lines are passed over.
    """
    try:
        check = checker(find(load_topics(), topic))
    except TopicFileError as error:
        fail(str(error), ExitCode.USAGE)
    checked, invalid = 0, 0
    for number, line in _lines(file):
        checked += 1
        if wrong := check(line):
            invalid += 1
            _print(Finding(number, wrong.reason, wrong.detail), as_json)
    if as_json:
        click.echo(orjson.dumps({"topic": topic, "checked": checked, "invalid": invalid}))
    else:
        click.echo(f"{checked} checked against {topic}, {invalid} invalid", err=invalid > 0)
    if checked == 0:
        fail(f"{file} holds no event; give a file with one JSON object per line", ExitCode.FINDING)
    if invalid:
        raise SystemExit(int(ExitCode.FINDING))


def _print(finding: Finding, as_json: bool) -> None:
    if as_json:
        click.echo(orjson.dumps(msgspec.to_builtins(finding)))
    else:
        click.echo(printable(f"line {finding.line}: {finding.reason}: {finding.detail}"))


def _lines(file: str) -> Iterator[tuple[int, bytes]]:
    try:
        yield from numbered_lines_of(file)
    except OSError as error:
        fail(f"{file}: {error.strerror or error}; give a file that can be read, or - for stdin", ExitCode.USAGE)
