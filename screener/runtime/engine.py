"""The engine: ties assignment, restore, rounds and stop together, in one task of the event loop.

At any time it is in one of four situations: nothing in force yet, no assignment, restoring, or running rounds. While round N commits in its thread,
N+1 is judged here into memory; N+1 is produced only after N was stored, and dropped with everything else when N does not commit.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog

from screener.processor import Compiled, NewerFormatError, Processor
from screener.runtime.assignment import Assignment, Batch
from screener.runtime.exits import DO_NOT_RESTART, RESTART, EngineStop
from screener.runtime.metrics import METRICS
from screener.runtime.outside import REAL, Clock, Outside
from screener.runtime.partition import Partition
from screener.runtime.poller import LITTLE_LAG, Hooks, Poller
from screener.runtime.restore import Cancelled, Restored, Restorer
from screener.runtime.round import Committer, Judging, Round, Sealed
from screener.runtime.settings import Settings
from screener.runtime.side import SideFollower

log = structlog.get_logger()

TICK_EVERY_S = 1.0
"""Deadlines are looked at most once a second: hours are what they are made of."""

BACKFILL_ROUND_DIVISOR = 10
"""A round of backfill is a tenth of a round, so that a listing published meanwhile hardly waits."""

COLLECT_EVERY_S = 60.0
"""Full garbage collections happen when idle, at most this often: one in the middle of a round shows in the latency percentiles."""

FAUST_TURNS = 6
"""Turns of the event loop between two slices of judging; with one, a batch would wait for five slices before it is seen."""


class Engine:
    """One processor's engine in one worker process."""

    def __init__(self, settings: Settings, processor: Processor, outside: Outside = REAL) -> None:
        self.settings, self.processor, self._outside = settings, processor, outside
        self.clock: Clock = outside.clock
        self.directory = outside.directory(settings)
        self._store = outside.store(self.directory.path / processor.name)
        self.mark = outside.mark(self.directory.path / "effect")
        identity = f"{settings.application}-{processor.name}-{self.directory.worker_id}"
        self._committer = Committer(settings, processor, identity, self.mark, outside)
        self._restorer = Restorer(settings, processor, self._store, outside)
        self._poller = Poller(settings, processor, identity, self._hooks(), outside)
        self._side_follower = SideFollower(settings, processor, self._on_side, self._on_failed, outside)
        self._commit_thread = outside.executor("commit")
        self._restore_thread = outside.executor("restore")
        self._assignment: Assignment | None = None
        self._next_assignment: Assignment | None = None
        self._restored = False
        self._task: asyncio.Task[None] | None = None
        self._partitions: dict[int, Partition] = {}
        self._waiting: deque[tuple[Batch, int]] = deque()
        self._waiting_backfill: deque[tuple[Batch, int]] = deque()
        self._backlog = self._backfill_backlog = 0
        self._compiled: Compiled | None = None
        self._next_compiled: Compiled | None = None
        self._release_wanted: list[threading.Event] = []
        self._commit: asyncio.Task[None] | None = None
        self._tick_due = 0.0
        self._collected_at = self.clock.monotonic()
        self._stopping = False
        self.failure: EngineStop | None = None
        self.on_ended: Callable[[], None] = lambda: None
        """Called once, in the loop, when the engine ends by itself; `failure` says why."""
        self.progressed_at = self.clock.monotonic()
        """When a round was committed, a restore advanced, or there was nothing to do: what the watchdog looks at."""

    def _hooks(self) -> Hooks:
        return Hooks(
            assigned=self._on_assigned,
            revoke=self._on_revoke,
            lost=lambda: self._call(self._want_release, threading.Event()),
            fetched=lambda batches: self._call(self._on_fetched, batches),
            failed=self._on_failed,
            backlog=lambda: self._backlog,
            backfill_backlog=lambda: self._backfill_backlog,
        )

    # What Faust calls ------------------------------------------------------------------------------------------------------------------

    def connect(self, consumer: Any) -> None:
        """Faust's consumer is up: from now on batches may flow through it, so the engine begins."""
        self._consumer = consumer
        if self._task is None:
            self._loop = asyncio.get_running_loop()
            self._wake = asyncio.Event()
            self._task = asyncio.create_task(self._run(), name="engine")
            self._task.add_done_callback(self._ended)

    async def offer(self, batch: Batch) -> None:
        """A batch came out of Faust's channel: it waits for its round."""
        if batch.assignment is not self._assignment:
            return
        queue = self._waiting_backfill if batch.topic in self.processor.backfill else self._waiting
        queue.append((batch, 0))
        self._wake.set()

    async def stop(self) -> None:
        """Orderly: the round under way is finished, databases are closed, the consumer leaves its thread."""
        if self._stopping:
            return
        self._stopping = True
        if self._task is not None:
            self._wake.set()
            await asyncio.wait([self._task])
        await self._loop.run_in_executor(self._restore_thread, self._side_follower.stop)
        await self._loop.run_in_executor(self._restore_thread, self._poller.stop)

    # What other threads tell the loop ---------------------------------------------------------------------------------------------------

    def _call(self, function: Any, *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process is ending, and nobody is left to tell
            self._loop.call_soon_threadsafe(function, *arguments)

    def _on_assigned(self, assignment: Assignment) -> None:
        self._call(self._assign, assignment)

    def _on_revoke(self, wait_s: float) -> bool:
        released = threading.Event()
        self._call(self._want_release, released)
        if self._outside.wait(released, wait_s):
            return True
        log.warning("a revoke waited long enough for the round under way; the broker refuses that round if it comes too late", waited_s=wait_s)
        return False

    def _on_failed(self, stop: EngineStop) -> None:
        self._call(self._fail, stop)

    def _on_side(self, compiled: Compiled) -> None:
        self._call(self._swap_side, compiled)

    def _on_fetched(self, batches: list[Batch]) -> None:
        for batch in batches:
            if batch.assignment is self._assignment:
                if batch.topic in self.processor.backfill:
                    self._backfill_backlog += len(batch.records)
                else:
                    self._backlog += len(batch.records)
                self._consumer.hand_on(batch)

    def _assign(self, assignment: Assignment) -> None:
        self._next_assignment = assignment
        self._wake.set()

    def _want_release(self, released: threading.Event) -> None:
        if self._task is None or self._task.done():  # everything was let go of already
            released.set()
        self._release_wanted.append(released)
        # What the poll thread tells arrives in its order: an assignment not taken yet came before this revoke, so it is over, and taking it would
        # only open databases that belong to another worker. One that comes after this revoke is set after this line.
        self._next_assignment = None
        self._wake.set()

    def _swap_side(self, compiled: Compiled) -> None:
        self._next_compiled = compiled
        self._wake.set()

    def _fail(self, stop: EngineStop) -> None:
        self.failure = self.failure or stop
        self._wake.set()

    # The loop -----------------------------------------------------------------------------------------------------------------------------

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is None:
            return
        if isinstance(error, EngineStop):
            self.failure = error
        elif isinstance(error, NewerFormatError):
            self.failure = EngineStop(DO_NOT_RESTART, str(error))
        else:  # a bug: nothing was sent that was not committed, and a restart may meet it again
            log.error("the engine failed", exc_info=error)
            self.failure = EngineStop(RESTART, f"the engine failed: {type(error).__name__}: {error}; the log has the traceback")
        self.on_ended()

    async def _run(self) -> None:
        await self._loop.run_in_executor(self._commit_thread, self._committer.open)
        self._side_follower.start()
        while not self._stopping and self._next_compiled is None:
            self._raise_failure()
            await self._sleep()
        self._compiled = self._next_compiled
        _settle_garbage()
        if not self._stopping:
            self._poller.start()
        try:
            while not self._stopping:
                await self._turn()
        finally:
            await self._release()

    async def _turn(self) -> None:
        self._raise_failure()
        METRICS.ready.set(self.is_ready)
        if self._commit is not None and self._commit.done():
            await self._committed()  # with nothing waiting no round would look, and a refusal would go unnoticed
        if self._release_wanted or self._next_assignment is not None:
            await self._release()
            self._take_assignment()
            return
        if self._assignment is not None and not self._restored:
            await self._restore(self._assignment)
            return
        due = self._due()
        if self._assignment is None or not (due or self._waiting or (self._waiting_backfill and not self._has_lag())):
            await self._sleep()
            return
        await self._round(self._assignment, due)

    def _take_assignment(self) -> None:
        assignment, self._next_assignment = self._next_assignment, None
        if assignment is not None:
            log.info("assigned", epoch=assignment.epoch, partitions=list(assignment.numbers))
            self._assignment = assignment
            self._consumer.take_assignment(assignment)

    async def _sleep(self) -> None:
        """Until something happens, at most until the next look at the clock. Garbage is collected now, when nobody waits for it."""
        self._wake.clear()
        if not self._waiting and self.clock.monotonic() - self._collected_at > COLLECT_EVERY_S:
            self._collected_at = self.clock.monotonic()
            gc.collect()
        if not self._waiting:
            # Nothing in force is waited for; an assignment comes within seconds, be it an empty one, or the group's thread hangs.
            idle = self._compiled is None or (self._assignment is not None and not any(self._poller.lag.values()))
            self.progressed_at = self.clock.monotonic() if idle else self.progressed_at
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), TICK_EVERY_S / 4)

    def _raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _has_lag(self) -> bool:
        """Whether more than next to nothing waits that is no backfill."""
        backfill = self.processor.backfill
        return sum(lag for (topic, _), lag in list(self._poller.lag.items()) if topic not in backfill) > LITTLE_LAG

    def _due(self) -> list[int]:
        """Partitions whose first deadline has passed; asked at most once a second."""
        now = self.clock.monotonic()
        if now < self._tick_due:
            return []
        self._tick_due = now + TICK_EVERY_S
        now_ms = self.clock.time() * 1000
        return [n for n, partition in self._partitions.items() if partition.first_deadline_ms is not None and partition.first_deadline_ms <= now_ms]

    async def _round(self, assignment: Assignment, due: list[int]) -> None:
        if self._next_compiled is not None:
            self._compiled, self._next_compiled = self._next_compiled, None
        assert self._compiled is not None
        judged = Round(assignment)
        judging = Judging(self.settings, self.processor, self._partitions, self.clock)
        judging.tick(judged, due, self._compiled, int(self.clock.time() * 1000))
        await self._fill(judging, judged, self._waiting)
        # Under a steady stream something new always waits when a round begins: backfill gets its share of every round that had room for it.
        if self._waiting_backfill and not self._waiting and not self._has_lag():
            share = judged.inputs + max(1, self.settings.round_max_inputs // BACKFILL_ROUND_DIVISOR)
            bounded = self.settings.model_copy(update={"round_max_inputs": min(share, self.settings.round_max_inputs)})
            await self._fill(Judging(bounded, self.processor, self._partitions, self.clock), judged, self._waiting_backfill)
        await self._committed()
        if judged.touched and self._is_current(assignment):
            self._commit = asyncio.create_task(self._do_commit(self._committer.seal(judged)))
            await _let_batches_through()
            # While it commits, the next round is judged; with nothing waiting, its end is waited for here.
            if not self._waiting:
                await self._until_committed_or_woken()
        else:
            await asyncio.sleep(0)

    async def _fill(self, judging: Judging, judged: Round, waiting: deque[tuple[Batch, int]]) -> None:
        """A slice of what waits, and more while the round before is still being committed: there is nothing better to do, so rounds grow when commits
        are slow. The loop is served between two slices.
        """
        if self._is_current(judged.assignment):
            self._judge_slice(judging, judged, waiting)
        while self._is_committing() and waiting and not judging.is_full(judged) and self._is_current(judged.assignment):
            await _let_batches_through()
            if self._is_current(judged.assignment):
                self._judge_slice(judging, judged, waiting)

    def _is_committing(self) -> bool:
        """Whether the round before is still on its way."""
        return self._commit is not None and not self._commit.done()

    def _judge_slice(self, judging: Judging, judged: Round, waiting: deque[tuple[Batch, int]]) -> None:
        assert self._compiled is not None
        self.mark.judging(True)
        taken = judging.judge(judged, waiting, self._compiled)
        if waiting is self._waiting_backfill:
            self._backfill_backlog -= taken
        else:
            self._backlog -= taken
        self.mark.judging(False)

    def _is_current(self, assignment: Assignment) -> bool:
        """Whether what is judged under `assignment` may still be committed."""
        return assignment is self._assignment and not self._release_wanted and self._next_assignment is None

    async def _until_committed_or_woken(self) -> None:
        self._wake.clear()
        woken = asyncio.create_task(self._wake.wait())
        assert self._commit is not None
        await asyncio.wait({self._commit, woken}, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()
        if self._commit.done():
            await self._committed()

    async def _committed(self) -> None:
        """The round under way, if any, has ended; raises what it raised."""
        if self._commit is not None:
            commit, self._commit = self._commit, None
            await commit

    async def _do_commit(self, sealed: Sealed) -> None:
        judged = sealed.round_
        if not await self._commit_in_time(sealed):
            self._drop()
            return
        self.progressed_at = self.clock.monotonic()
        METRICS.round_inputs.observe(judged.inputs)
        if judged.oldest_ms is not None:
            METRICS.latency.observe(max(0.0, self.clock.time() - judged.oldest_ms / 1000))
        for outcome, count in judged.outcomes.items():
            METRICS.inputs.labels(outcome).inc(count)
        for reason, count in judged.reasons.items():
            METRICS.dead_letters.labels(reason).inc(count)
        for (decision, mode), count in judged.decisions.items():
            METRICS.decisions.labels(decision, mode).inc(count)
        for detector, count in judged.failed_detectors.items():
            METRICS.degraded.labels(detector).inc(count)
        METRICS.wrong_partition.inc(judged.wrong_partition)

    async def _commit_in_time(self, sealed: Sealed) -> bool:
        """As `_transact`; a call that does not come back ends the process. librdkafka's send_offsets_to_transaction keeps no timeout while the
        group's coordinator is away (its issues 5456 and 5511): after most orderly restarts of a broker it never comes back. After one transaction
        timeout the broker aborts, and a worker that is started again need not wait for that.
        """
        limit_s = self.settings.transaction_timeout_ms / 1000
        transaction = asyncio.create_task(self._transact(sealed))
        await asyncio.wait({transaction}, timeout=limit_s)  # not wait_for: a call that hangs cannot be cancelled
        if not transaction.done():
            self._outside.die(f"a commit did not come back within {limit_s:.0f} s: only the broker knows if it counts; restart the worker, it asks")
        return transaction.result()

    async def _transact(self, sealed: Sealed) -> bool:
        """Effects 2 to 4; the next round is judged between and beside them. False when the round belongs to another owner now."""
        run, thread = self._loop.run_in_executor, self._commit_thread
        await run(thread, self._committer.begin, sealed)
        self._committer.produce(sealed)
        return await run(thread, self._committer.commit, sealed)

    # Restore and release ------------------------------------------------------------------------------------------------------------------

    async def _restore(self, assignment: Assignment) -> None:
        started = self.clock.monotonic()

        def cancelled() -> bool:
            return self._next_assignment is not None or bool(self._release_wanted) or self._stopping

        def advanced() -> None:
            self.progressed_at = self.clock.monotonic()

        await self._committed()
        try:
            restored: Restored = await self._loop.run_in_executor(self._restore_thread, self._restorer.restore, assignment, cancelled, advanced)
        except Cancelled:
            return
        if cancelled():
            for store in restored.stores.values():
                store.close()
            return
        self._partitions = {number: Partition(number, self.processor, store) for number, store in restored.stores.items()}
        self._restored = True
        self.progressed_at = self.clock.monotonic()
        self._poller.fetch_from(assignment, restored.positions)
        log.info("restored", partitions=list(assignment.numbers), records=restored.records, seconds=round(self.clock.monotonic() - started, 2))

    async def _release(self) -> None:
        """Finishes the round under way, drops what was not begun, closes the databases, and lets the poll thread go on."""
        try:
            await self._committed()
        finally:
            self._drop()
            released, self._release_wanted = self._release_wanted, []
            for event in released:
                event.set()

    def _drop(self) -> None:
        """Forgets the assignment and everything judged or queued under it."""
        self._assignment = None
        self._restored = False
        self._waiting.clear()
        self._waiting_backfill.clear()
        self._backlog = self._backfill_backlog = 0
        self._consumer.forget_batches()
        partitions, self._partitions = self._partitions, {}
        for partition in partitions.values():
            partition.store.close()

    # What others may ask ------------------------------------------------------------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Restored and consuming."""
        return self._assignment is not None and self._restored and self._compiled is not None and not self._stopping

    @property
    def lag(self) -> dict[str, int]:
        """Records behind the end per input topic, over this worker's partitions."""
        total: dict[str, int] = dict.fromkeys(self.processor.inputs, 0)
        for (topic, _), records in list(self._poller.lag.items()):
            total[topic] += records
        return total

    @property
    def not_ready_because(self) -> str:
        """A sentence for /readyz; empty when ready."""
        if self.is_ready:
            return ""
        if self._compiled is None:
            return self._side_follower.waiting_for or "starting"
        return "waiting for an assignment" if self._assignment is None else "restoring"

    @property
    def is_stuck(self) -> bool:
        """There is work and nothing moved for too long."""
        return self.clock.monotonic() - self.progressed_at > self.settings.stuck_after_s


async def _let_batches_through() -> None:
    """Gives the loop as many turns as a batch takes from the poll thread through Faust's queue, channel and stream to `offer`."""
    for _ in range(FAUST_TURNS):
        await asyncio.sleep(0)


def _settle_garbage() -> None:
    """What was loaded so far lives as long as the process; what a round makes is freed by its reference counts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000)
