"""Generated schemas and examples: files, contracts and examples say the same.

Goal: what producers read (JSON Schema, AsyncAPI, examples) is what intake enforces, today.
Method: drift against the files; every valid example passes the contract and the schema and encodes back; every invalid one is refused with the
reason in its file name, and, where the reason is one that a schema can see, by the schema too.
Blind spot: reasons that no value shows by itself (key_mismatch, unknown_schema, conflict). AsyncAPI's own meta-schema (398 kB) is not ours to ship:
the test fetches it by npm and skips where that is not to be had. Schemas treat `format: date-time` as a note, as JSON Schema does.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import orjson
import pytest
import yaml
from click.testing import CliRunner

from screener import schemas
from screener.cli.topics import topics as topics_group
from screener.cli.validate import checker, validate
from screener.codecs import canonical
from screener.topicfiles import TopicSpec, load_topics, shipped_folder

FOLDER = shipped_folder()
SPECS = {spec.name: spec for spec in load_topics()}
READABLE = [spec for spec in SPECS.values() if spec.examples]

SEEN_BY_SCHEMA = {"invalid_value", "missing_field"}
NOT_SEEN_BY_SCHEMA = {"time-without-offset"}
"""A date-time's form is `format`, a note in JSON Schema."""


def examples(kind: str) -> list[Any]:
    """Every example of a kind as a parameter (topic, path)."""
    found = [(spec.name, path) for spec in READABLE for path in sorted((FOLDER / str(spec.examples) / kind).glob("*.json"))]
    return [pytest.param(name, path, id=f"{name}/{path.stem}") for name, path in found]


def validator(spec: TopicSpec) -> jsonschema.Draft202012Validator:
    """The topic's schema as its file says."""
    schema = json.loads((FOLDER / schemas.schema_path(spec)).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_generated_files_do_not_drift() -> None:
    assert schemas.drift(FOLDER, schemas.generate(tuple(SPECS.values()))) == ()


def test_command_finds_and_mends_drift(tmp_path: Path) -> None:
    for path in FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    arguments = ["schemas", "--folder", str(tmp_path)]
    assert CliRunner().invoke(topics_group, [*arguments, "--check"]).exit_code == 1
    assert CliRunner().invoke(topics_group, arguments).exit_code == 0
    (tmp_path / "schemas" / "marketplace.seller.schema.json").write_text("{}", encoding="utf-8")
    (tmp_path / "schemas" / "marketplace.gone.schema.json").write_text("{}", encoding="utf-8")
    stale = CliRunner().invoke(topics_group, [*arguments, "--check"])
    assert stale.exit_code == 1
    assert "marketplace.seller.schema.json" in stale.output
    assert "marketplace.gone.schema.json" in stale.output
    assert CliRunner().invoke(topics_group, arguments).exit_code == 0
    assert CliRunner().invoke(topics_group, [*arguments, "--check"]).exit_code == 0
    assert not (tmp_path / "schemas" / "marketplace.gone.schema.json").exists()


def test_every_readable_topic_has_both_kinds_of_examples() -> None:
    for spec in READABLE:
        for kind in ("valid", "invalid"):
            assert list((FOLDER / str(spec.examples) / kind).glob("*.json")), f"{spec.name} has no {kind} example"


def test_every_example_folder_belongs_to_a_topic() -> None:
    assert {path.name for path in (FOLDER / "examples").iterdir()} == {spec.name for spec in READABLE}


@pytest.mark.parametrize(("name", "path"), examples("valid"))
def test_valid_example_decodes_validates_and_encodes_back(name: str, path: Path) -> None:
    spec, value = SPECS[name], path.read_bytes()
    compact = orjson.dumps(orjson.loads(value), option=orjson.OPT_SORT_KEYS)
    assert checker(spec)(compact) is None
    validator(spec).validate(orjson.loads(value))
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(spec.union)
    event = decoder.decode(value)
    assert decoder.decode(canonical(event)) == event
    if spec.kind != "input":  # what the screener writes itself leaves nothing out: byte-equal
        assert canonical(event) == compact


@pytest.mark.parametrize(("name", "path"), examples("invalid"))
def test_invalid_example_is_refused_with_the_reason_of_its_name(name: str, path: Path) -> None:
    spec, value = SPECS[name], path.read_bytes()
    what, reason = path.stem.split("--")
    value = orjson.dumps(orjson.loads(value)) if reason in SEEN_BY_SCHEMA else value
    wrong = checker(spec)(value)
    assert wrong is not None
    assert wrong.reason == reason, wrong.detail
    if reason in SEEN_BY_SCHEMA and what not in NOT_SEEN_BY_SCHEMA:
        assert not validator(spec).is_valid(orjson.loads(value))


def test_schema_carries_the_docstrings_of_types_and_fields() -> None:
    decision = schemas.json_schema(SPECS["screening.decision"])["$defs"]["Decision"]
    assert decision["description"].startswith("What the screener decided about one revision of a listing")
    assert "Estimated probability" in decision["properties"]["risk"]["description"]


def test_asyncapi_reads_back_as_what_was_meant_and_its_references_resolve() -> None:
    document = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))
    assert document == schemas.asyncapi(tuple(SPECS.values()))
    assert document["asyncapi"] == "3.0.0"
    assert set(document["channels"]) == set(SPECS)
    references = list(_references(document))
    assert len(references) > len(SPECS)
    for reference in references:
        assert isinstance(_resolved(document, reference), dict), reference


