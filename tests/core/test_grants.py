"""Goal: `topics/acls.toml` gives each service what it needs and nothing more, and a mistake in it is an error with words, not a wrong right.

Method: the shipped file against the processors' own lists and by hand for one service of each kind; planted mistakes. Blind spot: whether Kafka asks
for exactly these rights: tests/broker/test_security runs the services under them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from screener import topics
from screener.catalog import JUDGE, PROCESSORS
from screener.cli.dlq_replay import INPUTS
from screener.client.replay import TRANSACTIONAL_ID
from screener.grants import Grant, load_grants
from screener.topicfiles import TopicFileError, load_topics, shipped_folder
from screener.verify.partition import EFFECTS

SPECS = load_topics()
GRANTS = load_grants(SPECS)
FILE = (shipped_folder() / "acls.toml").read_text(encoding="utf-8")


def granted(service: str, resource: str, operation: str) -> set[str]:
    return {one.name for one in GRANTS if (one.principal, one.resource, one.operation) == (f"User:{service}", resource, operation)}


@pytest.mark.parametrize("processor", PROCESSORS.values(), ids=PROCESSORS)
def test_a_worker_reads_and_writes_what_its_processor_names(processor: object) -> None:
    one = PROCESSORS[getattr(processor, "name")]  # noqa: B009
    between = {spec.name for spec in SPECS if spec.kind == "between" and f"screener {one.name}" in spec.producers}
    own = {one.changelog, *([one.trace] if one.trace else [])}
    assert granted(f"screener-{one.name}", "topic", "Read") == {*one.inputs, *one.sides, *own}
    assert granted(f"screener-{one.name}", "topic", "Write") == {*one.outputs, *between, *own}


def test_a_producer_writes_its_topic_and_reads_what_was_decided() -> None:
    assert granted("listing-service", "topic", "Write") == {topics.LISTING}
    assert granted("listing-service", "topic", "Read") == {topics.DECISION, topics.HOLD, topics.BLOCK}
    assert [one for one in GRANTS if one.principal == "User:account-service"] == [
        Grant("User:account-service", "topic", topics.SELLER, "literal", "Write")
    ]


def test_every_output_of_the_judge_has_one_writer() -> None:
    for topic in (topics.DECISION, topics.HOLD, topics.BLOCK, topics.TRACE, topics.JUDGE_CHANGELOG):
        assert {one.principal for one in GRANTS if (one.name, one.operation) == (topic, "Write")} == {"User:screener-judge"}
    for topic in (topics.REGISTRY, topics.RULEBOOK, topics.EVIDENCE):
        assert len({one.principal for one in GRANTS if (one.name, one.operation) == (topic, "Write")}) == 1


def test_dead_letters_go_back_to_every_input_and_nowhere_else() -> None:
    assert granted("dlq-operator", "topic", "Write") == {*INPUTS, topics.DEAD_LETTER_REPLAY}
    assert granted("dlq-operator", "topic", "Read") == {topics.DEAD_LETTER, topics.DEAD_LETTER_REPLAY}
    assert granted("dlq-operator", "transactional_id", "Write") == {TRANSACTIONAL_ID}
    assert {one.principal for one in GRANTS if one.name == TRANSACTIONAL_ID} == {"User:dlq-operator"}


def test_verify_reads_what_it_compares_and_moves_no_group() -> None:
    assert granted("verify-operator", "topic", "Read") == {*JUDGE.inputs, *EFFECTS, topics.TRACE, topics.JUDGE_CHANGELOG, *JUDGE.sides}
    assert granted("verify-operator", "group", "Read") == {"screener-reader"}
    assert granted("verify-operator", "group", "Describe") == {"screener-judge"}
    assert not granted("verify-operator", "topic", "Write")


def test_what_may_be_looked_at_is_only_described() -> None:
    looked_at = [one for one in GRANTS if one.resource == "topic" and one.pattern == "prefixed"]
    assert {(one.principal, one.operation) for one in looked_at} == {("User:screener-admin", "Describe")}
    assert {one.principal for one in GRANTS if (one.resource, one.operation) == ("group", "Describe")} == {
        "User:screener-admin",
        "User:verify-operator",
    }


def test_only_the_administrator_has_rights_on_the_cluster_and_none_on_records() -> None:
    assert {one.principal for one in GRANTS if one.resource == "cluster"} == {"User:screener-admin"}
    assert not granted("screener-admin", "topic", "Read") | granted("screener-admin", "topic", "Write")


def test_nothing_is_granted_by_a_wildcard() -> None:
    assert not [one for one in GRANTS if one.name == "*" or one.principal == "User:*"]
    assert {one.name for one in GRANTS if one.resource == "topic" and one.pattern == "literal"} == {spec.name for spec in SPECS}


def test_no_service_takes_part_in_the_workers_groups_but_the_worker() -> None:
    for one in GRANTS:
        if one.resource == "group" and one.pattern == "prefixed":
            assert not any(f"screener-{name}".startswith(one.name) for name in PROCESSORS), one
        if one.resource == "transactional_id" and "judge" in one.name:
            assert one.principal == "User:screener-judge"


def planted(tmp_path: Path, text: str) -> tuple[Grant, ...]:
    path = tmp_path / "acls.toml"
    path.write_text(text, encoding="utf-8")
    return load_grants(SPECS, path)


def test_the_application_is_the_prefix_of_the_workers_names(tmp_path: Path) -> None:
    found = planted(tmp_path, FILE.replace('application = "screener"', 'application = "other"'))
    assert Grant("User:screener-judge", "group", "other-judge", "literal", "Read") in found
    assert Grant("User:screener-judge", "transactional_id", "other-judge-", "prefixed", "Write") in found


def test_a_principal_may_be_a_certificates_name(tmp_path: Path) -> None:
    found = planted(tmp_path, FILE.replace('roles = ["account service"]', 'roles = ["account service"]\nprincipal = "User:CN=account"'))
    assert Grant("User:CN=account", "topic", topics.SELLER, "literal", "Write") in found


MISTAKES: dict[str, tuple[str, str, str]] = {
    "unknown role": (
        '["account service"]',
        '["acount service"]',
        r"\[service.account-service\]: no topic file names 'acount service'; choose one of",
    ),
    "role of two": ('["order service"]', '["order service", "account service"]', "'account service' is a role of .*; leave it with one"),
    "role of nobody": ('roles = ["order service"]', "", "marketplace.transaction names 'order service', which is no service's role; add it"),
    "unknown topic": ('"screening.hold" = ["Read"]', '"screening.holds" = ["Read"]', "no topic 'screening.holds'; choose"),
    "unknown operation": ('"screening.hold" = ["Read"]', '"screening.hold" = ["read"]', "no operation 'read'; choose one of Read, Write"),
    "cluster operation unknown": ('cluster = ["Create"', 'cluster = ["Everything"', "no operation 'Everything'; choose one of Create"),
    "unknown key": ("group_prefixes", "group_prefix", "unknown field `group_prefix`.*; correct the file"),
    "another placeholder": ("{application}-judge-restore", "{app}-judge-restore", r"holds a brace; only \{application\} is replaced"),
    "not TOML": ("[service.screener-judge]", "[service.screener-judge", "not TOML"),
    "no principal": ('roles = ["account service"]', 'roles = ["account service"]\nprincipal = "account"', "correct the file"),
}


@pytest.mark.parametrize(("old", "new", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_an_error_that_says_what_to_do(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in FILE
    with pytest.raises(TopicFileError, match=words):
        planted(tmp_path, FILE.replace(old, new))


@pytest.mark.parametrize("name", ["*", "", "a b", "a*"])
def test_a_group_is_named_and_no_wildcard(tmp_path: Path, name: str) -> None:
    with pytest.raises(TopicFileError, match="correct the file"):
        planted(tmp_path, FILE.replace('"{application}-side"', f'"{name}"'))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(TopicFileError, match="No such file or directory; give a file"):
        load_grants(SPECS, tmp_path / "acls.toml")
