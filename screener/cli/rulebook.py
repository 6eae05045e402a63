"""`screener rulebook check | publish | convert | show`."""

from __future__ import annotations

import json
import re

import click

from screener import topics
from screener.catalog import shipped_rulebook
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option
from screener.client.sidelog import NotPublished, publish_version
from screener.judge.rulebook import Rulebook, RulebookError, parse_rulebook
from screener.reader import TopicReader, require
from screener.sidelog import SideReader
from screener.train.edit import converted


@click.group()
def rulebook() -> None:
    """What the signals weigh and what follows from them: a TOML file a person can read. Without a published one the shipped one is in force."""


@rulebook.command()
@click.argument("file", required=False, type=click.File("r", encoding="utf-8"))
def check(file: click.utils.LazyFile | None) -> None:
    """Say what is wrong with FILE (default: the shipped rulebook), without a broker."""
    parsed = _parsed(rulebook_text(file))
    click.echo(f"fine: mode {parsed.mode}, {len(parsed.rules)} rules")


@rulebook.command()
@click.argument("file", required=False, type=click.File("r", encoding="utf-8"))
@click.option(
    "--mode",
    type=click.Choice(["enforce", "shadow"]),
    help="Publish with this mode instead of the file's: shadow judges and traces everything and emits no block or hold.",
)
@bootstrap_option
@json_option
def publish(file: click.utils.LazyFile | None, mode: str | None, bootstrap: str, as_json: bool) -> None:
    """Make FILE (default: the shipped rulebook) the rulebook: every worker uses it from its next round on."""
    text = rulebook_text(file)
    if mode is not None:
        text = re.sub(r'(?m)^mode\s*=\s*"\w+"', f'mode = "{mode}"', text, count=1)
    parsed = _parsed(text)
    if mode is not None and parsed.mode != mode:
        fail('the file has no line `mode = "…"` to change; add one at its top', ExitCode.USAGE)
    require(connect(bootstrap), topics.RULEBOOK)
    try:
        version = publish_version(connect(bootstrap), topics.RULEBOOK, [{"text": text}])
    except NotPublished as error:
        fail(f"the rulebook was not changed: {error}; check the broker and `screener topics check`", ExitCode.UNREACHABLE)
    answer = {"version": version, "mode": parsed.mode, "rules": len(parsed.rules)}
    click.echo(json.dumps(answer) if as_json else f"rulebook {version[:12]} is in force: mode {parsed.mode}, {len(parsed.rules)} rules")


@rulebook.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
def convert(file: click.utils.LazyFile) -> None:
    """Print FILE, a rulebook from before the scorecard, with its weights in log-odds: it holds where it held; comments and rules stay."""
    try:
        click.echo(converted(rulebook_text(file)), nl=False)
    except RulebookError as error:
        fail(str(error), ExitCode.USAGE)


@rulebook.command()
@bootstrap_option
def show(bootstrap: str) -> None:
    """Print the rulebook in force."""
    reader = SideReader(topics.RULEBOOK)
    with TopicReader(connect(bootstrap), topics.RULEBOOK) as log:
        log.start()
        for record in log.to_end():
            reader.feed(record.offset, record.value)
    newest = reader.newest or shipped_rulebook()
    match newest.parts:
        case ({"text": str(text)},):
            click.echo(text, nl=False)
        case _:
            fail("the newest version on the log is no rulebook, so the one before it is in force; publish a rulebook anew", ExitCode.FINDING)


def rulebook_text(file: click.utils.LazyFile | None) -> str:
    """The text of a rulebook's file (None: of the shipped one); ends the command when it is no UTF-8."""
    if file is None:
        return str(shipped_rulebook().parts[0]["text"])
    try:
        return str(file.read())
    except UnicodeDecodeError as error:
        fail(f"{file.name} is not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8", ExitCode.USAGE)


def _parsed(text: str) -> Rulebook:
    try:
        return parse_rulebook(text)
    except RulebookError as error:
        fail(str(error), ExitCode.USAGE)
