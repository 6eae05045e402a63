"""Topic files: the loader is closed, and what it loads is the design's.

Goal: a typing mistake in a topic file, a missing file or a contradiction is found without a broker, in words that name file and key.
Method: first prove that an unknown key is refused; then break one thing at a time in a copy of the shipped folder; then hold the shipped files
against `screener/topics.py`, the contracts and the co-partitioning rule.
Blind spot: whether a broker takes the settings (tests/broker/test_topics.py), and whether the retention times are wise.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from screener import topicfiles, topics
from screener.topicfiles import ENVELOPE_BYTES, LIMIT, TopicFileError, TopicSpec, find, load_topics, shipped_folder

NAMES = {value for name, value in vars(topics).items() if name.isupper()}
MEBIBYTE = 1024 * 1024


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped folder, to break."""
    return Path(shutil.copytree(shipped_folder(), tmp_path / "topics"))


@pytest.fixture(scope="module")
def specs() -> tuple[TopicSpec, ...]:
    """The shipped topics."""
    return load_topics()


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text that must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_unknown_key_is_refused_naming_file_and_key(folder: Path) -> None:
    edit(folder / "marketplace.seller.toml", "owner = ", 'onwer = "x"\nowner = ')
    with pytest.raises(TopicFileError, match=r"marketplace\.seller\.toml.*unknown field `onwer`.*correct the file"):
        load_topics(folder)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("defaults.toml", "partitions = 8", "partition = 8", "defaults.toml.*partition"),
        ("defaults.toml", "partitions = 8", "partitions = 0", "defaults.toml.*partitions"),
        ("marketplace.seller.toml", 'owner = "seller platform"', "", "missing required field `owner`"),
        ("marketplace.seller.toml", '"retention.ms"', '"retention.mss"', r"marketplace\.seller\.toml: retention\.mss is no topic setting"),
        ("marketplace.seller.toml", '"1209600000"', "1209600000", r"Expected `str`"),
        ("marketplace.seller.toml", '["SellerEvent"]', '["SellerEvnt"]', "contract 'SellerEvnt' is no type"),
        ("marketplace.seller.toml", '["SellerEvent"]', '["SCHEMA_VERSION"]', "contract 'SCHEMA_VERSION' is no type"),
        ("marketplace.seller.toml", '["SellerEvent"]', "[]", "does not go with contract"),
        ("marketplace.seller.toml", 'partitions = "inherit"', "partitions = 4", "needs co-partitioning"),
        ("marketplace.seller.toml", 'partitions = "inherit"', "partitions = inherit", "not TOML"),
        ("marketplace.seller.toml", 'kind = "input"', 'kind = "inputs"', "kind"),
        ("marketplace.seller.toml", '"1114112"', '"1 MiB"', "no number of bytes"),
        ("screening.trace.toml", '"2162688"', '"1114112"', r"screening\.trace\.toml.*cannot carry the largest input.*set at least 1179648"),
        ("screening.dlq.toml", '"2162688"', '"1179647"', r"screening\.dlq\.toml.*cannot carry the largest input"),
    ],
)
def test_mistakes_are_refused(folder: Path, file: str, old: str, new: str, words: str) -> None:
    edit(folder / file, old, new)
    with pytest.raises(TopicFileError, match=words):
        load_topics(folder)


def test_smallest_sufficient_limit_is_taken(folder: Path) -> None:
    edit(folder / "screening.dlq.toml", '"2162688"', '"1179648"')
    assert find(load_topics(folder), topics.DEAD_LETTER).config[LIMIT] == "1179648"


def test_folder_without_defaults_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TopicFileError, match=r"defaults\.toml"):
        load_topics(tmp_path)


def test_installed_wheel_reads_its_own_folder_not_the_one_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(shipped_folder(), tmp_path / "topics")
    monkeypatch.setattr(topicfiles, "__file__", str(tmp_path / "screener" / "topicfiles.py"))
    assert shipped_folder() == tmp_path / "topics"
    shutil.copytree(tmp_path / "topics", tmp_path / "screener" / "_topics")
    assert shipped_folder() == tmp_path / "screener" / "_topics"
    shutil.rmtree(tmp_path / "topics")
    shutil.rmtree(tmp_path / "screener")
    with pytest.raises(TopicFileError, match="reinstall the package"):
        shipped_folder()


