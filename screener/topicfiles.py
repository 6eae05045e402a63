"""Topic files: what each Kafka topic is, read from `topics/*.toml` into frozen `TopicSpec` values. Nothing here talks to a broker.

The loader is closed: a key it does not know is an error that names the file and the key, so a typing mistake never becomes a default.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from screener import contracts

Kind = Literal["input", "output", "side", "between", "changelog"]
"""`input`: others write, the screener reads; `output`: the reverse; `side`: a side log; `between`: from processor to processor."""
Key = Literal["seller_id", "brand_id", "none", "original", "state"]
"""The field of the value that is the Kafka key, or `none`, `original` (the input's key, whatever it is), `state` (a key of the processor's state)."""
Encoding = Literal["json", "head", "bytes"]
"""`json`: one JSON object; `head`: a line of JSON of the contract, a newline, opaque bytes; `bytes`: opaque."""
Compatibility = Literal["forward", "backward", "full", "none"]
"""As in schema registries: `forward`: old readers read new records; `backward`: new readers read old ones; `full`: both."""

PositiveCount = Annotated[int, Meta(ge=1)]

ENVELOPE_BYTES = 64 * 1024
"""Room beside a record's value for headers, key and batch overhead; trace and dead letters must exceed the inputs' limit by this much."""

LIMIT = "max.message.bytes"

KNOWN_CONFIG = frozenset(
    {
        "cleanup.policy",
        "compression.gzip.level",
        "compression.lz4.level",
        "compression.type",
        "compression.zstd.level",
        "delete.retention.ms",
        "file.delete.delay.ms",
        "flush.messages",
        "flush.ms",
        "follower.replication.throttled.replicas",
        "index.interval.bytes",
        "leader.replication.throttled.replicas",
        "local.retention.bytes",
        "local.retention.ms",
        "max.compaction.lag.ms",
        "max.message.bytes",
        "message.timestamp.after.max.ms",
        "message.timestamp.before.max.ms",
        "message.timestamp.type",
        "min.cleanable.dirty.ratio",
        "min.compaction.lag.ms",
        "min.insync.replicas",
        "preallocate",
        "remote.copy.disable",
        "remote.log.delete.on.disable",
        "remote.storage.enable",
        "retention.bytes",
        "retention.ms",
        "segment.bytes",
        "segment.index.bytes",
        "segment.jitter.ms",
        "segment.ms",
        "unclean.leader.election.enable",
    }
)
"""Topic settings of Apache Kafka 4: closed, so that a misspelt one is found without a broker."""

_DEFAULTS = "defaults.toml"

ACLS_FILE = "acls.toml"
"""Lies among the topic files and is none: who may do what, read by `screener.grants`."""

_Shape = TypeVar("_Shape", bound=Struct)


class TopicFileError(Exception):
    """A topic file cannot be used; the text names the file and key and ends with what to do."""


class TopicSpec(Struct, frozen=True, kw_only=True):
    """One topic as its file describes it, defaults and overrides applied."""

    name: str
    description: str
    kind: Kind
    key: Key
    partitions: int
    inherits: bool
    """Has the default partition count: all topics that do are co-partitioned, so their counts must be equal."""
    replication_factor: int
    owner: str
    producers: tuple[str, ...]
    consumers: tuple[str, ...]
    encoding: Encoding
    contract: tuple[type[Struct], ...]
    """Types of `screener.contracts`; several form a union told apart by their tag; empty for opaque bytes."""
    part: type[Struct] | None
    """What `SidePart.value` holds in this side log, when a contract type says so."""
    schema_version: str
    compatibility: Compatibility
    config: Mapping[str, str]
    """Kafka topic settings, values as strings."""
    examples: str | None
    """Folder of example values, relative to the topics folder."""

    @property
    def union(self) -> Any:
        """The contract as one type for a decoder: a type or a union of types. Only for topics that have a contract."""
        if not self.contract:
            raise TopicFileError(f"{self.name} holds opaque bytes and has no contract; choose a topic whose encoding is json or head")
        merged: Any = self.contract[0]
        for other in self.contract[1:]:
            merged |= other
        return merged


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of `topics/<name>.toml`."""

    description: Annotated[str, Meta(min_length=1)]
    kind: Kind
    key: Key
    partitions: PositiveCount | Literal["inherit"]
    owner: Annotated[str, Meta(min_length=1)]
    producers: Annotated[tuple[str, ...], Meta(min_length=1)]
    consumers: Annotated[tuple[str, ...], Meta(min_length=1)]
    encoding: Encoding
    contract: tuple[str, ...]
    schema_version: str
    compatibility: Compatibility
    config: dict[str, str]
    part: str | None = None
    examples: str | None = None


class _Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of `topics/defaults.toml`."""

    partitions: PositiveCount
    replication_factor: PositiveCount
    config: dict[str, str]


class _Override(Struct, frozen=True, forbid_unknown_fields=True):
    """The shape of an override file: the defaults, all optional, and `[topic."<name>"]` with settings of one topic."""

    partitions: PositiveCount | None = None
    replication_factor: PositiveCount | None = None
    config: dict[str, str] = field(default_factory=dict)
    topic: dict[str, dict[str, str]] = field(default_factory=dict)


def shipped_folder() -> Path:
    """The topics folder that came with this code: `screener/_topics` in an installed wheel, `topics/` beside the package in a checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "_topics", package.parent / "topics"):  # the wheel's first: beside it in site-packages, `topics` may be anybody's
        if (folder / _DEFAULTS).is_file():
            return folder
    raise TopicFileError(f"no topic files at {package / '_topics'} or {package.parent / 'topics'}; reinstall the package, or name their folder")


