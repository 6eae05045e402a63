"""Generates what producers and consumers read from the contract types: one JSON Schema (2020-12) per topic and one AsyncAPI 3.0 document.

Pure except `drift` and `write`, which compare and write the files under the topics folder. Topics of opaque bytes have no schema.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from screener import contracts
from screener.topicfiles import TopicSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ASYNCAPI_VERSION = "3.0.0"
DOCUMENT_VERSION = "1.0.0"
"""Of the AsyncAPI document: its major number is the contracts' schema version, independent of the package's release."""

Json = dict[str, Any]

_FOLDER = "schemas"
_SUFFIX = ".schema.json"
_DOCUMENT = "asyncapi.yaml"

_TRACE_CONTEXT: Json = {
    "traceparent": {"type": "string", "description": "W3C trace context; carried from an input to every output it causes."},
    "tracestate": {"type": "string", "maxLength": 512, "description": "W3C trace context; carried along, unless it is longer than 512 bytes."},
}
_INPUT_HEADERS: Json = {
    **_TRACE_CONTEXT,
    "ce_id": {"type": "string", "description": "CloudEvents 1.0 (binary mode); carried on as `cause_id`."},
    "ce_source": {"type": "string", "description": "CloudEvents 1.0 (binary mode); carried on as `cause_source`."},
}
_OUTPUT_HEADERS: Json = {
    **_TRACE_CONTEXT,
    "cause_id": {"type": "string", "description": "`ce_id` of the input that caused this record."},
    "cause_source": {"type": "string", "description": "`ce_source` of the input that caused this record."},
}
_DEAD_LETTER_HEADERS: Json = {
    "screener.dlq.topic": {"type": "string", "description": "Where the input lay."},
    "screener.dlq.partition": {"type": "string", "pattern": "^[0-9]+$"},
    "screener.dlq.offset": {"type": "string", "pattern": "^[0-9]+$"},
    "screener.dlq.timestamp_ms": {"type": "string", "pattern": "^[0-9]+$", "description": "When the broker appended it, milliseconds since 1970."},
    "screener.dlq.reason": {"type": "string", "description": "Why it could not be judged: one of a few names."},
    "screener.dlq.detail": {"type": "string", "description": "The same in words, ending with what to do."},
    "screener.dlq.replayed_from": {
        "type": "string",
        "pattern": "^[0-9]+:[0-9]+$",
        "description": "Only of a letter that died again after `screener dlq replay`: the place (partition:offset) of the letter before it here.",
    },
    "screener.dlq.first_origin": {
        "type": "string",
        "description": "Only of a letter that died again: the place (topic:partition:offset) where the producer's own record lay.",
    },
}
_KEYS: Mapping[str, str] = {
    "seller_id": "The seller_id, UTF-8; partition by Java's murmur2 (librdkafka: partitioner=murmur2_random).",
    "brand_id": "The brand_id, UTF-8; partition by Java's murmur2.",
    "none": "No key.",
    "original": "The key of the input, whatever it was; the partition is the input's number.",
    "state": "The key of the processor's state; the partition is the state's number.",
}


def generate(specs: Sequence[TopicSpec]) -> dict[str, str]:
    """Every generated file: path relative to the topics folder -> text."""
    files = {schema_path(spec): json.dumps(json_schema(spec), indent=2, ensure_ascii=False) + "\n" for spec in specs if spec.contract}
    note = "# Generated from screener/contracts.py and topics/*.toml by `screener topics schemas`; do not edit.\n"
    files[_DOCUMENT] = note + "".join(f"{line}\n" for line in _yaml(asyncapi(specs), ""))
    return files


def drift(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Paths whose file differs from what was generated, is missing, or is a schema that no topic has any more."""
    differing = [path for path, text in files.items() if not (folder / path).is_file() or (folder / path).read_text(encoding="utf-8") != text]
    present = {f"{_FOLDER}/{path.name}" for path in (folder / _FOLDER).glob(f"*{_SUFFIX}")}
    return tuple(sorted([*differing, *(present - files.keys())]))


def write(folder: Path, files: Mapping[str, str], stale: Iterable[str]) -> None:
    """Write the stale paths anew; those that are generated no longer are removed."""
    for path in stale:
        if path in files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(files[path], encoding="utf-8")
        else:
            (folder / path).unlink()


def schema_path(spec: TopicSpec) -> str:
    """Where the topic's schema lies, relative to the topics folder."""
    return f"{_FOLDER}/{spec.name}{_SUFFIX}"


def json_schema(spec: TopicSpec) -> Json:
    """The schema of the topic's values (of the first line, where the encoding is `head`)."""
    types = [spec.union] if spec.part is None else [spec.union, spec.part]
    roots, definitions = msgspec.json.schema_components(types, ref_template="#/$defs/{name}")
    if spec.part is not None:
        definitions["SidePart"]["properties"]["value"] = {"$ref": f"#/$defs/{spec.part.__name__}"}
    for name, definition in definitions.items():
        _describe(name, definition)
    return {
        "$schema": DIALECT,
        "$id": f"urn:listing-screener:{spec.name}:{spec.schema_version}",
        "title": spec.name,
        "description": spec.description,
        **roots[0],
        "$defs": dict(sorted(definitions.items())),
    }


def _describe(name: str, definition: Json) -> None:
    """Docstrings into descriptions: the type's, dedented, and those under its fields (a field's own words win over its type's)."""
    definition["description"] = inspect.cleandoc(definition.get("description", ""))
    type_ = getattr(contracts, name)
    for field, words in _field_words(type_).items():
        if field in definition["properties"]:
            definition["properties"][field] = {"description": words} | {
                k: v for k, v in definition["properties"][field].items() if k != "description"
            }


