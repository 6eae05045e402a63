"""How every client of the product reaches Kafka: one set of `SCREENER_*` variables for workers, commands and producers, checked before it is used.

TLS and SASL have variables of their own; `SCREENER_KAFKA` takes librdkafka's remaining settings. A combination that would protect nothing, or a file
that is missing, is an error here and not a client that tries for ever. Secrets are `SecretStr` until they are handed to librdkafka.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableVariable

PREFIX = "SCREENER_"

DEFAULT_BOOTSTRAP = "127.0.0.1:19092"
"""Where the embedded broker listens by default; not Kafka's own 9092, which a developer's other broker may hold."""

_OWN_VARIABLES = {
    "bootstrap.servers": "bootstrap",
    "metadata.broker.list": "bootstrap",
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.mechanisms": "sasl_mechanism",
    "sasl.username": "sasl_username",
    "sasl.password": "sasl_password_file",
    "ssl.ca.location": "ssl_ca_location",
    "ssl.certificate.location": "ssl_certificate_location",
    "ssl.key.location": "ssl_key_location",
    "ssl.key.password": "ssl_key_password_file",
}
"""librdkafka settings that `SCREENER_KAFKA` may not carry, with the setting that does: two places for one thing would hide which one counts."""

_UNSAFE = frozenset({"enable.ssl.certificate.verification", "ssl.endpoint.identification.algorithm"})
"""librdkafka settings that can switch off the check of who answers; a broker's certificate can be made right instead."""

_SASL_ONLY = ("sasl_mechanism", "sasl_username", "sasl_password", "sasl_password_file")
_SSL_ONLY = (
    "ssl_ca_location",
    "ssl_certificate_location",
    "ssl_key_location",
    "ssl_key_password",
    "ssl_key_password_file",
)


class ConnectionSettingsError(Exception):
    """Settings of the connection cannot be used; the text names the variable and ends with what to do. It never holds a value that may be secret."""