def load_topics(
    folder: Path | None = None,
    *,
    override: Path | None = None,
    partitions: int | None = None,
    replication_factor: int | None = None,
) -> tuple[TopicSpec, ...]:
    """All topics of a folder (None: the shipped one), sorted by name.

    `override` is a file in the shape of `topics/overrides/production.toml`; `partitions` and `replication_factor` replace the defaults last.
    Raises `TopicFileError` for anything missing, unknown or contradictory.
    """
    folder = shipped_folder() if folder is None else folder
    defaults = read_toml(folder / _DEFAULTS, _Defaults)
    special = _Override() if override is None else read_toml(override, _Override)
    _known_settings(folder / _DEFAULTS, defaults.config)
    chosen = _Defaults(
        partitions=partitions or special.partitions or defaults.partitions,
        replication_factor=replication_factor or special.replication_factor or defaults.replication_factor,
        config=defaults.config | special.config,
    )
    paths = [path for path in sorted(folder.glob("*.toml")) if path.name not in (_DEFAULTS, ACLS_FILE)]
    if override is not None:
        _check_override(override, special, {path.stem for path in paths})
    specs = tuple(_spec(path, chosen, special.topic.get(path.stem, {})) for path in paths)
    _check_limits(specs, folder)
    return specs


def find(specs: Sequence[TopicSpec], name: str) -> TopicSpec:
    """The topic of that name; `TopicFileError` lists the known names."""
    for spec in specs:
        if spec.name == name:
            return spec
    raise TopicFileError(f"no topic {name!r}; choose one of {', '.join(spec.name for spec in specs)}")


def read_toml(path: Path, shape: type[_Shape], keys: str = "") -> _Shape:
    """A file of `topics/`, closed: raises `TopicFileError` that names its `keys` ("": those of the shape)."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), shape)
    except OSError as error:
        raise TopicFileError(f"{path}: {error.strerror}; give a file that can be read") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TopicFileError(f"{path}: not TOML: {error}; correct the file") from error
    except msgspec.ValidationError as error:
        known = keys or ", ".join(shape.__struct_fields__)
        raise TopicFileError(f"{path}: {error}; correct the file (its keys are {known})") from error


def _spec(path: Path, defaults: _Defaults, special: Mapping[str, str]) -> TopicSpec:
    file = read_toml(path, _File)
    _known_settings(path, file.config)
    inherits = file.partitions == "inherit"
    if not inherits and file.key in ("seller_id", "brand_id", "original", "state"):
        raise TopicFileError(f'{path}: key {file.key!r} needs co-partitioning; set partitions = "inherit"')
    if (file.encoding == "bytes") == bool(file.contract):
        raise TopicFileError(
            f"{path}: encoding {file.encoding!r} does not go with contract {list(file.contract)}; opaque bytes have none, others need one"
        )
    return TopicSpec(
        name=path.stem,
        description=file.description,
        kind=file.kind,
        key=file.key,
        partitions=defaults.partitions if file.partitions == "inherit" else file.partitions,
        inherits=inherits,
        replication_factor=defaults.replication_factor,
        owner=file.owner,
        producers=file.producers,
        consumers=file.consumers,
        encoding=file.encoding,
        contract=tuple(_contract(path, name) for name in file.contract),
        part=None if file.part is None else _contract(path, file.part),
        schema_version=file.schema_version,
        compatibility=file.compatibility,
        config={**defaults.config, **file.config, **special},
        examples=file.examples,
    )


def _contract(path: Path, name: str) -> type[Struct]:
    found = getattr(contracts, name, None)
    if not (isinstance(found, type) and issubclass(found, Struct)):
        raise TopicFileError(f"{path}: contract {name!r} is no type of screener/contracts.py; name one that is")
    return found


def _known_settings(path: Path, config: Mapping[str, str]) -> None:
    if unknown := sorted(config.keys() - KNOWN_CONFIG):
        raise TopicFileError(f"{path}: {', '.join(unknown)} is no topic setting of Kafka; correct it under [config]")


def _check_override(path: Path, override: _Override, names: set[str]) -> None:
    _known_settings(path, override.config)
    if unknown := sorted(override.topic.keys() - names):
        raise TopicFileError(f'{path}: [topic."{unknown[0]}"] is no topic; choose one of {", ".join(sorted(names))}')
    for config in override.topic.values():
        _known_settings(path, config)


def _check_limits(specs: Sequence[TopicSpec], folder: Path) -> None:
    """The largest input plus its envelope must fit into what carries the original bytes on, or a big input would stop the worker."""
    for spec in specs:
        if not spec.config.get(LIMIT, "").isdigit():
            raise TopicFileError(f"{folder / spec.name}.toml: {LIMIT} is missing or no number of bytes; set it under [config]")
    needed = max((int(spec.config[LIMIT]) for spec in specs if spec.kind == "input"), default=0) + ENVELOPE_BYTES
    for spec in specs:
        carries_inputs = spec.encoding == "head" or spec.key == "original"
        if carries_inputs and int(spec.config[LIMIT]) < needed:
            raise TopicFileError(
                f"{folder / spec.name}.toml: {LIMIT} {spec.config[LIMIT]} cannot carry the largest input; "
                f"set at least {needed} (the inputs' limit and {ENVELOPE_BYTES} bytes)"
            )