@cache
def _field_words(type_: type[Struct]) -> Mapping[str, str]:
    """Field -> the docstring below it in the source, of the type and what it inherits from."""
    words = {}
    for base in (base for base in reversed(type_.__mro__) if base.__module__ == contracts.__name__):
        (class_,) = ast.parse(inspect.getsource(base)).body
        assert isinstance(class_, ast.ClassDef)
        for above, below in zip(class_.body, class_.body[1:], strict=False):
            if isinstance(above, ast.AnnAssign) and isinstance(above.target, ast.Name) and isinstance(below, ast.Expr):
                words[above.target.id] = inspect.cleandoc(str(ast.literal_eval(below.value)))
    return words


def asyncapi(specs: Sequence[TopicSpec]) -> Json:
    """The AsyncAPI document: a channel per topic, seen from the screener (it receives inputs and sends outputs)."""
    return {
        "asyncapi": ASYNCAPI_VERSION,
        "info": {
            "title": "Listing screener",
            "version": DOCUMENT_VERSION,
            "description": (
                "Judges marketplace listings before the first buyer sees them. No decision yet, or a kind of decision you do not know, means: "
                "not visible. Unknown fields are ignored; a breaking change is a new topic with the suffix .v2."
            ),
        },
        "defaultContentType": "application/json",
        "channels": {spec.name: _channel(spec) for spec in specs},
        "operations": dict(operation for spec in specs for operation in _operations(spec)),
        "components": {"messages": {f"{spec.name}.{name}": message for spec in specs for name, message in _messages(spec).items()}},
    }


def _channel(spec: TopicSpec) -> Json:
    return {
        "address": spec.name,
        "title": spec.name,
        "description": f"{spec.description} Owner: {spec.owner}. Written by: {', '.join(spec.producers)}. Read by: {', '.join(spec.consumers)}.",
        "messages": {name: {"$ref": f"#/components/messages/{spec.name}.{name}"} for name in _messages(spec)},
        "bindings": {
            "kafka": {
                "topic": spec.name,
                "partitions": spec.partitions,
                "replicas": spec.replication_factor,
                "topicConfiguration": _topic_configuration(spec.config),
                "bindingVersion": "0.5.0",
            }
        },
    }


def _topic_configuration(config: Mapping[str, str]) -> Json:
    """The settings as the binding types them: a list for cleanup.policy, numbers as numbers, others as they are."""
    typed: Json = {}
    for setting, value in sorted(config.items()):
        if setting == "cleanup.policy":
            typed[setting] = value.split(",")
        else:
            typed[setting] = int(value) if re.fullmatch(r"-?[0-9]+", value) else value
    return typed


def _operations(spec: TopicSpec) -> Iterable[tuple[str, Json]]:
    """What the screener does with the topic; between processors, and with its changelogs, it does both."""
    actions = {"input": ("receive",), "output": ("send",), "side": ("receive",), "between": ("send", "receive"), "changelog": ("send", "receive")}
    for action in actions[spec.kind]:
        yield f"{action}.{spec.name}", {"action": action, "channel": {"$ref": f"#/channels/{spec.name}"}}


def _messages(spec: TopicSpec) -> Mapping[str, Json]:
    """Name -> AsyncAPI message object, one per contract type; topics of opaque bytes have one without a schema."""
    common: Json = {"headers": _headers(spec), "bindings": {"kafka": {"key": _key(spec), "bindingVersion": "0.5.0"}}}
    if not spec.contract:
        opaque = {"type": "string", "format": "binary", "description": "Opaque bytes."}
        return {"bytes": {"name": "bytes", "contentType": "application/octet-stream", "payload": opaque, **common}}
    content = "application/json" if spec.encoding == "json" else "application/octet-stream"
    return {
        type_.__name__: {
            "name": type_.__name__,
            "summary": inspect.cleandoc(type_.__doc__ or "").splitlines()[0],
            "contentType": content,
            "payload": {"$ref": f"./{schema_path(spec)}#/$defs/{type_.__name__}"},
            **common,
        }
        for type_ in spec.contract
    }


def _key(spec: TopicSpec) -> Json:
    return {"type": "null" if spec.key == "none" else "string", "description": _KEYS[spec.key]}


def _headers(spec: TopicSpec) -> Json:
    properties: Json = {"schema": {"const": spec.schema_version, "description": "Schema version; a record without it counts as this version."}}
    match spec.kind:
        case "input":
            properties |= _INPUT_HEADERS
        case "output" | "between" if spec.encoding == "json":
            properties |= _OUTPUT_HEADERS
        case "output" if spec.key == "original":
            properties = _DEAD_LETTER_HEADERS
        case "changelog":
            properties = {}
        case _:  # trace and side logs bear the schema version alone
            pass
    return {"type": "object", "properties": properties}


_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$-]*")
_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def _yaml(value: Any, indent: str) -> Iterable[str]:
    """Lines of block-style YAML for JSON-like values; every string is a JSON string, which YAML reads as the same string."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            name = key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _YAML_WORDS else json.dumps(key)
            yield from _yaml_item(f"{indent}{name}:", item, indent)
    elif isinstance(value, list) and value:
        for item in value:
            yield from _yaml_item(f"{indent}-", item, indent)
    else:
        yield f"{indent}{json.dumps(value, ensure_ascii=False)}"


def _yaml_item(opening: str, item: Any, indent: str) -> Iterable[str]:
    if isinstance(item, dict | list) and item:
        yield opening
        yield from _yaml(item, f"{indent}  ")
    else:
        yield f"{opening} {json.dumps(item, ensure_ascii=False)}"
