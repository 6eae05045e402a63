"""Goal: over TLS, with logins and under the rights of `topics/acls.toml` alone, everything works; without them nothing does, and the words help.

Method: an embedded broker that speaks SASL_SSL alone and permits nothing that no ACL grants. `topics apply` grants the rights; then worker, publisher
and commands run, each as its own service, with debug logs on everywhere. What must be refused is tried with plain clients. Everything that anything
printed or logged is searched for the passwords at the end.
Blind spot: client certificates against a broker (their settings: tests/core/test_connection), the system's own certificates, clusters of several
brokers, passwords that change while a worker runs, and whether each single right is needed (only that all together suffice).
"""

from __future__ import annotations

import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)

from screener import admin, topics
from screener.client.publisher import ListingPublisher, NotDelivered
from screener.connection import read_settings
from screener.embedded import BrokerSecurity, EmbeddedBroker, EmbeddedBrokerError
from screener.grants import load_grants
from screener.reader import Unreachable
from screener.runtime.contact import require_contact
from screener.runtime.exits import DO_NOT_RESTART, EngineStop
from screener.runtime.settings import Settings
from screener.topicfiles import load_topics
from tests.certificates import LOOPBACK, Authority
from tests.guarded import SECRET, SUPER, USERS, Guarded, broker_security, environment, expired
from tests.harness import Worker, command
from tests.streams import Market, write_registry

LISTINGS = 20
TIMEOUT_S = 30

