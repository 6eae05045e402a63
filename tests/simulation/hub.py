"""One thread, one seed: who runs next, and what time it is.

Every thread of a simulated worker is a greenlet here, every event loop a thing that is turned by hand. Whoever would block hands control back and
says when, or upon what, it wants to go on; the seed picks the next among those who can.
"""

from __future__ import annotations

import asyncio
import threading
from asyncio import events
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from random import Random
from typing import Any

import greenlet

STARTED_AT_S = 1_790_000_000.0


class Crash(BaseException):
    """The simulated process is dead: nothing it does from here on has an effect."""


class Clock:
    """`screener.runtime.outside.Clock`: stands still until the hub moves it."""

    def __init__(self) -> None:
        self.now = STARTED_AT_S
        self.leapt_s = 0.0
        """Of which so much went by in leaps, in which nobody ran."""
        self.sleep: Callable[[float], None] = lambda _seconds: None

    def leap(self, seconds: float) -> None:
        """Hours pass at once."""
        self.now += seconds
        self.leapt_s += seconds

    def time(self) -> float:
        """Seconds since 1970."""
        return self.now

    def monotonic(self) -> float:
        """The same."""
        return self.now

    def perf_counter(self) -> float:
        """The same."""
        return self.now


class Actor:
    """Something that may run: a thread (a greenlet), or a thing that says whether it can and does one step."""

    def __init__(self, process: Process, name: str, can: Callable[[], bool], run: Callable[[], None], wake_at: float | None = None) -> None:
        self.process, self.name, self.can, self.run, self.wake_at = process, name, can, run, wake_at


class Process:
    """A process, or one incarnation of it: what it runs, and whether it lives. `paused` is SIGSTOP."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.paused = False
        self.threads: list[Thread] = []

    def check(self) -> None:
        """Raises `Crash` when the process is dead; the first line of whatever a process does to the world."""
        if not self.alive:
            raise Crash


class Hub:
    """The scheduler."""

    def __init__(self, dice: Random, clock: Clock) -> None:
        self.dice, self.clock = dice, clock
        self.actors: list[Actor] = []
        clock.sleep = lambda seconds: self.pause(seconds)

    def pause(self, seconds: float, until: Callable[[], bool] | None = None) -> None:
        """Lets others run: at most so many seconds, or until the condition holds. For the calling thread's greenlet only."""
        thread = getattr(greenlet.getcurrent(), "thread", None)
        assert thread is not None, "the event loop would block"
        thread.process.check()
        actor = thread.actor
        actor.wake_at = self.clock.now + seconds
        actor.can = until or (lambda: False)
        thread.hub_greenlet.switch()
        thread.process.check()

    def step(self) -> bool:
        """Runs one actor; with none able to, moves the clock to the first who waits. False when there is nobody at all."""
        now = self.clock.now
        able = [a for a in self.actors if not a.process.paused and ((a.wake_at is not None and a.wake_at <= now) or a.can())]
        if not able:
            times = [a.wake_at for a in self.actors if a.wake_at is not None and not a.process.paused]
            if not times:
                return False
            self.clock.now = max(now, min(times))
            return True
        able[self.dice.randrange(len(able))].run()
        return True

    def kill(self, process: Process) -> None:
        """kill -9: no clean-up of the process has an effect."""
        process.alive = False
        self.actors = [actor for actor in self.actors if actor.process is not process]
        for thread in process.threads:
            thread.kill()


