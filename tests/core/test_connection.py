"""Goal: one set of variables configures every client; what is incomplete or would protect nothing is refused with words, and without secrets.

Method: the environment of a test, real files and certificates; expectations by hand. That clients work with the result: tests/broker/test_security.
Blind spot: the operating system's own certificates, and what librdkafka does with settings that come through SCREENER_KAFKA.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import KafkaError

from screener import reader
from screener.connection import Connection, ConnectionSettingsError, read_settings
from screener.reader import ReadFailed, Unreachable
from screener.runtime.settings import Settings
from screener.trouble import Trouble
from tests.certificates import Authority

SECRET = "wren-7-basalt"
Say = Callable[..., Connection]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch) -> Say:
    """Reads the settings under these variables (without SCREENER_)."""

    def read(**variables: Any) -> Connection:
        for name, value in variables.items():
            monkeypatch.setenv(f"SCREENER_{name.upper()}", str(value))
        return read_settings(Connection)

    return read


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """An authority, a certificate with its (encrypted) key, another's key, a password, and files that are none of these."""
    authority = Authority()
    key, certificate = authority.signed("a client", password=SECRET)
    texts = {
        "ca": authority.pem,
        "certificate": certificate,
        "key": key,
        "other_key": authority.signed("another")[0],
        "password": f"{SECRET}\n",
        "empty": "",
        "text": "hello",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    return {path.name: path for path in tmp_path.iterdir()}


def test_without_variables_there_is_neither_login_nor_encryption(say: Say) -> None:
    assert say().client() == {"bootstrap.servers": "127.0.0.1:19092"}


def test_a_login_over_tls(say: Say, files: dict[str, Path]) -> None:
    given = {"security_protocol": "SASL_SSL", "sasl_username": "judge", "sasl_password": SECRET, "ssl_ca_location": files["ca"]}
    assert say(**given, bootstrap="b:1").client(group_id="g") == {
        "bootstrap.servers": "b:1",
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "judge",
        "sasl.password": SECRET,
        "ssl.ca.location": str(files["ca"]),
        "group.id": "g",
    }


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_password_comes_from_a_file_without_its_line_end(say: Say, tmp_path: Path, ending: str) -> None:
    path = tmp_path / "password"
    path.write_bytes(f" {SECRET} \n{ending}".encode())
    found = say(security_protocol="SASL_SSL", sasl_mechanism="PLAIN", sasl_username="judge", sasl_password_file=path)
    assert found.client()["sasl.password"] == f" {SECRET} " + ("\n" if ending else "")
    assert found.client()["sasl.mechanism"] == "PLAIN"


def test_a_certificate_of_our_own(say: Say, files: dict[str, Path]) -> None:
    own = {"ssl_certificate_location": files["certificate"], "ssl_key_location": files["key"], "ssl_key_password_file": files["password"]}
    assert say(security_protocol="SSL", **own).client() == {
        "bootstrap.servers": "127.0.0.1:19092",
        "security.protocol": "SSL",
        "ssl.certificate.location": str(files["certificate"]),
        "ssl.key.location": str(files["key"]),
        "ssl.key.password": SECRET,
    }


def test_a_worker_has_the_same_settings(say: Say) -> None:
    say(security_protocol="SASL_SSL", sasl_username="judge", sasl_password=SECRET, kafka='{"client.rack": "a"}')
    worker = read_settings(Settings, bootstrap="b:1")
    assert worker.client() == read_settings(Connection, bootstrap="b:1").client()
    assert worker.client()["client.rack"] == "a"


LOGIN = {"security_protocol": "SASL_SSL", "sasl_username": "judge", "sasl_password": SECRET}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "login without SASL": ({"sasl_username": "judge", "sasl_password": SECRET}, "SASL_USERNAME is set but .* PLAINTEXT, .*; set it to SASL_SSL"),
    "login over SSL alone": ({**LOGIN, "security_protocol": "SSL"}, "SASL_USERNAME is set but .* is SSL, .*; set it to SASL_SSL"),
    "authority without TLS": ({"ssl_ca_location": "{ca}"}, "SSL_CA_LOCATION is set but .* encrypts nothing; set it to SASL_SSL"),
    "authority over SASL_PLAINTEXT": ({**LOGIN, "security_protocol": "SASL_PLAINTEXT", "ssl_ca_location": "{ca}"}, "SSL_CA_LOCATION is set but"),
    "no name": ({"security_protocol": "SASL_SSL", "sasl_password": SECRET}, "set SCREENER_SASL_USERNAME"),
    "no password": ({"security_protocol": "SASL_SSL", "sasl_username": "judge"}, "set SCREENER_SASL_PASSWORD_FILE"),
    "empty password": ({**LOGIN, "sasl_password": ""}, "SASL_PASSWORD is empty"),
    "two passwords": ({**LOGIN, "sasl_password_file": "{password}"}, "both .*; set one"),
    "password in clear": ({**LOGIN, "security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN"}, "unencrypted; use SASL_SSL, or SCRAM"),
    "password file missing": (
        {"security_protocol": "SASL_SSL", "sasl_username": "judge", "sasl_password_file": "/nowhere"},
        "SASL_PASSWORD_FILE: /nowhere: No such file or directory; name a file",
    ),
    "password file empty": ({"security_protocol": "SASL_SSL", "sasl_username": "judge", "sasl_password_file": "{empty}"}, "is empty; write"),
    "password file binary": ({"security_protocol": "SASL_SSL", "sasl_username": "judge", "sasl_password_file": "{binary}"}, "no text in UTF-8"),
    "authority missing": ({**LOGIN, "ssl_ca_location": "/nowhere"}, "SSL_CA_LOCATION: /nowhere: No such file or directory; name a PEM file"),
    "authority a folder": ({**LOGIN, "ssl_ca_location": "/"}, "SSL_CA_LOCATION: /: Is a directory; name a PEM file"),
    "authority no certificate": ({**LOGIN, "ssl_ca_location": "{text}"}, "holds no certificate; name a PEM file"),
    "certificate without key": ({**LOGIN, "ssl_certificate_location": "{certificate}"}, "go together; set both"),
    "key without certificate": ({**LOGIN, "ssl_key_location": "{key}"}, "go together; set both"),
    "another's key": ({**LOGIN, "ssl_certificate_location": "{certificate}", "ssl_key_location": "{other_key}"}, "do not work together"),
    "key password missing": (
        {**LOGIN, "ssl_certificate_location": "{certificate}", "ssl_key_location": "{key}"},
        "set SCREENER_SSL_KEY_PASSWORD_FILE",
    ),
    "key password wrong": (
        {**LOGIN, "ssl_certificate_location": "{certificate}", "ssl_key_location": "{key}", "ssl_key_password": f"{SECRET}-not"},
        "do not work together",
    ),
    "key password without key": ({**LOGIN, "ssl_key_password": SECRET}, "set without a key"),
    "unknown protocol": ({**LOGIN, "security_protocol": "TLS"}, "SCREENER_SECURITY_PROTOCOL cannot be used: .*'SASL_SSL'; correct it"),
    "unknown mechanism": ({**LOGIN, "sasl_mechanism": "GSSAPI"}, "SCREENER_SASL_MECHANISM cannot be used: .*; correct it"),
    "password in SCREENER_KAFKA": ({"kafka": f'{{"sasl.password": "{SECRET}"}}'}, "sasl.password; say it by SCREENER_SASL_PASSWORD_FILE"),
    "protocol in SCREENER_KAFKA": ({"kafka": '{"security.protocol": "SSL"}'}, "say it by SCREENER_SECURITY_PROTOCOL"),
    "verification off": ({"kafka": '{"enable.ssl.certificate.verification": "false"}'}, "can switch off the check"),
    "SCREENER_KAFKA no JSON": ({"kafka": f"sasl.password={SECRET}"}, "write it as JSON"),
    "SCREENER_KAFKA no object": ({"kafka": f'["{SECRET}"]'}, "SCREENER_KAFKA cannot be used: .*; correct it"),
}