PAGES = ("/metrics", "/readyz", "/livez")
STRANGE_PAGES = (
    "/", "/index.html", "/router", "/router/", "/router/t/k/", "/table", "/table/", "/tables/", "/graph", "/graph/", "/stats", "/stats/", "/assignor",
    "/assignment/", "/performance", "/performance/", "/docs", "/health", "/favicon.ico", "/readyz/x", "/metrics/x", "/..%2fetc/passwd",
)  # fmt: skip


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The broker with its topics, rights and a registry, each made by the service whose right it is."""
    folder = tmp_path_factory.mktemp("guarded")
    authority = Authority()
    (folder / "other.pem").write_text(Authority("somebody else").pem)
    with EmbeddedBroker(security=broker_security(folder, authority)) as broker:
        found = Guarded(broker.bootstrap, folder, authority)
        assert found.run(SUPER, "topics", "apply", "--partitions", "2").code == 0
        loaded = found.run("registry-operator", "registry", "load", str(write_registry(folder / "brands.jsonl")))
        assert loaded.code == 0, loaded.err
        yield found


@pytest.fixture(scope="module")
def events(guarded: Guarded) -> list[dict[str, Any]]:
    """A small market, in a file too."""
    found = list(Market(3).listings(LISTINGS))
    (guarded.folder / "market.jsonl").write_text("".join(json.dumps(event) + "\n" for event in found), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def judge(guarded: Guarded) -> Iterator[Worker]:
    """A worker with the rights of its service."""
    with guarded.worker("screener-judge", "judge") as worker:
        yield worker.start().wait_ready()


def listing(listing_id: str) -> dict[str, Any]:
    common = {"type": "published", "event_id": f"e-{listing_id}", "occurred_at": "2026-05-04T10:00:00Z", "revision": 1, "title": "a wool scarf"}
    return {**common, "listing_id": listing_id, "seller_id": f"s-{listing_id}"}


# What works.


def test_rights_are_as_the_files_say_and_applying_twice_is_harmless(guarded: Guarded) -> None:
    for words in ("plan", "apply", "check"):
        done = guarded.run("screener-admin", "topics", words, "--partitions", "2")
        assert (done.code, done.out.strip()) == (0, "all topics are as their files say" if words == "check" else "nothing differs")


def test_a_decision_comes_out(guarded: Guarded, judge: Worker) -> None:
    with ListingPublisher(guarded.bootstrap, config=guarded.config("listing-service")) as publisher:
        publisher.listen()
        publisher.publish(listing("l-scram"))
        assert publisher.wait_for_decision("l-scram", 1, TIMEOUT_S).decision == "allow"
    shown = guarded.run("screener-reader", "decisions", "show", "l-scram", "--json")
    assert [one["decision"] for one in shown.json] == ["allow"]
    assert guarded.run("screener-reader", "explain", "l-scram").code == 0
    assert guarded.run("screener-reader", "dlq", "list").code == 0
    assert guarded.run("screener-reader", "rulebook", "show").code == 0
    assert guarded.run("registry-operator", "registry", "diff", str(guarded.folder / "brands.jsonl")).code == 0
    assert guarded.run("rulebook-operator", "rulebook", "publish").code == 0


def test_the_same_with_plain_and_a_password_file(guarded: Guarded, judge: Worker, events: list[dict[str, Any]]) -> None:
    secrets = {}
    for user in ("listing-service", "screener-brand-count", "screener-reader"):
        path = guarded.folder / f"{user}.password"
        path.write_text(f"{USERS[user]}\n", encoding="utf-8")
        secrets[user] = {"sasl_mechanism": "PLAIN", "sasl_password": "", "sasl_password_file": str(path)}
    with guarded.worker("screener-brand-count", "brands", **secrets["screener-brand-count"]) as brands:
        brands.group = "brand-count"
        brands.start().wait_ready()
        published = guarded.run("listing-service", "publish", str(guarded.folder / "market.jsonl"), "--json", **secrets["listing-service"])
        assert published.json == {"published": LISTINGS}
        wait_decided(guarded, {event["listing_id"] for event in events}, **secrets["screener-reader"])
        wait_metric(brands, "screener_inputs_total")
        assert brands.terminate() == 0


def test_a_worker_logs_in_by_plain_too(guarded: Guarded, judge: Worker) -> None:
    judge.terminate()
    judge.env["SCREENER_SASL_MECHANISM"] = "PLAIN"
    judge.start().wait_ready()
    with ListingPublisher(guarded.bootstrap, config=guarded.config("listing-service", sasl_mechanism="PLAIN")) as publisher:
        publisher.listen()
        publisher.publish(listing("l-plain"))
        assert publisher.wait_for_decision("l-plain", 1, TIMEOUT_S).decision == "allow"


def test_proofs_and_replays_run_under_rights_of_their_own(guarded: Guarded, judge: Worker) -> None:
    producer = Producer(guarded.config("listing-service"))
    producer.produce(topics.LISTING, b"no event", "s-broken")
    assert producer.flush(TIMEOUT_S) == 0
    deadline = time.monotonic() + TIMEOUT_S
    while not guarded.run("screener-reader", "dlq", "list", "--json").json:
        assert time.monotonic() < deadline, judge.tail()
    for user, command_, code in (
        ("screener-reader", ("dlq", "replay", "--all"), 2),
        ("listing-service", ("dlq", "replay", "--all"), 2),
        ("screener-reader", ("verify",), 2),
        ("verify-operator", ("verify",), 0),
        ("screener-reader", ("replay", "--verify"), 2),
        ("verify-operator", ("replay", "--verify"), 0),
    ):
        done = guarded.run(user, *command_)
        assert done.code == code, (user, command_, done.out, done.err)
        assert code == 0 or "grant it in topics/acls.toml" in done.err
    replayed = guarded.run("dlq-operator", "dlq", "replay", "--all", "--json")
    assert (replayed.code, replayed.json["sent"]) == (0, 1), replayed.err


def wait_decided(guarded: Guarded, listing_ids: set[str], **more: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        shown = guarded.run("screener-reader", "decisions", "show", "--json", "--limit", "1000", **more)
        if listing_ids <= {one["listing_id"] for one in shown.json}:
            return
        assert time.monotonic() < deadline, shown.err


def wait_metric(worker: Worker, name: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not worker.metric(name):
        assert time.monotonic() < deadline, worker.tail()
        time.sleep(0.1)


# What is not permitted.

MAY_NOT_WRITE = [
    ("listing-service", topics.DECISION),
    ("listing-service", topics.SELLER),
    ("account-service", topics.LISTING),
    ("screener-judge", topics.LISTING),
    ("screener-judge", topics.REGISTRY),
    ("screener-brand-count", topics.DECISION),
    ("screener-reader", topics.LISTING),
    ("screener-reader", topics.DEAD_LETTER),
    ("registry-operator", topics.RULEBOOK),
    ("verify-operator", topics.LISTING),
    ("dlq-operator", topics.DECISION),
    ("screener-admin", topics.LISTING),
    ("search-index", topics.HOLD),
]


@pytest.mark.parametrize(("user", "topic"), MAY_NOT_WRITE)
def test_a_service_writes_nowhere_else(guarded: Guarded, user: str, topic: str) -> None:
    refused: list[KafkaError | None] = []
    producer = Producer({**guarded.config(user), "message.timeout.ms": 10_000})
    producer.produce(topic, b"{}", on_delivery=lambda error, _: refused.append(error))
    producer.flush(TIMEOUT_S)
    assert [error and error.code() for error in refused] == [KafkaError.TOPIC_AUTHORIZATION_FAILED]


MAY_NOT_READ = [
    ("listing-service", topics.DEAD_LETTER),
    ("listing-service", topics.LISTING),
    ("account-service", topics.DECISION),
    ("screener-reader", topics.LISTING),
    ("screener-reader", topics.JUDGE_CHANGELOG),
    ("dlq-operator", topics.TRACE),
    ("search-index", topics.DECISION),
    ("screener-admin", topics.DECISION),
]


@pytest.mark.parametrize(("user", "topic"), MAY_NOT_READ)
def test_a_service_reads_nothing_else(guarded: Guarded, user: str, topic: str) -> None:
    consumer = Consumer({**guarded.config(user), "group.id": "screener-reader", "auto.offset.reset": "earliest"})
    error = consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].error
    if error is None:  # it may see the topic: then it must not read
        consumer.assign([TopicPartition(topic, 0, 0)])
        deadline = time.monotonic() + TIMEOUT_S
        while (message := consumer.poll(1)) is None or (error := message.error()) is None:
            assert message is None, "it was read"
            assert time.monotonic() < deadline
    assert error is not None
    assert error.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)
    consumer.close()


def test_only_the_administrator_makes_topics_and_grants(guarded: Guarded) -> None:
    for user in ("listing-service", "screener-judge", "screener-reader"):
        client = AdminClient(guarded.config(user))
        with pytest.raises(KafkaException, match=r"(?i)authorization"):
            client.create_topics([NewTopic("planted", 1, 1)])["planted"].result(TIMEOUT_S)
        binding = acl(user, AclOperation.ALL)
        with pytest.raises(KafkaException, match=r"(?i)authorization"):
            client.create_acls([binding])[binding].result(TIMEOUT_S)


def test_who_may_not_see_rights_is_not_told_that_there_are_none(guarded: Guarded) -> None:
    with pytest.raises(admin.AdminRefused, match=r"(?i)authorization failed"):
        admin.plan_grants(load_grants(load_topics()), guarded.config("listing-service"))


def test_a_command_without_the_right_says_so(guarded: Guarded) -> None:
    for user, arguments in (
        ("listing-service", ("dlq", "list")),
        ("screener-reader", ("publish", str(guarded.folder / "market.jsonl"))),
        ("account-service", ("decisions", "show")),
    ):
        done = guarded.run(user, *arguments)
        assert done.code == 2, done.err
        assert re.search(r"error: the broker does not permit it: .*authorization failed.*; grant it in topics/acls.toml and run", done.err)


@pytest.mark.parametrize(("user", "group"), [("listing-service", "judge"), ("screener-judge", "brand-count")])
def test_a_worker_without_rights_ends_and_says_what_to_grant(guarded: Guarded, user: str, group: str) -> None:
    with guarded.worker(user, f"{user}-{group}") as worker:
        worker.group = group
        worker.start()
        assert worker.wait() == DO_NOT_RESTART
        assert re.search(r"error: the broker does not let this worker .*; grant it in topics/acls.toml", worker.tail(2_000))


# Rights that no file grants.


def acl(user: str, operation: AclOperation, permission: AclPermissionType = AclPermissionType.ALLOW) -> AclBinding:
    return AclBinding(ResourceType.TOPIC, topics.DECISION, ResourcePatternType.LITERAL, f"User:{user}", "*", operation, permission)


def test_superfluous_rights_are_reported_and_stay(guarded: Guarded) -> None:
    planted = [
        acl("listing-service", AclOperation.WRITE),
        acl("*", AclOperation.READ),
        acl("search-index", AclOperation.READ, AclPermissionType.DENY),
        acl("a-service-of-others", AclOperation.READ),
    ]
    client = AdminClient(guarded.config(SUPER))
    for future in client.create_acls(planted).values():
        future.result(TIMEOUT_S)
    try:
        for words in ("check", "apply"):
            done = guarded.run("screener-admin", "topics", words, "--partitions", "2")
            assert done.code == 1
            lines = [line.removeprefix("left  ") for line in done.out.splitlines()]
            assert [line.split(";")[0] for line in lines] == [
                "User:* may Read topic screening.decision: granted on the broker and in no file",
                "User:listing-service may Write topic screening.decision: granted on the broker and in no file",
                "User:search-index may Read topic screening.decision: denied on the broker by no file of ours",
            ]
            assert all("kafka-acls" in line for line in lines)
        listed = guarded.run("screener-admin", "topics", "check", "--partitions", "2", "--json").json["differences"]
        assert [(one["aspect"], one["applicable"], one["permission"]) for one in listed] == [
            ("extra_grant", False, "allow"),
            ("extra_grant", False, "allow"),
            ("extra_grant", False, "deny"),
        ]
    finally:
        filters = [AclBindingFilter(a.restype, a.name, a.resource_pattern_type, a.principal, a.host, a.operation, a.permission_type) for a in planted]
        for gone in client.delete_acls(filters).values():
            gone.result(TIMEOUT_S)


def test_a_missing_right_is_planned_and_granted(guarded: Guarded) -> None:
    client = AdminClient(guarded.config(SUPER))
    right = (ResourceType.TOPIC, topics.SELLER, ResourcePatternType.LITERAL, "User:account-service", "*", AclOperation.WRITE, AclPermissionType.ALLOW)
    assert len(client.delete_acls([AclBindingFilter(*right)])[AclBindingFilter(*right)].result(TIMEOUT_S)) == 1
    for words, code in (("plan", 0), ("check", 1), ("apply", 0), ("check", 0)):
        done = guarded.run("screener-admin", "topics", words, "--partitions", "2")
        assert done.code == code
        missing = "User:account-service may Write topic marketplace.seller: not granted yet" in done.out
        assert missing == (code == 1 or words in ("plan", "apply"))


# Who is refused.


def troubles(guarded: Guarded, expired_at: str) -> dict[str, tuple[dict[str, str], str]]:
    port = guarded.bootstrap.rpartition(":")[2]
    return {
        "wrong password": ({"sasl_password": "secret-of-nobody"}, "refused the login of screener-reader .*; correct SCREENER_SASL_USERNAME"),
        "wrong password by PLAIN": ({"sasl_password": "secret-of-nobody", "sasl_mechanism": "PLAIN"}, "refused the login of screener-reader"),
        "unknown user": ({"sasl_username": "nobody"}, "refused the login of nobody .*SCREENER_SASL_PASSWORD_FILE"),
        "untrusted": (
            {"ssl_ca_location": str(guarded.folder / "other.pem")},
            "(self-signed|issuer) certificate.*; name the authority that signed .* by SCREENER_SSL_CA_LOCATION",
        ),
        "another host": ({"bootstrap": f"localhost:{port}"}, "Hostname mismatch, .*'localhost'; use a name that the certificate holds"),
        "expired": ({"bootstrap": expired_at}, "certificate has expired; renew the broker's certificate"),
    }


@pytest.mark.parametrize("trouble", ["wrong password", "wrong password by PLAIN", "unknown user", "untrusted", "another host", "expired"])
def test_who_is_refused_is_told_why(guarded: Guarded, trouble: str) -> None:
    with expired(guarded.authority) as expired_at:
        more, words = troubles(guarded, expired_at)[trouble]
        for arguments in (("decisions", "show"), ("topics", "check")):
            done = guarded.run("screener-reader", *arguments, **more)
            assert done.code == 3, done.err
            assert re.search(f"^error: .*{words}", done.err)
        with environment(guarded.env("screener-reader", **more)):
            settings = read_settings(Settings)
        with pytest.raises(EngineStop, match=words) as stop:
            require_contact(settings)
        assert stop.value.code == DO_NOT_RESTART
        guarded.said.append(str(stop.value))
        config = {**settings.client(), "message.timeout.ms": 1_500}
        with pytest.raises(NotDelivered, match=words) as failed:
            deliver(settings.bootstrap, config)
        with pytest.raises(Unreachable, match=words):
            ListingPublisher(settings.bootstrap, config=config).listen()
        guarded.said.append(str(failed.value))


def deliver(bootstrap: str, config: dict[str, Any]) -> None:
    publisher = ListingPublisher(bootstrap, config=config)
    publisher.publish(listing("l-never"))
    publisher.flush(10)


def test_a_refused_worker_ends_and_is_not_to_be_restarted(guarded: Guarded) -> None:
    with guarded.worker("screener-judge", "refused", sasl_password="secret-of-nobody") as worker:
        worker.start()
        assert worker.wait() == DO_NOT_RESTART
        assert re.search("(?m)^error: the broker at .* refused the login of screener-judge", worker.log.read_text())  # librdkafka talks on after it


def test_a_client_without_tls_is_told_of_the_protocol(guarded: Guarded) -> None:
    done = guarded.run("screener-reader", "decisions", "show", security_protocol="", sasl_username="", sasl_password="", ssl_ca_location="")
    assert done.code == 3
    assert re.search("speaks TLS and this client does not .*; set SCREENER_SECURITY_PROTOCOL to SASL_SSL", done.err)


@pytest.mark.parametrize(("arguments", "code"), [(("decisions", "show"), 2), (("topics", "check"), 2), (("worker",), 78)])
def test_settings_that_do_not_go_together_end_a_command_at_once(guarded: Guarded, arguments: tuple[str, ...], code: int) -> None:
    done = guarded.run("screener-reader", *arguments, security_protocol="PLAINTEXT", ssl_ca_location="")
    assert (done.code, done.err) == (
        code,
        "error: SCREENER_SASL_USERNAME is set but SCREENER_SECURITY_PROTOCOL is PLAINTEXT, which logs in nobody; set it to SASL_SSL\n",
    )


def test_a_super_user_must_be_a_user_and_names_need_no_quotes() -> None:
    with pytest.raises(EmbeddedBrokerError, match="Add it to `users`"):
        BrokerSecurity("", {"a": "b"}, "c")
    for name, password in (("a", 'x"'), ("a b", "x"), ("a", ""), ("a", "x]")):
        with pytest.raises(EmbeddedBrokerError, match="Choose another"):
            BrokerSecurity("", {name: password}, name)


# Pages.


def page(worker: Worker, path: str) -> tuple[int, str]:
    """(status, everything that came back, headers included)."""
    address = (worker.state_dir / "http").read_text(encoding="utf-8").strip()
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, f"{answer.headers}{answer.read().decode()}"
    except urllib.error.HTTPError as error:
        return error.code, f"{error.headers}{error.read().decode()}"


def test_the_pages_are_three_and_disclose_nothing(guarded: Guarded, judge: Worker, events: list[dict[str, Any]]) -> None:
    assert guarded.run("listing-service", "publish", str(guarded.folder / "market.jsonl")).code == 0
    wait_metric(judge, "screener_inputs_total")
    ids = {event[name] for event in events for name in ("seller_id", "listing_id", "event_id")}
    names = re.compile("|".join(rf"\b{re.escape(one)}\b" for one in ids))
    for path in PAGES:
        status, text = page(judge, path)
        assert status == 200, text
        assert not names.search(text)
        assert not SECRET.search(text)
    assert {path: page(judge, path)[0] for path in STRANGE_PAGES} == dict.fromkeys(STRANGE_PAGES, 404)


def test_what_is_no_request_is_one_line_in_the_log(judge: Worker) -> None:
    host, _, port = (judge.state_dir / "http").read_text().strip().rpartition(":")
    for junk in (b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET " + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n", b"\r\n" * 50):
        with socket.create_connection((host, int(port)), timeout=TIMEOUT_S) as connection:
            connection.sendall(junk)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(TIMEOUT_S)
            with suppress(ConnectionError):
                while connection.recv(4096):
                    pass
    log = judge.log.read_text("utf-8")
    assert "refused what is no HTTP request" in log
    assert "Traceback" not in log
    assert judge.readiness()[0] == 200


def test_a_worker_listens_on_loopback_alone(judge: Worker) -> None:
    listening = [one.laddr.ip for one in psutil.Process(judge.running.pid).net_connections() if one.status == psutil.CONN_LISTEN]
    assert listening == [LOOPBACK]


# Secrets. Last, so that everything above has spoken.


def test_no_secret_was_ever_said(guarded: Guarded, judge: Worker) -> None:
    for arguments in (("--help",), ("worker", "--help"), ("topics", "apply", "--help"), ("publish", "--help")):
        shown = guarded.run("screener-reader", *arguments)
        assert shown.code == 0
    helped = command("worker", "--help", env=guarded.env("screener-judge"))
    logs = [path.read_text(encoding="utf-8", errors="replace") for path in guarded.folder.glob("*.log")]
    assert any("SASL" in log for log in logs), "librdkafka's debug log is not on"
    assert sum(map(len, logs)) > 100_000
    for text in (*guarded.said, *logs, helped.stdout, helped.stderr):
        assert not (found := SECRET.search(text)), text[max(0, found.start() - 200) : found.end() + 50]
    with environment(guarded.env("screener-judge")):
        assert not SECRET.search(repr(read_settings(Settings)))