class Thread:
    """`screener.runtime.outside.Thread` as a greenlet."""

    def __init__(self, hub: Hub, process: Process, name: str, target: Callable[[], None]) -> None:
        self._hub, self.process, self._target = hub, process, target
        self.actor = Actor(process, name, lambda: True, self._go_on)
        self.hub_greenlet = greenlet.getcurrent()
        self._greenlet = greenlet.greenlet(self._run)
        self._greenlet.thread = self  # type: ignore[attr-defined]
        self._started = False

    def start(self) -> None:
        """Begins to run."""
        self._started = True
        self.process.threads.append(self)
        self._hub.actors.append(self.actor)

    def is_alive(self) -> bool:
        """Started and not ended."""
        return self._started and not self._greenlet.dead

    def join(self, timeout: float | None = None) -> None:
        """Waits for its end."""
        if self.is_alive():
            self._hub.pause(timeout or 1e9, lambda: self._greenlet.dead)

    def kill(self) -> None:
        """Unwinds it; the process is dead, so nothing it does on the way out counts."""
        if self._greenlet and self._greenlet is not greenlet.getcurrent():  # one that never ran has nothing to unwind
            self._greenlet.parent = greenlet.getcurrent()
            self._greenlet.throw(Crash)

    def _run(self) -> None:
        try:
            self._target()
        except Crash:
            assert not self.process.alive
        finally:
            if self.actor in self._hub.actors:
                self._hub.actors.remove(self.actor)

    def _go_on(self) -> None:
        self.actor.wake_at, self.actor.can = None, lambda: False
        self.hub_greenlet = greenlet.getcurrent()
        self._greenlet.parent = self.hub_greenlet
        self._greenlet.switch()


class OneThread(Executor):
    """An executor of one thread: calls run one after the other, each a thread of its own."""

    def __init__(self, hub: Hub, process: Process, name: str, stall_s: Callable[[], float]) -> None:
        self._hub, self._process, self._name = hub, process, name
        self._queue: deque[tuple[Future[Any], Callable[..., Any], Any]] = deque()
        self._running = False
        self._stall_s = stall_s

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        """Queues a call."""
        assert not named
        future: Future[Any] = Future()
        self._queue.append((future, function, arguments))
        self._next()
        return future

    def _next(self) -> None:
        if not self._running and self._queue:
            self._running = True
            Thread(self._hub, self._process, self._name, self._call).start()

    def _call(self) -> None:
        self._hub.pause(self._stall_s())
        future, function, arguments = self._queue.popleft()
        answer: Callable[[], None]
        future.set_running_or_notify_cancel()
        try:
            result = function(*arguments)
        except Crash:
            raise
        except BaseException as error:  # as concurrent.futures does: the caller gets it
            answer = partial(future.set_exception, error)
        else:
            answer = partial(future.set_result, result)
        self._process.check()
        self._running = False
        answer()
        self._next()


class _NoSelector:
    def select(self, _timeout: float | None) -> list[Any]:
        return []


class Loop(asyncio.BaseEventLoop):
    """An event loop that is turned by hand, on the simulated clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._simulated_clock = clock
        self._selector = _NoSelector()
        self._clock_resolution = 1e-5  # above the spacing of floats at today's date: else a timer due now would never fire
        self.errors: list[str] = []
        self.set_exception_handler(lambda _loop, context: self.errors.append(f"{context.get('message')}: {context.get('exception')!r}"))

    def time(self) -> float:
        """Seconds."""
        return self._simulated_clock.now

    def can_run(self) -> bool:
        """Whether a turn would do anything now."""
        scheduled = self._scheduled  # type: ignore[attr-defined]
        return bool(self._ready) or bool(scheduled and scheduled[0].when() <= self._simulated_clock.now)  # type: ignore[attr-defined]

    def next_at(self) -> float | None:
        """When the first timer is due."""
        scheduled = self._scheduled  # type: ignore[attr-defined]
        return scheduled[0].when() if scheduled else None

    def turn(self) -> None:
        """Runs what is ready."""
        events._set_running_loop(self)
        try:
            self._run_once()  # type: ignore[attr-defined]
        finally:
            events._set_running_loop(None)

    def _process_events(self, event_list: Any) -> None: ...
    def _write_to_self(self) -> None: ...


class LoopActor(Actor):
    """Turns a loop."""

    def __init__(self, process: Process, loop: Loop) -> None:
        super().__init__(process, "loop", loop.can_run, loop.turn)
        self._loop = loop

    @property
    def wake_at(self) -> float | None:
        """When the loop's first timer is due."""
        return self._loop.next_at()

    @wake_at.setter
    def wake_at(self, value: float | None) -> None: ...


def wait(hub: Hub, event: threading.Event, timeout_s: float) -> bool:
    """`threading.Event.wait` for a greenlet."""
    if not event.is_set():
        hub.pause(timeout_s, event.is_set)
    return event.is_set()