def _resolved(document: Any, reference: str) -> Any:
    """What a reference of the AsyncAPI document points at: in itself, or in a schema file beside it."""
    file, _, pointer = reference.partition("#/")
    target = json.loads((FOLDER / file).read_text(encoding="utf-8")) if file else document
    for step in pointer.split("/"):
        target = target[step.replace("~1", "/").replace("~0", "~")]
    return target


def _asyncapi() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))
    return document


def test_asyncapi_has_an_operation_for_every_channel_and_a_message_in_every_channel() -> None:
    document = _asyncapi()
    assert set(document) == {"asyncapi", "info", "defaultContentType", "channels", "operations", "components"}
    used = {operation["channel"]["$ref"].removeprefix("#/channels/") for operation in document["operations"].values()}
    assert used == set(document["channels"])
    assert {operation["action"] for operation in document["operations"].values()} <= {"send", "receive"}
    carried = {reference["$ref"] for channel in document["channels"].values() for reference in channel["messages"].values()}
    assert carried == {f"#/components/messages/{name}" for name in document["components"]["messages"]}
    for name, channel in document["channels"].items():
        assert channel["address"] == channel["bindings"]["kafka"]["topic"] == name
        assert channel["messages"], f"{name} carries nothing"


def test_asyncapi_payloads_are_files_whose_schema_takes_the_shipped_examples() -> None:
    document, checked = _asyncapi(), 0
    for name, channel in document["channels"].items():
        payloads = [_resolved(document, reference["$ref"])["payload"] for reference in channel["messages"].values()]
        if not SPECS[name].contract:
            assert payloads == [{"type": "string", "format": "binary", "description": "Opaque bytes."}]
            continue
        schemas_ = [_payload_schema(payload["$ref"]) for payload in payloads]
        for path in sorted((FOLDER / str(SPECS[name].examples) / "valid").glob("*.json")):
            value, checked = orjson.loads(path.read_bytes()), checked + 1
            assert sum(schema.is_valid(value) for schema in schemas_) == 1, f"{path}: a message is of exactly one kind"
    assert checked >= len(READABLE)


META_SCHEMA = "@asyncapi/specs@6.11.1"
FETCH_S = 30


@pytest.fixture(scope="module")
def meta_schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """AsyncAPI 3.0.0's own JSON Schema."""
    folder, npm = tmp_path_factory.mktemp("asyncapi"), shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not here: AsyncAPI's meta-schema cannot be fetched")
    fetch = [npm, "pack", "--silent", "--fetch-retries=0", f"--cache={folder / 'cache'}", META_SCHEMA]
    try:
        done = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, check=False, timeout=FETCH_S)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm does not answer within {FETCH_S} s: AsyncAPI's meta-schema cannot be fetched")
    if done.returncode != 0:
        pytest.skip(f"npm cannot fetch {META_SCHEMA}: {done.stderr[-200:]}")
    with tarfile.open(folder / done.stdout.strip().splitlines()[-1]) as package:
        found = package.extractfile("package/schemas/3.0.0.json")
        assert found is not None
        schema: dict[str, Any] = orjson.loads(found.read())
    return schema