class Connection(BaseSettings):
    """Where the brokers are, who we are to them, and how we know that it is they who answer."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, hide_input_in_errors=True)

    bootstrap: str = DEFAULT_BOOTSTRAP
    """Kafka bootstrap servers, comma separated."""
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] | None = None
    """None: SCRAM-SHA-512 where SASL is used; the password itself then never leaves this process."""
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    sasl_password_file: Path | None = None
    """A file that holds the password and at most one line end after it: unlike a variable it does not show in the process's environment."""
    ssl_ca_location: Path | None = None
    """Certificates (PEM) of the authorities that may vouch for brokers; None: those of the operating system."""
    ssl_certificate_location: Path | None = None
    """Our own certificate (PEM), where brokers ask for one."""
    ssl_key_location: Path | None = None
    ssl_key_password: SecretStr | None = None
    ssl_key_password_file: Path | None = None
    kafka: dict[str, str] = Field(default_factory=dict, repr=False)
    """Further librdkafka settings for every client: `SCREENER_KAFKA='{"client.rack": "a"}'`."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse what is incomplete or would protect nothing; ValueError with what to do."""
        for wrong in self._wrong():
            raise ValueError(wrong)
        return self

    def client(self, **more: Any) -> dict[str, Any]:
        """A librdkafka configuration: where, how, and `more` (underscores stand for dots). Holds secrets in clear: never log it."""
        return {
            "bootstrap.servers": self.bootstrap,
            **self._security(),
            **self.kafka,
            **{name.replace("_", "."): value for name, value in more.items()},
        }

    def _security(self) -> dict[str, str]:
        found: dict[str, str] = {"security.protocol": self.security_protocol} if self.security_protocol != "PLAINTEXT" else {}
        if self._has_sasl:
            found["sasl.mechanism"] = self.sasl_mechanism or "SCRAM-SHA-512"
            found["sasl.username"] = self.sasl_username or ""
            found["sasl.password"] = _secret(self.sasl_password, self.sasl_password_file) or ""
        if self._has_ssl:
            for name, path in (("ca", self.ssl_ca_location), ("certificate", self.ssl_certificate_location), ("key", self.ssl_key_location)):
                if path is not None:
                    found[f"ssl.{name}.location"] = str(path)
            if password := _secret(self.ssl_key_password, self.ssl_key_password_file):
                found["ssl.key.password"] = password
        return found

    @property
    def _has_sasl(self) -> bool:
        return self.security_protocol.startswith("SASL_")

    @property
    def _has_ssl(self) -> bool:
        return self.security_protocol.endswith("SSL")

    def _wrong(self) -> Iterator[str]:
        """What is wrong, the first thing first."""
        for name in self.kafka:
            if (own := _OWN_VARIABLES.get(name)) is not None:
                yield f"{PREFIX}KAFKA holds {name}; say it by {_variable(own)}"
            if name in _UNSAFE:
                yield f"{PREFIX}KAFKA holds {name}, which can switch off the check of certificates; trust the broker's by {PREFIX}SSL_CA_LOCATION"
        if not self._has_sasl and (given := self._given(_SASL_ONLY)):
            yield f"{_variable(given)} is set but {PREFIX}SECURITY_PROTOCOL is {self.security_protocol}, which logs in nobody; set it to SASL_SSL"
        if not self._has_ssl and (given := self._given(_SSL_ONLY)):
            yield f"{_variable(given)} is set but {PREFIX}SECURITY_PROTOCOL is {self.security_protocol}, which encrypts nothing; set it to SASL_SSL"
        if self._has_sasl:
            yield from self._wrong_sasl()
        if self._has_ssl:
            yield from self._wrong_ssl()

    def _wrong_sasl(self) -> Iterator[str]:
        if not self.sasl_username:
            yield f"{PREFIX}SECURITY_PROTOCOL is {self.security_protocol} without a name to log in by; set {PREFIX}SASL_USERNAME"
        if self.sasl_mechanism == "PLAIN" and not self._has_ssl:
            yield f"{PREFIX}SASL_MECHANISM PLAIN over SASL_PLAINTEXT would send the password unencrypted; use SASL_SSL, or SCRAM-SHA-512"
        yield from _wrong_secret("sasl_password", self.sasl_password, self.sasl_password_file)
        if self.sasl_password is None and self.sasl_password_file is None:
            yield f"{PREFIX}SASL_USERNAME has no password; set {PREFIX}SASL_PASSWORD_FILE (or {PREFIX}SASL_PASSWORD)"

    def _wrong_ssl(self) -> Iterator[str]:
        yield from _wrong_secret("ssl_key_password", self.ssl_key_password, self.ssl_key_password_file)
        for name in ("ssl_ca_location", "ssl_certificate_location", "ssl_key_location"):
            path = getattr(self, name)
            if path is not None and (trouble := _unreadable(path)):
                yield f"{_variable(name)}: {path}: {trouble}; name a PEM file that can be read"
        if (self.ssl_certificate_location is None) != (self.ssl_key_location is None):
            yield f"{PREFIX}SSL_CERTIFICATE_LOCATION and {PREFIX}SSL_KEY_LOCATION go together; set both, or neither"
        if self.ssl_key_location is None and (given := self._given(("ssl_key_password", "ssl_key_password_file"))):
            yield f"{_variable(given)} is set without a key; set {PREFIX}SSL_KEY_LOCATION"
        yield from self._wrong_pem()

    def _wrong_pem(self) -> Iterator[str]:
        """Read the files as the TLS library will: librdkafka's own words about them name no variable."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if self.ssl_ca_location is not None:
            try:
                context.load_verify_locations(self.ssl_ca_location)
            except (ssl.SSLError, OSError):
                yield f"{PREFIX}SSL_CA_LOCATION: {self.ssl_ca_location} holds no certificate; name a PEM file of the authority's certificates"
        if self.ssl_certificate_location is not None and self.ssl_key_location is not None:
            password = _secret(self.ssl_key_password, self.ssl_key_password_file) or ""  # never None: that would ask on the terminal
            try:
                context.load_cert_chain(self.ssl_certificate_location, self.ssl_key_location, password)
            except (ssl.SSLError, OSError, ValueError):
                yield (
                    f"{PREFIX}SSL_CERTIFICATE_LOCATION and {PREFIX}SSL_KEY_LOCATION do not work together: the key is another certificate's, a file "
                    f"is no PEM, or the key's password is wrong; correct them, or set {PREFIX}SSL_KEY_PASSWORD_FILE"
                )

    def _given(self, names: tuple[str, ...]) -> str:
        """The first of the settings that is set, empty if none is."""
        return next((name for name in names if getattr(self, name) is not None), "")


_S = TypeVar("_S", bound=Connection)


def read_settings(kind: type[_S], **given: Any) -> _S:
    """The settings from the environment, `given` before it. Raises `ConnectionSettingsError`; no value of a variable is in its text or its causes."""
    try:
        return kind(**given)
    except ValidationError as error:
        raise ConnectionSettingsError(_words(error)) from None  # the cause could be printed with what was read
    except UnreadableVariable:  # of all settings only this one is a variable of several values
        raise ConnectionSettingsError(f'{PREFIX}KAFKA is no JSON object; write it as JSON, for example \'{{"client.rack": "a"}}\'') from None


def _words(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_context=False, include_url=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    text = message[:1].lower() + message[1:]
    name = _variable("__".join(str(part) for part in first["loc"]))
    return f"{name} cannot be used: {text}; correct it, screener/connection.py and screener/runtime/settings.py say what each setting means"


def _variable(setting: str) -> str:
    return f"{PREFIX}{setting.upper()}"


def _wrong_secret(name: str, secret: SecretStr | None, file: Path | None) -> Iterator[str]:
    if secret is not None and file is not None:
        yield f"both {_variable(name)} and {_variable(name)}_FILE are set; set one"
    if secret is not None and not secret.get_secret_value():
        yield f"{_variable(name)} is empty; set it, or {_variable(name)}_FILE"
    if file is not None:
        if trouble := _unreadable(file):
            yield f"{_variable(name)}_FILE: {file}: {trouble}; name a file that can be read and holds the password alone"
        elif not _secret(None, file):
            yield f"{_variable(name)}_FILE: {file} is empty; write the password into it"


def _unreadable(path: Path) -> str:
    """Why the file cannot be read as text, empty if it can."""
    try:
        path.read_text(encoding="utf-8")
    except OSError as error:
        return error.strerror or type(error).__name__
    except UnicodeDecodeError:
        return "no text in UTF-8"
    return ""


def _secret(secret: SecretStr | None, file: Path | None) -> str | None:
    """The secret in clear; of a file everything but one line end: an editor adds that, a person does not see it."""
    if secret is not None:
        return secret.get_secret_value()
    if file is None:
        return None
    text = file.read_text(encoding="utf-8")
    return text.removesuffix("\n").removesuffix("\r")
