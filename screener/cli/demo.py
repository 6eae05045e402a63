"""`screener demo`: everything once, before your eyes: broker, worker, a marketplace with counterfeiters, and what was found."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Struct

from screener import admin, topics
from screener.cli.common import ExitCode, fail, json_option, stop_signals_interrupt
from screener.cli.registry import read_brands
from screener.client.events import EventCheck, InvalidEvent
from screener.client.publisher import NotDelivered
from screener.client.sidelog import NotPublished
from screener.codecs import canonical
from screener.contracts import Brand, Decision, ListingEvent
from screener.demo.generator import Stream, Truth, generate
from screener.demo.report import summarise
from screener.demo.run import Stage, send, stage
from screener.demo.screen import console, print_report, progress
from screener.demo.tally import DemoFailed
from screener.embedded import EmbeddedBrokerError
from screener.files import lines_of

DEFAULT_LISTINGS = 16_000
"""Makes about 20,000 events: at the default rate 20 s to look at, and enough of every technique."""

DEFAULT_SEED = 1

DEFAULT_RATE = 1_000
"""Events per second: a large marketplace's own pace, which one worker and the broker keep up with on two cores."""

SENDING_S_MAX = 30
"""A longer stream is sent faster, so that the demo stays short; --rate overrules it."""

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--input", "input_", type=_FILE, metavar="FILE", help="Listing events of your own (JSON lines, .gz) instead of the invented market.")
@click.option("--registry", "registry_", type=_FILE, metavar="BRANDS.jsonl", help="Brands to protect instead of the invented ones.")
@click.option("--listings", type=click.IntRange(min=1), default=DEFAULT_LISTINGS, show_default=True, help="Size of the invented market.")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Another seed, another market; the same seed, the same.")
@click.option("--rate", type=click.FloatRange(min=1), metavar="N", help=f"Events per second [default: {DEFAULT_RATE}, more for a long stream].")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path("demo-output"), show_default=True, help="Where files go.")
@click.option("--no-wait", is_flag=True, help="End at once; else, on a terminal, broker and worker stay up until Enter.")
@click.option("--write-only", is_flag=True, help="Write the invented market's files to --out and end.")
@json_option
def demo(
    input_: Path | None,
    registry_: Path | None,
    listings: int,
    seed: int,
    rate: float | None,
    out: Path,
    no_wait: bool,
    write_only: bool,
    as_json: bool,
) -> None:
    """Send a marketplace through a real broker and a real worker, and show what was blocked, held, found, missed and wrongly hit.

    Everything runs on this machine, on free ports, and is gone afterwards; listings.jsonl, brands.jsonl and truth.jsonl of the invented market,
    decisions.jsonl and worker.log stay in --out. The first run fetches 45 MB of Kafka.
    """
    if input_ is not None and write_only:
        raise click.UsageError("--write-only writes the invented market; leave --input away")
    stream = generate(seed, listings if input_ is None else 1)  # the brands are the same whatever the size
    _write_market(out, stream, listings_too=input_ is None, brands_too=registry_ is None)
    if write_only:
        click.echo(f"{len(stream.events)} events, {len(stream.truths)} truths and {len(stream.brands)} brands written to {out}")
        return
    brands = stream.brands if registry_ is None else tuple(read_brands(str(registry_)))
    if not brands:
        fail(f"{registry_} holds no brand, and without brands everything would be let through; name a file with at least one", ExitCode.USAGE)
    source = input_ or out / "listings.jsonl"
    total = _count(source)
    _run(
        _Job(
            brands=brands,
            registry=registry_ or out / "brands.jsonl",
            source=source,
            total=total,
            rate=rate or max(DEFAULT_RATE, total / SENDING_S_MAX),
            out=out,
            truths=stream.truths if input_ is None else None,
            wait=not no_wait and not as_json and sys.stdin is not None and sys.stdin.isatty(),
            as_json=as_json,
        )
    )


class _Job(Struct, frozen=True, kw_only=True):
    """What the options ask for."""

    brands: tuple[Brand, ...]
    registry: Path
    """The file that holds the brands."""
    source: Path
    total: int
    """Events in `source`."""
    rate: float
    out: Path
    truths: tuple[Truth, ...] | None
    """None for listings of one's own: nobody knows it."""
    wait: bool
    as_json: bool


