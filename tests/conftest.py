"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from screener.embedded import EmbeddedBroker


@pytest.fixture(scope="session")
def broker() -> Iterator[EmbeddedBroker]:
    """A real Apache Kafka on a free port, one for the whole run (3-5 s to start): tests choose topic and group names of their own."""
    with EmbeddedBroker() as running:
        yield running


@pytest.fixture
def own_broker() -> Iterator[EmbeddedBroker]:
    """A broker of the test's own: for the system tests, which use the topics under their real names."""
    with EmbeddedBroker() as running:
        yield running


def pytest_addoption(parser: pytest.Parser) -> None:
    """How far `tests/simulation` goes."""
    parser.addoption("--seeds", type=int, default=2_000, help="seeds of tests/simulation")
    parser.addoption("--first-seed", type=int, default=0, help="the first of them")