def test_asyncapi_is_valid_by_its_own_meta_schema(meta_schema: dict[str, Any]) -> None:
    validator, document = jsonschema.validators.validator_for(meta_schema)(meta_schema), _asyncapi()
    assert [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)] == []
    next(iter(document["operations"].values()))["action"] = "recieve"
    assert not validator.is_valid(document), "it takes anything"


def _payload_schema(reference: str) -> jsonschema.Draft202012Validator:
    """One definition of a schema file, with the file around it for its own references."""
    file, _, pointer = reference.partition("#")
    whole = json.loads((FOLDER / file).read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator({"$schema": whole["$schema"], "$defs": whole["$defs"], "$ref": f"#{pointer}"})


def _references(value: Any) -> Any:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _lines(name: str, *kinds: str) -> bytes:
    """The examples of a topic as JSON lines."""
    paths = [path for kind in kinds for path in sorted((FOLDER / "examples" / name / kind).glob("*.json"))]
    return b"".join(orjson.dumps(orjson.loads(path.read_bytes())) + b"\n" for path in paths)


def test_validate_takes_files_gzip_and_stdin(tmp_path: Path) -> None:
    good = _lines("marketplace.listing", "valid")
    (tmp_path / "plain.jsonl").write_bytes(good)
    (tmp_path / "packed").write_bytes(gzip.compress(good))
    for arguments, stdin in (([str(tmp_path / "plain.jsonl")], b""), ([str(tmp_path / "packed")], b""), (["-"], good), (["-"], gzip.compress(good))):
        result = CliRunner().invoke(validate, arguments, input=stdin)
        assert (result.exit_code, result.output) == (0, f"{len(good.splitlines())} checked against marketplace.listing, 0 invalid\n")


def test_validate_prints_line_reason_and_detail() -> None:
    lines = _lines("marketplace.seller", "valid") + b"\n" + b'{"type":"closed"}\n{"type"\n'
    result = CliRunner().invoke(validate, ["-", "--topic", "marketplace.seller"], input=lines)
    assert result.exit_code == 1
    assert "line 4: missing_field: " in result.stdout
    assert "line 5: not_json: " in result.stdout
    assert "4 checked against marketplace.seller, 2 invalid" in result.stderr
    as_json = CliRunner().invoke(validate, ["-", "--topic", "marketplace.seller", "--json"], input=lines)
    printed = [json.loads(line) for line in as_json.stdout.splitlines()]
    assert [entry["line"] for entry in printed[:-1]] == [4, 5]
    assert printed[-1] == {"topic": "marketplace.seller", "checked": 4, "invalid": 2}


def test_validate_refuses_what_would_not_fit_the_topic() -> None:
    wrong = checker(SPECS["marketplace.listing"])(b'{"a":"' + b"x" * 1_114_112 + b'"}')
    assert wrong is not None
    assert wrong.reason == "too_large"


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "words"),
    [
        (["-", "--topic", "marketplace.listings"], b"{}", 2, "choose one of"),
        (["-", "--topic", "screening.dlq"], b"{}", 2, "opaque bytes"),
        (["/nowhere/at/all.jsonl"], b"", 2, "give a file that can be read"),
        (["-"], b"\n\n", 1, "holds no event"),
        (["-"], b"\x1f\x8b\x08\x00cut off", 2, "write the file again"),
    ],
)
def test_validate_says_what_to_do(arguments: list[str], stdin: bytes, code: int, words: str) -> None:
    result = CliRunner().invoke(validate, arguments, input=stdin)
    assert result.exit_code == code
    assert "error: " in result.stderr
    assert words in result.stderr