def test_larger_inputs_by_override_need_larger_dead_letters(folder: Path, tmp_path: Path) -> None:
    override = tmp_path / "site.toml"
    override.write_text('[topic."marketplace.listing"]\n"max.message.bytes" = "2162688"\n')
    with pytest.raises(TopicFileError, match=r"screening\.dlq\.toml.*set at least 2228224"):
        load_topics(folder, override=override)


def test_every_topic_of_the_code_has_a_file_and_no_other(specs: tuple[TopicSpec, ...]) -> None:
    assert {spec.name for spec in specs} == NAMES


def test_keyed_topics_share_one_partition_count_and_those_without_keys_have_one(specs: tuple[TopicSpec, ...]) -> None:
    assert {spec.partitions for spec in specs if spec.key != "none"} == {8}
    assert {spec.name: spec.partitions for spec in specs if spec.key == "none"} == {
        topics.REGISTRY: 1,
        topics.RULEBOOK: 1,
        topics.EVIDENCE: 1,
        topics.DEAD_LETTER_REPLAY: 1,
    }
    assert all(spec.replication_factor == 1 for spec in specs)


def test_keys_are_fields_of_every_type_of_the_contract(specs: tuple[TopicSpec, ...]) -> None:
    for spec in specs:
        for type_ in spec.contract:
            assert spec.key == "none" or spec.key in type_.__struct_fields__, spec.name


def test_limits_and_times_are_the_designs(specs: tuple[TopicSpec, ...]) -> None:
    for spec in specs:
        if spec.kind == "input":
            assert int(spec.config[LIMIT]) == MEBIBYTE + ENVELOPE_BYTES
            assert spec.config["message.timestamp.type"] == "LogAppendTime"
        if spec.kind == "side":
            assert (spec.config["cleanup.policy"], spec.config["retention.ms"]) == ("delete", "-1")
        if spec.kind == "changelog":
            assert (spec.config["cleanup.policy"], spec.config["delete.retention.ms"]) == ("compact", str(24 * 60 * 60 * 1000))
    for name in (topics.TRACE, topics.DEAD_LETTER):
        assert int(find(specs, name).config[LIMIT]) == 2 * MEBIBYTE + ENVELOPE_BYTES


def test_options_replace_the_override_that_replaces_the_defaults(folder: Path, tmp_path: Path) -> None:
    override = tmp_path / "site.toml"
    override.write_text('partitions = 12\n[config]\n"min.insync.replicas" = "2"\n[topic."screening.trace"]\n"retention.ms" = "-1"\n')
    loaded = load_topics(folder, override=override, replication_factor=2)
    assert (find(loaded, topics.LISTING).partitions, find(loaded, topics.REGISTRY).partitions) == (12, 1)
    assert find(loaded, topics.LISTING).replication_factor == 2
    assert find(loaded, topics.LISTING).config["min.insync.replicas"] == "2"
    assert (find(loaded, topics.TRACE).config["retention.ms"], find(loaded, topics.DECISION).config["retention.ms"]) == ("-1", "34560000000")
    assert find(load_topics(folder, override=override, partitions=3), topics.LISTING).partitions == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("replicas = 3", "unknown field `replicas`"),
        ('[topic."screening.tracee"]\n"retention.ms" = "-1"', r"screening\.tracee.*choose one of"),
        ('[topic."screening.trace"]\n"retention" = "-1"', "retention is no topic setting"),
        ('[config]\n"min.insync" = "2"', "min.insync is no topic setting"),
    ],
)
def test_override_files_are_closed_too(folder: Path, tmp_path: Path, text: str, words: str) -> None:
    override = tmp_path / "site.toml"
    override.write_text(text)
    with pytest.raises(TopicFileError, match=words):
        load_topics(folder, override=override)


def test_shipped_production_override_loads(folder: Path) -> None:
    loaded = load_topics(folder, override=folder / "overrides" / "production.toml")
    assert {(spec.replication_factor, spec.config["min.insync.replicas"]) for spec in loaded} == {(3, "2")}


def test_unknown_name_lists_the_known_ones(specs: tuple[TopicSpec, ...]) -> None:
    with pytest.raises(TopicFileError, match=r"no topic 'marketplace\.listings'; choose one of .*marketplace\.listing"):
        find(specs, "marketplace.listings")


def test_example_folders_exist_for_every_readable_topic(specs: tuple[TopicSpec, ...]) -> None:
    for spec in specs:
        assert (spec.examples is None) == (spec.encoding == "bytes"), spec.name
        assert spec.examples is None or (shipped_folder() / spec.examples / "valid").is_dir(), spec.name
