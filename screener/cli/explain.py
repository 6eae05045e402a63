"""`screener explain`."""

from __future__ import annotations

import json

import click
import msgspec

from screener.cli.common import ExitCode, bootstrap_option, fail, json_option
from screener.cli.decisions import read_decisions
from screener.judge.explain import explain as in_words
from screener.judge.words import Language


@click.command()
@click.argument("id_", metavar="ID")
@bootstrap_option
@click.option(
    "--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="English or Chinese; names and facts stay as recorded."
)
@json_option
def explain(id_: str, bootstrap: str, lang: Language, as_json: bool) -> None:
    """Say why a listing was allowed, held, blocked or released. ID is a listing's, a decision's or an event's id; a listing shows its whole chain."""
    found = [one for _, one in read_decisions(bootstrap) if id_ in (one.listing_id, one.decision_id, one.event_id)]
    if not found:
        fail(f"no decision about {id_}; is it published (`screener publish --wait`), or a dead letter (`screener dlq list`)?", ExitCode.FINDING)
    found.sort(key=lambda one: (one.listing_id, one.revision, one.sequence))
    if as_json:
        click.echo(json.dumps([msgspec.to_builtins(one) for one in found], ensure_ascii=False))
        return
    click.echo("\n\n".join(in_words(one, lang) for one in found))