@pytest.mark.parametrize(("given", "words"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_go_together_is_refused(say: Say, files: dict[str, Path], given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConnectionSettingsError, match=words) as caught:
        say(**{name: value.format(**files) if value.startswith("{") and name != "kafka" else value for name, value in given.items()})
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_secret_is_in_no_text_of_the_settings(say: Say, files: dict[str, Path]) -> None:
    own = {"ssl_certificate_location": files["certificate"], "ssl_key_location": files["key"], "ssl_key_password": SECRET}
    found = say(**LOGIN, **own, kafka=f'{{"ssl.keystore.password": "{SECRET}"}}')
    worker = read_settings(Settings)
    for text in (repr(found), str(found), repr(worker), str(worker), found.model_dump_json(exclude={"kafka"})):
        assert SECRET not in text


def test_a_broker_that_answers_is_not_said_to_be_away() -> None:
    """A partition without a leader, a topic that is gone: the broker has spoken, and its words are what helps."""
    trouble, quiet = Trouble({"bootstrap.servers": "127.0.0.1:1"}), cast(Any, SimpleNamespace(poll=lambda _: None))
    spoken = reader._failure(quiet, trouble, KafkaError(KafkaError.LEADER_NOT_AVAILABLE))
    assert isinstance(spoken, ReadFailed)
    assert "LEADER_NOT_AVAILABLE" in str(spoken)
    silent = reader._failure(quiet, trouble, KafkaError(KafkaError._TRANSPORT))
    assert isinstance(silent, Unreachable)
