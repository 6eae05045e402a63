"""Goal: the engine's loop takes no assignment that ended before it was taken, and ends with the code a supervisor needs.

Method: the real engine in the test's event loop; nothing outside it runs, and the test says what the poll thread would say.
Blind spot: everything that a broker, threads and disks do (tests/simulation/ and tests/system/).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import structlog

from screener.catalog import BRAND_COUNTER
from screener.processor import NewerFormatError, Processor
from screener.runtime.assignment import Assignment
from screener.runtime.engine import Engine
from screener.runtime.exits import DO_NOT_RESTART, RESTART
from screener.runtime.outside import Outside
from screener.runtime.settings import Settings

TURNS = 50
"""Turns of the loop in which everything that was said is taken in."""


class Inline(Executor):
    """Runs what it is given at once."""

    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*arguments, **named))
        except Exception as error:  # as an executor does
            future.set_exception(error)
        return future


class Thread:
    """The side logs' thread runs when started, as there are none to read; the poll thread never does, the test speaks for it."""

    def __init__(self, name: str, target: Callable[[], None]) -> None:
        self.start = target if name == "side-logs" else lambda: None

    def is_alive(self) -> bool:
        return False


class Bench:
    """An engine, and the consumer of Faust's that it tells of assignments."""

    def __init__(self, processor: Processor = BRAND_COUNTER) -> None:
        self.taken: list[int] = []
        nothing = SimpleNamespace(init_transactions=lambda _timeout: None)
        outside = Outside(
            producer=lambda _c: nothing,  # type: ignore[arg-type, return-value]
            admin=lambda _c: nothing,  # type: ignore[arg-type, return-value]
            thread=Thread,  # type: ignore[arg-type]
            executor=lambda _name: Inline(),
            wait=lambda event, _timeout_s: event.is_set(),
            directory=lambda _settings: SimpleNamespace(path=Path("unused"), worker_id="w"),
            store=lambda _path: nothing,
            mark=lambda _path: nothing,
        )
        self.engine = Engine(Settings(), processor, outside)
        self.hooks = self.engine._hooks()

    async def begin(self) -> None:
        """Up to the first wait for an assignment."""
        consumer = SimpleNamespace(take_assignment=lambda assignment: self.taken.append(assignment.epoch), forget_batches=lambda: None)
        self.engine.connect(consumer)
        await turns()


async def turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


def assignment(epoch: int) -> Assignment:
    """Of no partition: nothing is restored for it."""
    return Assignment(epoch, (), None, dict.fromkeys(BRAND_COUNTER.inputs, 1))


def test_an_assignment_that_was_revoked_before_it_was_taken_is_never_taken() -> None:
    async def scene() -> None:
        bench = Bench()
        await bench.begin()
        bench.hooks.assigned(assignment(1))
        bench.hooks.revoke(1.0)
        bench.hooks.assigned(assignment(2))
        bench.hooks.lost()
        await turns()
        assert bench.taken == []
        assert not bench.engine.is_ready
        bench.hooks.assigned(assignment(3))
        await turns()
        assert bench.taken == [3]
        bench.hooks.revoke(1.0)
        bench.hooks.assigned(assignment(4))  # the next one comes after the revoke of the one before, and counts
        await turns()
        assert bench.taken == [3, 4]
        assert bench.engine.is_ready
        await bench.engine.stop()

    asyncio.run(scene())


def test_a_revoke_that_waited_in_vain_is_logged() -> None:
    async def scene() -> None:
        bench = Bench()
        await bench.begin()
        with structlog.testing.capture_logs() as logged:
            assert bench.hooks.revoke(1.0) is False
            assert [entry["log_level"] for entry in logged] == ["warning"]
        await bench.engine.stop()

    asyncio.run(scene())


def test_state_of_a_newer_release_ends_the_worker_for_good_and_a_bug_does_not() -> None:
    async def scene(error: Exception) -> int:
        bench = Bench()
        await bench.begin()

        def fail(_assignment: Assignment) -> None:
            raise error

        bench.engine._consumer.take_assignment = fail
        bench.hooks.assigned(assignment(1))
        await turns()
        assert bench.engine.failure is not None
        assert str(error) in str(bench.engine.failure)
        return bench.engine.failure.code

    assert asyncio.run(scene(NewerFormatError("start the newer release"))) == DO_NOT_RESTART
    assert asyncio.run(scene(LookupError("planted"))) == RESTART
