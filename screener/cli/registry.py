"""`screener registry check | diff | load`."""

from __future__ import annotations

import json
from typing import Any

import click
import msgspec

from screener import topics
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option, printable
from screener.client.sidelog import NotPublished, publish_version
from screener.codecs import canonical
from screener.contracts import Brand
from screener.files import numbered_lines_of
from screener.intake import decode
from screener.judge.registry import check_brands
from screener.processor import Malformed
from screener.reader import TopicReader
from screener.sidelog import SideReader


@click.group()
def registry() -> None:
    """The brands that are protected. FILE holds one brand per line as JSON: brand_id, name, aliases, categories, authorised_sellers, price_floors."""


@registry.command()
@click.argument("file")
@json_option
def check(file: str, as_json: bool) -> None:
    """Say what is wrong with FILE, without a broker: exit 1 when there is anything."""
    findings = check_brands(read_brands(file))
    if as_json:
        click.echo(json.dumps([msgspec.to_builtins(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(printable(f"{finding.level}: {finding.brand_id}: {finding.text}"))
        click.echo(f"{len(findings)} findings")
    raise SystemExit(int(ExitCode.FINDING if findings else ExitCode.FINE))


@registry.command()
@click.argument("file")
@bootstrap_option
@json_option
def diff(file: str, bootstrap: str, as_json: bool) -> None:
    """Say how FILE differs from the registry in force: exit 1 when it does."""
    changes = _changes({brand.brand_id: canonical(brand) for brand in read_brands(file)}, _in_force(bootstrap))
    _print_changes(changes, as_json)
    raise SystemExit(int(ExitCode.FINDING if any(changes.values()) else ExitCode.FINE))


@registry.command()
@click.argument("file")
@bootstrap_option
@json_option
def load(file: str, bootstrap: str, as_json: bool) -> None:
    """Make FILE the registry: every worker uses it from its next round on. Brands that are not in FILE are no longer protected."""
    brands = read_brands(file)
    if not brands:
        fail(f"{file} holds no brand, and without brands everything would be let through; name a file with at least one", ExitCode.USAGE)
    changes = _changes({brand.brand_id: canonical(brand) for brand in brands}, _in_force(bootstrap))
    try:
        version = publish_version(connect(bootstrap), topics.REGISTRY, [msgspec.to_builtins(brand) for brand in brands])
    except NotPublished as error:
        fail(f"the registry was not changed: {error}; try again when nobody else loads one", ExitCode.UNREACHABLE)
    if as_json:
        click.echo(json.dumps({"version": version, "brands": len(brands), **{name: len(ids) for name, ids in changes.items()}}))
    else:
        _print_changes(changes, as_json=False)
        click.echo(f"registry {version[:12]} with {len(brands)} brands is in force")


def read_brands(file: str) -> list[Brand]:
    """The brands of a file; ends the command with the line and what is wrong with it."""
    decoder = msgspec.json.Decoder(Brand)
    brands: list[Brand] = []
    seen: dict[str, int] = {}
    try:
        for number, line in numbered_lines_of(file):
            brand = decode(decoder, line)
            if isinstance(brand, Malformed):
                fail(f"{file} line {number}: {brand.detail}", ExitCode.USAGE)
            if brand.brand_id in seen:
                fail(f"{file} line {number}: brand_id {brand.brand_id} stands in line {seen[brand.brand_id]} already; merge the two", ExitCode.USAGE)
            seen[brand.brand_id] = number
            brands.append(brand)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror or error}; name a readable file of JSON lines", ExitCode.USAGE)
    return brands


def _in_force(bootstrap: str) -> dict[str, bytes]:
    reader = SideReader(topics.REGISTRY)
    with TopicReader(connect(bootstrap), topics.REGISTRY) as log:
        log.start()
        for record in log.to_end():
            reader.feed(record.offset, record.value)
    parts: tuple[dict[str, Any], ...] = reader.newest.parts if reader.newest else ()
    return {str(part.get("brand_id")): canonical(part) for part in parts}


def _changes(new: dict[str, bytes], old: dict[str, bytes]) -> dict[str, list[str]]:
    return {
        "added": [brand_id for brand_id in new if brand_id not in old],
        "changed": [brand_id for brand_id in new if brand_id in old and new[brand_id] != old[brand_id]],
        "removed": [brand_id for brand_id in old if brand_id not in new],
    }


def _print_changes(changes: dict[str, list[str]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(changes, ensure_ascii=False))
        return
    for name, ids in changes.items():
        shown = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
        click.echo(f"{name}: {len(ids)}{f' ({shown})' if ids else ''}")