def _run(job: _Job) -> None:
    """Brings everything up, sends the events, shows the report, waits if asked to, takes everything down."""
    try:
        with stop_signals_interrupt():
            _play(job)
    except DemoFailed as error:
        fail(str(error), ExitCode.NOT_READY)
    except (EmbeddedBrokerError, admin.BrokerUnreachable, NotDelivered, NotPublished) as error:
        fail(str(error), ExitCode.UNREACHABLE)
    except (admin.AdminRefused, InvalidEvent) as error:
        fail(str(error), ExitCode.FINDING)
    except BrokenPipeError:
        raise  # who reads our output has seen enough; click ends quietly
    except OSError as error:
        fail(f"cannot write: {error}; name a writable folder with --out, or see to room in {tempfile.gettempdir()}", ExitCode.USAGE)


def _play(job: _Job) -> None:
    steps, decisions_file = console(sys.stderr), job.out / "decisions.jsonl"

    def say(line: str) -> None:
        steps.print(line, markup=False, soft_wrap=True)

    with stage(job.brands, job.out / "worker.log", say) as ready:
        say(f"sending {job.total:,} events of {job.source} at {job.rate:,.0f}/s")
        with decisions_file.open("wb") as decisions, progress(steps, job.total) as show:
            measured = send(ready, lines_of(str(job.source)), job.rate, decisions, show)
        report = summarise(measured, _decoded(decisions_file, Decision), _decoded(job.source, ListingEvent), job.truths)
        if job.as_json:
            click.echo(msgspec.json.encode(report))
            return
        print_report(console(sys.stdout), report)
        _say_files(job)
        if job.wait:
            _look_around(ready)


def _write_market(out: Path, stream: Stream, *, listings_too: bool, brands_too: bool) -> None:
    """Writes what is invented; files that the user named are left alone."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if listings_too:
            _write(out / "listings.jsonl", stream.events)
            _write(out / "truth.jsonl", stream.truths)
        if brands_too:
            _write(out / "brands.jsonl", stream.brands)
    except OSError as error:
        fail(f"cannot write to {out}: {error.strerror or error}; name a writable folder with --out", ExitCode.USAGE)


def _write(file: Path, values: Sequence[object]) -> None:
    with file.open("wb") as target:
        target.writelines(canonical(value) + b"\n" for value in values)


def _count(source: Path) -> int:
    """How many events the file holds; ends the command at the first that the contract refuses, before anything is started."""
    check, total = EventCheck(topics.LISTING), 0
    try:
        for line in lines_of(str(source)):
            total += 1
            check.seller_of(line)
    except InvalidEvent as error:
        fail(f"{source}, event {total}: {error} (`screener validate {source}` lists all)", ExitCode.FINDING)
    except (OSError, EOFError) as error:
        fail(f"cannot read {source}: {error}; name a readable file of JSON lines", ExitCode.USAGE)
    if not total:
        fail(f"{source} holds no event; name a file with one JSON object per line", ExitCode.USAGE)
    return total


def _decoded(file: Path, contract: Any) -> Iterator[Any]:
    return map(msgspec.json.Decoder(contract).decode, lines_of(str(file)))


def _say_files(job: _Job) -> None:
    """Where to look next."""
    click.echo(f"\nevery decision with its signals: {job.out / 'decisions.jsonl'}; the worker's log: {job.out / 'worker.log'}")
    if job.truths is not None:
        click.echo(f"the truth about every revision: {job.out / 'truth.jsonl'}; what was sent: {job.source}; the brands: {job.registry}")
    click.echo(
        "the same by hand, to keep it running (README.md tells the story):\n"
        "  screener broker run                         in one terminal; then, in another:\n"
        f"  screener topics apply && screener registry load {job.registry}\n"
        "  screener worker --state-dir state/w1 &\n"
        f"  screener publish {job.source} --wait && screener decisions show --decision hold"
    )


def _look_around(ready: Stage) -> None:
    """Broker and worker stay up until Enter (or Ctrl-C)."""
    click.echo(
        f"\nbroker and worker are still up:\n"
        f"  metrics    curl http://{ready.http}/metrics\n"
        f"  decisions  screener decisions show --decision hold --bootstrap {ready.bootstrap}\n"
        f"  why        screener explain LISTING_ID --bootstrap {ready.bootstrap}\n"
        f"  state      {ready.state}"
    )
    try:
        input("Enter ends them. ")
    except (EOFError, KeyboardInterrupt):
        click.echo()
