"""A simulated worker: a disk that stays, and processes that come and go, each with the real engine in it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

from screener.runtime.effects import Effect
from screener.runtime.engine import Engine
from screener.runtime.outside import Outside
from screener.runtime.settings import Settings
from tests.simulated import SimulatedDisk, SimulatedKeyValue, SimulatedStore
from tests.simulation.clients import SimulatedAdmin, SimulatedConsumer, SimulatedProducer, stall_s
from tests.simulation.hub import Actor, Crash, Hub, Loop, LoopActor, OneThread, Process, Thread, wait
from tests.simulation.processor import PROCESSOR

if TYPE_CHECKING:
    from tests.simulation.world import World


WRITE_S = 0.001
"""How long a disk may take for a batch: long enough for another thread to read what is being written."""


class _Store(SimulatedStore):
    """Databases whose writes the oracle sees, and that may be torn from their process between two partitions."""

    def __init__(self, folder: Path, worker: Worker, process: Process) -> None:
        super().__init__(folder, worker.disk, flush_every=3)
        self._worker, self._process = worker, process

    def open(self, partition: int) -> SimulatedKeyValue:
        self._process.check()
        return _KeyValue(self._folder / str(partition), self._worker, self._process, partition)

    def wipe(self, partition: int) -> None:
        self._process.check()
        super().wipe(partition)


class _KeyValue(SimulatedKeyValue):
    def __init__(self, path: Path, worker: Worker, process: Process, number: int) -> None:
        super().__init__(path, worker.disk, flush_every=3)
        self._worker, self._process, self._number = worker, process, number

    def write(self, batch: Mapping[bytes, bytes | None], /) -> None:
        self._process.check()
        self._worker.world.maybe_crash(self._process, "a write")
        self._worker.world.hub.pause(self._worker.world.dice.choice((0.0, WRITE_S)))  # other threads run on while a disk writes
        self._process.check()
        super().write(batch)
        self._worker.world.oracle.stored(self._number, batch)
        self._worker.world.maybe_crash(self._process, "a write")

    def close(self) -> None:
        if self._process.alive:
            super().close()


class _Mark:
    """Effects, in which the process may die."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    def committing(self, effect: Effect) -> None:
        self._process.check()
        self._world.effects[effect.name] += 1
        self._world.maybe_crash(self._process, effect.name)

    def judging(self, under_way: bool) -> None:
        self._process.check()
        if under_way:
            self._world.maybe_crash(self._process, Effect.JUDGE.name)


class _Channel(Actor):
    """Faust between poll thread and engine: batches pass one by one, and what it has taken is not forgotten with the rest."""

    def __init__(self, process: Process, loop: Loop, world: World) -> None:
        super().__init__(process, "channel", self._can_move, self._move)
        self._loop, self._world, self._dice = loop, world, world.dice
        self._batches: deque[Any] = deque()
        self._taken: deque[Any] = deque()
        self.engine: Engine

    def take_assignment(self, _assignment: Any) -> None: ...

    def hand_on(self, batch: Any) -> None:
        self._batches.append(batch)

    def forget_batches(self) -> None:
        self._batches.clear()

    def _can_move(self) -> bool:
        return self.wake_at is None and bool(self._batches or self._taken)

    def _move(self) -> None:
        if self.wake_at is None and (held_s := stall_s(self._dice, self._world.trouble)):
            self.wake_at = self._world.clock.now + held_s
            return
        self.wake_at = None
        if not self._can_move():
            return
        if self._batches and (not self._taken or self._dice.random() < 0.5):
            self._taken.append(self._batches.popleft())
        else:
            batch = self._taken.popleft()
            self._loop.call_soon(lambda: self._loop.create_task(self.engine.offer(batch)))


class Worker:
    """A worker's seat: its disk stays, its processes come and go."""

    def __init__(self, world: World, name: str, settings: Settings) -> None:
        self.world, self.name, self.settings = world, name, settings
        self.disk = SimulatedDisk()
        self.process: Process | None = None
        self.engine: Engine | None = None
        self.restart_at: float | None = None
        self._incarnation = 0

    def start(self) -> None:
        """A new process."""
        world = self.world
        self._incarnation += 1
        self.restart_at = None
        process = self.process = Process(f"{self.name}.{self._incarnation}")
        loop = Loop(world.clock)
        channel = _Channel(process, loop, world)
        engine = self.engine = Engine(self.settings, PROCESSOR, self._outside(process))
        channel.engine = engine

        def ended() -> None:
            loop.create_task(self._end(process, engine))

        engine.on_ended = ended
        loop.call_soon(engine.connect, channel)
        world.hub.actors += [LoopActor(process, loop), channel]
        world.loops.append((process, loop))
        world.say(f"{process.name} starts")

    async def _end(self, process: Process, engine: Engine) -> None:
        await engine.stop()
        self.world.exited(self, process, engine.failure)

    def stop(self) -> None:
        """SIGTERM."""
        process, engine = self.process, self.engine
        assert process is not None
        assert engine is not None
        loop = next(loop for one, loop in self.world.loops if one is process)
        loop.call_soon(lambda: loop.create_task(self._end(process, engine)))

    def die(self, process: Process, power_cut: bool) -> None:
        """kill -9, or the machine loses its power."""
        world = self.world
        world.hub.kill(process)
        if power_cut:
            self.disk.lose_power(world.dice.randrange(3))
        for store in list(self.disk.held.values()):
            SimulatedKeyValue.close(store)
        self.process = self.engine = None

    def _outside(self, process: Process) -> Outside:
        world = self.world

        def die(message: str) -> NoReturn:
            world.say(f"{process.name} ends itself: {message[:60]}")
            world.crash(process, power_cut=False)
            raise Crash

        def consumer(config: dict[str, Any]) -> SimulatedConsumer:
            made = SimulatedConsumer(process, world.cluster, world.dice, world.trouble, world.hub, config)
            made.on_released = lambda waited_s: world.released(self, waited_s)
            made.on_lost = lambda waited_s: world.lost(self, waited_s)
            made.on_first_join = world.joins
            made.on_polled = lambda apart_s: world.polled(self, apart_s)
            return made

        return Outside(
            producer=lambda config: SimulatedProducer(process, world.cluster, world.dice, world.trouble, world.hub, config),  # type: ignore[arg-type,return-value]
            consumer=consumer,  # type: ignore[arg-type]
            admin=lambda _config: SimulatedAdmin(process, world.cluster, world.hub),  # type: ignore[arg-type,return-value]
            clock=world.clock,
            thread=lambda name, target: Thread(world.hub, process, name, target),
            executor=lambda name: OneThread(world.hub, process, name, lambda: stall_s(world.dice, world.trouble)),
            wait=lambda event, timeout_s: _wait(world.hub, event, timeout_s),
            directory=lambda settings: SimpleNamespace(path=settings.state_dir, worker_id=self.name),
            store=lambda folder: _Store(folder, self, process),
            mark=lambda _path: _Mark(world, process),
            die=die,
        )


def _wait(hub: Hub, event: threading.Event, timeout_s: float) -> bool:
    wait(hub, event, timeout_s)
    return event.is_set()
