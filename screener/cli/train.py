"""`screener train`."""

from __future__ import annotations

import math
from pathlib import Path

import click
import msgspec
from msgspec.structs import replace

from screener.cli.common import ExitCode, fail, json_option
from screener.cli.registry import read_brands
from screener.cli.rulebook import rulebook_text
from screener.files import numbered_lines_of
from screener.judge.rulebook import RulebookError
from screener.judge.scorecard import THOUSAND, from_chance
from screener.offline import NoBrands
from screener.train.decided import Plan
from screener.train.fit import DEFAULT_L2
from screener.train.labelled import Material, TrainingError, planted, read_labelled
from screener.train.report import lines
from screener.train.training import train as trained

_BUDGET = click.FloatRange(0, 10_000)


@click.command()
@click.argument("file", required=False, metavar="[LABELLED.jsonl]")
@click.option("--registry", metavar="BRANDS.jsonl", help="The brands that were protected; needed with a file.")
@click.option("--rulebook", type=click.File("r", encoding="utf-8"), help="Another rulebook to start from than the shipped one.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the new rulebook here; without it only the report is printed.")
@click.option("--false-holds-per-10000", type=_BUDGET, default=10.0, show_default=True, help="Genuine listings that the score alone may hold.")
@click.option("--false-blocks-per-10000", type=_BUDGET, default=1.0, show_default=True, help="Genuine listings that the score alone may block.")
@click.option("--seed", type=int, default=1, show_default=True, help="Deals the sellers to the five parts of the validation.")
@click.option("--l2", type=click.FloatRange(min=0, min_open=True), default=DEFAULT_L2, show_default=True, help="How strongly weights are kept small.")
@click.option("--convert", type=click.FloatRange(0, 1), metavar="CHANCE", help="Only print what a weight from before the scorecard is in log-odds.")
@json_option
def train(
    file: str | None,
    registry: str | None,
    rulebook: click.utils.LazyFile | None,
    out: Path | None,
    false_holds_per_10000: float,
    false_blocks_per_10000: float,
    seed: int,
    l2: float,
    convert: float | None,
    as_json: bool,
) -> None:
    """Fit the rulebook's weights and thresholds to labelled listings (JSON lines, .gz); without a file to the demo's invented markets.

    \b
    A line is a listing event, in the order in which it happened, with two fields more:
      "label"    "genuine" or "counterfeit"; null: judged for the seller's history, not counted (a removal needs none)
      "source"   where the label comes from; each source is a marketplace of its own
    Sellers and sources are told apart by the event's seller_id and by source: no seller is on both sides of the validation.
    The risk is calibrated to the share of counterfeits in the file. Comments, rules, kinds and caps of the rulebook stay as they are.
    """  # noqa: D301 - click wants the control character
    text = rulebook_text(rulebook)
    try:
        if convert is not None:
            weight = from_chance(convert) / THOUSAND
            click.echo(f"{weight:g}   odds × {math.exp(weight):.3g}")
            return
        plan = Plan(seed=seed, l2=l2, holds_per_10000=false_holds_per_10000, blocks_per_10000=false_blocks_per_10000)
        done = trained(_material(file, registry), text, plan)
    except (RulebookError, TrainingError, NoBrands) as error:
        fail(str(error), ExitCode.USAGE)
    click.echo(msgspec.json.encode(replace(done, rulebook="")).decode() if as_json else "\n".join(lines(done)))
    if out is None:
        return
    try:
        out.write_text(done.rulebook, encoding="utf-8")
    except OSError as error:
        fail(f"cannot write {out}: {error.strerror or error}; name a writable file", ExitCode.USAGE)
    click.echo(f"written to {out}: look at it, then `screener rulebook publish {out}`", err=True)


def _material(file: str | None, registry: str | None) -> Material:
    if file is None:
        if registry is not None:
            raise click.UsageError("--registry goes with a file; the invented markets have their own")
        return planted()
    if registry is None:
        raise click.UsageError("name the brands that were protected with --registry")
    brands = read_brands(registry)
    try:
        return read_labelled(Path(file).name, numbered_lines_of(file), brands)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}; name a readable file of JSON lines", ExitCode.USAGE)
