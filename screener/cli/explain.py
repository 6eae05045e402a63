"""`screener explain`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import click
import msgspec
import orjson

from screener import topics
from screener.catalog import shipped_rulebook
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option
from screener.cli.decisions import read_decisions
from screener.cli.rulebook import rulebook_text
from screener.contracts import Decision
from screener.files import numbered_lines_of
from screener.judge.explain import Audience, Language
from screener.judge.explain import explain as in_words
from screener.judge.rulebook import Rulebook, RulebookError, parse_rulebook
from screener.processor import SideVersion
from screener.reader import TopicReader
from screener.sidelog import SideReader, shipped


@click.command()
@click.argument("id_", metavar="ID")
@click.option(
    "--for",
    "audience",
    type=click.Choice(["reviewer", "seller"]),
    default="reviewer",
    show_default=True,
    help="Everything, for who decides; or what its seller may be told: no threshold, no rule, no way of noticing, nobody else.",
)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="English or Chinese.")
@click.option("--decisions", "file", metavar="FILE", help="Decisions from `score` or `decisions export` (- for stdin) instead of the broker's.")
@click.option("--rulebook", type=click.File("r", encoding="utf-8"), help="With --decisions: the rulebook they were made by, if not the shipped one.")
@bootstrap_option
@json_option
def explain(
    id_: str, audience: Audience, lang: Language, file: str | None, rulebook: click.utils.LazyFile | None, bootstrap: str, as_json: bool
) -> None:
    """Say why a listing was allowed, held, blocked or released. ID is a listing's, a decision's or an event's id.

    For a reviewer, a listing shows all its decisions; for a seller, the one that stands.
    """
    if rulebook is not None and file is None:
        fail("--rulebook goes with --decisions: the broker knows its own rulebooks; leave one out or add the other", ExitCode.USAGE)
    if file is not None:
        everything = list(_of_file(file))
        found = _named(id_, everything)
    else:
        found = _named(id_, _of_broker(bootstrap))
        listings = dict.fromkeys(_listing(one) for one in found)
        # A listing's id found its whole chain; another id one link, and a topic may hold more than fits into memory: read again.
        whole = all(one.listing_id == id_ for one in found)
        everything = found if whole else [one for one in _of_broker(bootstrap) if _listing(one) in listings]
    if not found:
        where = f"in {file}; name a listing, a decision or an event of it" if file is not None else _NOT_PUBLISHED
        fail(f"no decision about {id_} {where}", ExitCode.FINDING)
    found.sort(key=_place)
    if audience == "seller":
        found = [one for number, one in enumerate(found) if number + 1 == len(found) or _listing(found[number + 1]) != _listing(one)]
    rulebooks = _known([shipped_rulebook(), *(_given(rulebook) if file is not None else _published(bootstrap))])
    texts = [in_words(one, lang, audience, rulebook=rulebooks.get(one.rulebook.version), earlier=_before(one, everything)) for one in found]
    if as_json:
        rows = [_row(one, text, audience) for one, text in zip(found, texts, strict=True)]
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    click.echo("\n\n".join(texts))


_NOT_PUBLISHED = "on the broker; is it published (`screener publish --wait`), or a dead letter (`screener dlq list`)?"


def _row(decision: Decision, text: str, audience: Audience) -> dict[str, Any]:
    """A seller's row holds nothing that his text does not say."""
    if audience == "reviewer":
        return {**msgspec.to_builtins(decision), "explanation": text}
    return {"decision_id": decision.decision_id, "listing_id": decision.listing_id, "revision": decision.revision, "explanation": text}


def _of_broker(bootstrap: str) -> Iterator[Decision]:
    return (one for _, one in read_decisions(bootstrap))


def _named(id_: str, decisions: Iterable[Decision]) -> list[Decision]:
    return [one for one in decisions if id_ in (one.listing_id, one.decision_id, one.event_id)]


def _listing(decision: Decision) -> tuple[str, str]:
    """A listing id is a seller's own."""
    return decision.seller_id, decision.listing_id


def _place(decision: Decision) -> tuple[str, str, int, int]:
    return *_listing(decision), decision.revision, decision.sequence


def _before(decision: Decision, everything: Sequence[Decision]) -> list[Decision]:
    """The listing's decisions before this one, oldest first."""
    same = (one for one in everything if _listing(one) == _listing(decision) and _place(one) < _place(decision))
    return sorted(same, key=_place)


def _of_file(file: str) -> Iterator[Decision]:
    """The decisions of a file of `score` (under `record`; null where nothing was decided) or of `decisions export`."""
    try:
        for number, line in numbered_lines_of(file):
            if (decision := _of_line(file, number, line)) is not None:
                yield decision
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}; name a file of `screener score` or `screener decisions export`", ExitCode.USAGE)


def _of_line(file: str, number: int, line: bytes) -> Decision | None:
    try:
        row = orjson.loads(line)
        if isinstance(row, dict) and "record" in row:
            row = row["record"]
            if row is None:
                return None
        return msgspec.convert(row, Decision)
    except (orjson.JSONDecodeError, msgspec.ValidationError) as error:
        fail(f"{file}, line {number} is no decision ({error}); name a file of `screener score` or `screener decisions export`", ExitCode.USAGE)


def _given(rulebook: click.utils.LazyFile | None) -> list[SideVersion]:
    return [] if rulebook is None else [shipped(topics.RULEBOOK, ({"text": rulebook_text(rulebook)},))]


def _published(bootstrap: str) -> Iterator[SideVersion]:
    """Every whole version on the broker's log of rulebooks, oldest first."""
    reader = SideReader(topics.RULEBOOK)
    with TopicReader(connect(bootstrap), topics.RULEBOOK) as log:
        log.start()
        for record in log.to_end():
            if reader.feed(record.offset, record.value) and reader.newest is not None:
                yield reader.newest


def _known(versions: Sequence[SideVersion]) -> Mapping[str, Rulebook]:
    """By version; one that is no rulebook was never in force, so no decision names it."""
    rulebooks: dict[str, Rulebook] = {}
    for version in versions:
        match version.parts:
            case ({"text": str(text)},):
                try:
                    rulebooks[version.in_force.version] = parse_rulebook(text, older=True)
                except RulebookError:
                    continue
            case _:
                continue
    return rulebooks
