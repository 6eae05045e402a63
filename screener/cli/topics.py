"""`screener topics`: compare the broker's topics with the topic files, bring them in line, and generate what is generated from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec
import orjson

from screener import admin, schemas
from screener.cli.common import ExitCode, bootstrap_option, connect, fail, json_option
from screener.clustercheck import Difference, Needs
from screener.connection import ConnectionSettingsError, read_settings
from screener.grants import Grant, load_grants
from screener.topicfiles import TopicFileError, TopicSpec, load_topics, shipped_folder

_Command = TypeVar("_Command", bound=Callable[..., Any])
_Difference = Difference | admin.GrantDifference

_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)


def _wanted_options(command: _Command) -> _Command:
    """The options that change what the files ask for."""
    for option in (
        click.option(
            "--partitions", type=click.IntRange(min=1), metavar="N", help="Partitions instead of the default count, for all co-partitioned topics."
        ),
        click.option("--replication-factor", type=click.IntRange(min=1), metavar="N", help="Replicas of each partition instead of the default."),
        click.option("--override", type=_PATH, metavar="FILE", help="Settings of an installation, e.g. topics/overrides/production.toml."),
        click.option("--acls", type=_PATH, metavar="FILE", help="Rights of an installation instead of the shipped topics/acls.toml."),
    ):
        command = option(command)
    return command


@click.group()
def topics() -> None:
    """Compare, create and describe the Kafka topics."""


@topics.command()
@bootstrap_option
@json_option
@_wanted_options
def plan(bootstrap: str, as_json: bool, **wanted: Any) -> None:
    """Print what apply would do and what it would leave; change nothing."""
    _print(_differences(bootstrap, wanted), as_json, "nothing differs")


@topics.command()
@bootstrap_option
@json_option
@_wanted_options
def apply(bootstrap: str, as_json: bool, **wanted: Any) -> None:
    """Create missing topics, set differing settings, grant missing rights; never delete, shrink, repartition or take away.

    Exit code 1 if something is left to a person. Rights are granted where the cluster has an authorizer (they are ACLs of Kafka).
    """
    with _failures():
        specs, grants = _load(wanted)
        client = connect(bootstrap)
        applied = admin.apply(specs, client)
        rights = admin.apply_grants(grants, client) or ()
    done: list[_Difference] = [*applied.done, *(right for right in rights if right.applicable)]
    left: list[_Difference] = [*applied.left, *(right for right in rights if not right.applicable)]
    if as_json:
        _echo_json({"done": _builtins(done), "left": _builtins(left)})
    else:
        for difference in done:
            click.echo(f"done  {difference.words()}")
        for difference in left:
            click.echo(f"left  {difference.words()}")
        if not done and not left:
            click.echo("nothing differs")
    if left:
        raise SystemExit(int(ExitCode.FINDING))


@topics.command()
@bootstrap_option
@json_option
@_wanted_options
def check(bootstrap: str, as_json: bool, **wanted: Any) -> None:
    """As plan, with exit code 1 if anything differs, and with what workers need around the topics.

    That is: topics of ours that no file names, settings that the brokers change dynamically, more min.insync.replicas than replicas, the
    brokers' limits on transactions and requests, replicas of the transaction and offset logs, and of every worker group (SCREENER_APPLICATION)
    its protocol, its assignor and whether its offsets still lie within the topics. Not to be seen from here: whether the cluster's feature
    transaction.version is 2; `kafka-features describe` tells.
    """
    with _failures():
        specs, grants = _load(wanted)
        client = connect(bootstrap)
        differences: list[_Difference] = [*admin.check(specs, client, _needs(bootstrap)), *(admin.plan_grants(grants, client) or ())]
    _print(differences, as_json, "all topics are as their files say")
    if any(difference.applicable for difference in differences) and not as_json:
        click.echo("`screener topics apply` mends what is missing or set otherwise")
    if differences:
        raise SystemExit(int(ExitCode.FINDING))


@topics.command("schemas")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit code 1 if a file is not what the contracts say.")
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Topics folder; default the shipped one.")
def schemas_command(only_check: bool, folder: Path | None) -> None:
    """Generate the JSON Schemas and the AsyncAPI document from the contract types."""
    with _failures():
        target = shipped_folder() if folder is None else folder
        files = schemas.generate(load_topics(target))
        stale = schemas.drift(target, files)
        if not only_check:
            schemas.write(target, files, stale)
    for path in stale:
        click.echo(f"{'differs' if only_check else 'written'}  {path}")
    if not stale:
        click.echo("all generated files are as the contracts say")
    elif only_check:
        fail("generated files differ from the contracts; run `screener topics schemas`", ExitCode.FINDING)


def _needs(bootstrap: str) -> Needs:
    """What workers with this environment's settings would ask for; ends the command when they would not start with them."""
    # the better part of a second that plan, apply and schemas need not spend
    from screener.catalog import PROCESSORS
    from screener.runtime.settings import Settings

    try:
        settings = read_settings(Settings, bootstrap=bootstrap)
    except ConnectionSettingsError as error:
        fail(str(error), ExitCode.USAGE)
    groups = {f"{settings.application}-{name}": processor.inputs for name, processor in PROCESSORS.items()}
    return Needs(settings.transaction_timeout_ms, groups)


def _differences(bootstrap: str, wanted: dict[str, Any]) -> list[_Difference]:
    """How topics and, with an authorizer, rights differ from the files."""
    with _failures():
        specs, grants = _load(wanted)
        client = connect(bootstrap)
        return [*admin.plan(specs, client), *(admin.plan_grants(grants, client) or ())]


def _load(wanted: dict[str, Any]) -> tuple[tuple[TopicSpec, ...], tuple[Grant, ...]]:
    """The shipped topics and rights under the command's options; what the options replace is said on stderr."""
    if wanted["partitions"]:
        click.echo(f"note: {wanted['partitions']} partitions instead of the files' default, for all co-partitioned topics", err=True)
    specs = load_topics(override=wanted["override"], partitions=wanted["partitions"], replication_factor=wanted["replication_factor"])
    return specs, load_grants(specs, wanted["acls"])


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what can go wrong into a message and an exit code."""
    try:
        yield
    except TopicFileError as error:
        fail(str(error), ExitCode.USAGE)
    except admin.BrokerUnreachable as error:
        fail(str(error), ExitCode.UNREACHABLE)
    except admin.AdminRefused as error:
        fail(str(error), ExitCode.FINDING)


def _print(differences: Iterable[_Difference], as_json: bool, none: str) -> None:
    if as_json:
        _echo_json({"differences": _builtins(differences)})
        return
    lines = [difference.words() for difference in differences]
    click.echo("\n".join(lines) if lines else none)


def _builtins(differences: Iterable[_Difference]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(difference) | {"applicable": difference.applicable, "words": difference.words()} for difference in differences]


def _echo_json(value: Any) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
