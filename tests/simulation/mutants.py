"""Bugs, each a patch of named lines of `screener/runtime/`, and a process that runs seeds against a patched engine until one notices.

Every patch must fit the source exactly once: code that moves on takes its mutant along or fails here.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

HANDOVERS = 4
"""`world.HANDOVERS`, which is not imported here: a mutant has a world of its own."""

RUNTIME = Path(__file__).parents[2] / "screener" / "runtime"
SEED_S = 20
"""Wall clock; a seed that takes longer hangs, which is a way to be caught too."""


@dataclass(frozen=True)
class Patch:
    """`old`, exactly once in the module, becomes `new`."""

    module: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A bug with a name. `held_by` says which other line keeps it harmless, for one that no seed may catch."""

    name: str
    patches: tuple[Patch, ...]
    held_by: str = ""
    without: tuple[Patch, ...] = ()
    """Takes that other line away as well: then some seed must notice."""
    first: int = 0
    """Hunted from this seed on, a multiple of five: those before it were seen to miss it, and would take a minute."""
    handovers: bool = False
    """Only partitions that change hands while everything is slow show it: those seeds are tried."""


_READ_FROM_START = Patch("restore", "positions.append(TopicPartition(topic, number, start))", "positions.append(TopicPartition(topic, number, 0))")
_REPEATS_COUNT = Patch("round", " for message in messages if message.offset() >= applied]", " for message in messages]")
_OFFSETS_LAST = (
    Patch(
        "round",
        '            self._until_settled("send_offsets", lambda timeout: self._producer.send_offsets_to_transaction(offsets, metadata, timeout))\n',
        "            sealed.offsets_last = offsets, metadata\n",
    ),
    Patch(
        "round",
        '            self._until_settled("flush", self._flush)\n',
        '            self._until_settled("flush", self._flush)\n'
        "            offsets, metadata = sealed.offsets_last\n"
        '            self._until_settled("send_offsets", lambda timeout: self._producer.send_offsets_to_transaction(offsets, metadata, timeout))\n',
    ),
)
"""The order before decision 0007, which is right as well but leaves records pending that no offset announces."""
_PENDING_IS_FINE = Patch(
    "restore",
    'group_id=self._group, enable_auto_commit=False, isolation_level="read_committed"',
    'group_id=self._group, enable_auto_commit=False, isolation_level="read_uncommitted"',
)

MUTANTS: tuple[Mutant, ...] = (
    Mutant("offsets are sent last", _OFFSETS_LAST, held_by="the engine waits for the changelog's end, which an open transaction keeps back"),
    Mutant(
        "round N+1 is produced before N's WriteBatch",
        (
            Patch("engine", "        await self._committed()\n        if judged.touched", "        if judged.touched"),
            Patch("partition", "        assert not self._committing\n", ""),
        ),
    ),
    Mutant(
        "state is stored before the commit",
        (
            Patch(
                "round",
                "            self._mark.committing(Effect.COMMIT)\n",
                "            for number, partition in round_.touched.items():\n"
                "                partition.store.write(dict(sealed.changed[number]))\n"
                "            self._mark.committing(Effect.COMMIT)\n",
            ),
        ),
    ),
    Mutant(
        "a round counts as stored before it is",
        (
            Patch(
                "round",
                "            partition.store.write({**sealed.changed[number], POSITION_KEY: position})\n            partition.stored()\n",
                "            partition.stored()\n            partition.store.write({**sealed.changed[number], POSITION_KEY: position})\n",
            ),
        ),
    ),
    Mutant(
        "source offsets stay outside the transaction",
        (
            Patch(
                "round",
                'self._until_settled("send_offsets", lambda timeout: self._producer.send_offsets_to_transaction(offsets, metadata, timeout))',
                "assert (offsets, metadata)",
            ),
        ),
    ),
    Mutant(
        "a round of ticks carries no offsets",
        (Patch("round", "        round_.offsets.setdefault((topic, partition.number), meta.applied[topic])\n", ""),),
    ),
    Mutant(
        "the group's metadata is read when the round commits",
        (
            Patch("poller", "consumer.consumer_group_metadata()", "consumer.consumer_group_metadata"),
            Patch("round", "metadata = round_.assignment.metadata", "metadata = round_.assignment.metadata()"),
        ),
        first=1_000,
        handovers=True,
    ),
    Mutant("offsets are taken while a transaction is pending", (_PENDING_IS_FINE,), handovers=True),
    Mutant(
        "only one topic's offsets have to be stable",
        (
            Patch(
                "restore",
                "for topic in assignment.counts for number in assignment.numbers]\n        deadline",
                "for topic in list(assignment.counts)[:1] for number in assignment.numbers]\n        deadline",
            ),
        ),
        first=1_500,
        handovers=True,
    ),
    Mutant(
        "the changelog is read to its last stable offset only",
        (
            Patch(
                "restore",
                "list_offsets(request, isolation_level=IsolationLevel.READ_UNCOMMITTED",
                "list_offsets(request, isolation_level=IsolationLevel.READ_COMMITTED",
            ),
        ),
        held_by="a transaction has its offsets before its first record, so none is open in the changelog once the offsets are stable",
        without=_OFFSETS_LAST,
        first=500,
        handovers=True,
    ),
    Mutant(
        "the watermark is taken before the offsets are stable",
        (
            Patch(
                "restore",
                "            committed = self._stable_offsets(",
                "            marks = self._watermarks(assignment)\n            committed = self._stable_offsets(",
            ),
            Patch("restore", "            marks = self._watermarks(assignment)  # (b)\n", ""),
        ),
        handovers=True,
    ),
    Mutant(
        "restore drops the last record",
        (
            Patch(
                "restore",
                "                    writes.setdefault(number, {})[message.key()] = message.value()\n",
                "                    writes.setdefault(number, {})\n"
                "                    if message.offset() != marks[number][1] - 2:\n"
                "                        writes[number][message.key()] = message.value()\n",
            ),
        ),
    ),
    Mutant(
        "what was kept on disk is not restored",
        (
            Patch(
                "restore",
                "behind = {number for number, start in starts.items() if start.offset < marks[number][1]}",
                "behind = {number for number, start in starts.items() if start.offset < marks[number][1] and read_position(stores[number]) is None}",
            ),
        ),
    ),
    Mutant(
        "the assignor splits partition numbers",
        (Patch("poller", '"partition.assignment.strategy": "range"', '"partition.assignment.strategy": "roundrobin"'),),
    ),
    Mutant("inputs are read uncommitted", (Patch("poller", '"isolation.level": "read_committed"', '"isolation.level": "read_uncommitted"'),)),
    Mutant(
        "a round has no caps",
        (
            Patch(
                "round",
                "return round_.inputs >= self._settings.round_max_inputs or round_.size_bytes >= self._settings.round_max_bytes",
                "return False",
            ),
        ),
        handovers=True,
    ),
    Mutant(
        "what an aborted round wrote is kept in memory",
        (
            Patch(
                "engine",
                "        partitions, self._partitions = self._partitions, {}\n",
                "        partitions, self._partitions = self._partitions, {}\n        self._kept = partitions or self.__dict__.get('_kept', {})\n",
            ),
            Patch(
                "engine",
                "        self._restored = True\n",
                "        for number, kept in self.__dict__.get('_kept', {}).items():\n"
                "            if number in self._partitions:\n"
                "                self._partitions[number]._judged.update({**kept._committing, **kept._judged})\n"
                "        self._restored = True\n",
            ),
        ),
    ),
    Mutant(
        "a timed-out commit is aborted",
        (
            Patch(
                "round",
                "                if cause.retriable() and not cause.fatal() and",
                '                if what == "commit" and cause.retriable():\n'
                "                    raise _MustAbort(what, cause) from error\n"
                "                if cause.retriable() and not cause.fatal() and",
            ),
        ),
    ),
    Mutant(
        "a timed-out commit counts as done",
        (
            Patch(
                "round",
                "                if cause.retriable() and not cause.fatal() and",
                '                if what == "commit" and cause.retriable():\n'
                "                    return\n"
                "                if cause.retriable() and not cause.fatal() and",
            ),
        ),
    ),
    Mutant(
        "a refused round is stored all the same", (Patch("round", "            return self._abort(refusal)\n", "            self._abort(refusal)\n"),)
    ),
    Mutant(
        "records lost on their way are committed without", (Patch("round", "                self._abort_lost(missing)\n", "                pass\n"),)
    ),
    Mutant(
        "the applied offsets are not in the changelog",
        (
            Patch(
                "partition",
                "self._judged[META_KEY] = encode(self.meta)",
                "self._judged[META_KEY] = encode(msgspec.structs.replace(self.meta, applied={}))",
            ),
        ),
    ),
    Mutant(
        "an old copy is continued although its tombstones are gone",
        (Patch("restore", "> TOMBSTONE_AGE_MAX_MS and position.offset < high", "> 1e18 and position.offset < high"),),
    ),
    Mutant(
        "repeats are recognised by the batch's last offset",
        (_READ_FROM_START, Patch("round", "if message.offset() >= applied]", "if batch.records[-1].offset() >= applied]")),
    ),
    Mutant(
        "a batch of the last assignment is judged under the new one",
        (Patch("engine", "        if batch.assignment is not self._assignment:\n            return\n", ""),),
    ),
    Mutant("fetching begins before the restore", (Patch("poller", "        consumer.assign([])  #", "        consumer.assign(partitions)  #"),)),
    Mutant(
        "what is due is never looked at",
        (
            Patch(
                "engine",
                "        now_ms = self.clock.time() * 1000\n        return [n for",
                "        now_ms = 0\n        return [n for",
            ),
        ),
    ),
    Mutant(
        "the deadlines of a restored partition are not known",
        (
            Patch(
                "partition",
                "        self.first_deadline_ms = self._first_deadline()\n\n    def get",
                "        self.first_deadline_ms = None\n\n    def get",
            ),
        ),
    ),
    Mutant(
        "the first version of the side logs stays in force",
        (
            Patch(
                "engine",
                "    def _swap_side(self, compiled: Compiled) -> None:\n",
                "    def _swap_side(self, compiled: Compiled) -> None:\n        if self._compiled is not None:\n            return\n",
            ),
        ),
    ),
    Mutant(
        "a revoke does not wait for the round under way",
        (
            Patch(
                "poller",
                "        self._hooks.revoke(REVOKE_WAIT_S)\n        consumer.unassign()",
                "        consumer.unassign()",
            ),
        ),
    ),
    Mutant(
        "a revoke is answered before the databases are closed",
        (
            Patch(
                "engine",
                "        self._release_wanted.append(released)\n",
                "        self._release_wanted.append(released)\n        released.set()\n",
            ),
        ),
    ),
    Mutant(
        "a refused round does not drop what follows it",
        (
            Patch(
                "engine", "            self._drop()\n            return\n        self.progressed_at", "            return\n        self.progressed_at"
            ),
        ),
        held_by="a round is refused when its assignment is over, and letting go of that drops what follows as well",
    ),
    Mutant(
        "queued batches outlive their assignment",
        (
            Patch("engine", "        self._waiting.clear()\n", ""),
            Patch("engine", "        if batch.assignment is not self._assignment:\n            return\n", ""),
        ),
    ),
    Mutant(
        "the clock may go back",
        (Patch("round", "if now_ms <= meta.tick_ms or not meta.applied:", "if not meta.applied:"),),
        held_by="a partition is only asked when a deadline lies between",
    ),
    Mutant(
        "lost partitions are treated like revoked ones",
        (Patch("poller", "        self._hooks.lost()\n", "        self._hooks.revoke(REVOKE_WAIT_S)\n"),),
    ),
    Mutant(
        "transactions are initialised after the join",
        (
            Patch("engine", "        await self._loop.run_in_executor(self._commit_thread, self._committer.open)\n", ""),
            Patch(
                "engine",
                "            self._poller.start()\n",
                "            self._poller.start()\n            await self._loop.run_in_executor(self._commit_thread, self._committer.open)\n",
            ),
        ),
    ),
    Mutant(
        "the restore runs inside the rebalance callback",
        (
            Patch(
                "poller",
                "        self._hooks.assigned(self._assignment)\n",
                "        self._hooks.assigned(self._assignment)\n"
                "        while self._starts is None and not self._stopping.is_set():\n"
                "            self._clock.sleep(0.05)\n",
            ),
        ),
    ),
    Mutant(
        "reading begins at the log's start",
        (_READ_FROM_START,),
        held_by="the applied offsets in `m`: what lies below them is refetched, not judged",
        without=(_REPEATS_COUNT,),
    ),
)
"""One by one; what the issue lists and more."""


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, source: str) -> None:
        super().__init__(name, path)
        self._source = source

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if fullname not in self._sources:
            return None
        file = str(RUNTIME / f"{fullname.rpartition('.')[2]}.py")
        return importlib.util.spec_from_file_location(fullname, file, loader=_Loader(fullname, file, self._sources[fullname]))


def bare(mutant: Mutant) -> Mutant:
    """The same bug without the line that holds it."""
    return replace(mutant, patches=mutant.patches + mutant.without, without=(), held_by="")


def patched(mutant: Mutant) -> dict[str, str]:
    """Module name -> patched source. Raises `ValueError` when a patch does not fit."""
    sources: dict[str, str] = {}
    for patch in mutant.patches:
        name = f"screener.runtime.{patch.module}"
        source = sources.get(name) or (RUNTIME / f"{patch.module}.py").read_text(encoding="utf-8")
        if source.count(patch.old) != 1:
            raise ValueError(f"{mutant.name}: {patch.old!r} is {source.count(patch.old)} times in {patch.module}.py; make the patch fit again")
        sources[name] = source.replace(patch.old, patch.new)
    return sources


def _hunt(mutant: Mutant, seeds: range, answer: Any) -> None:
    for name in [name for name in sys.modules if name.startswith(("screener.runtime", "tests.simulation", "tests.simulated"))]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(patched(mutant)))
    world = importlib.import_module("tests.simulation.world")

    def hangs(_signal: int, _frame: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, hangs)
    for seed in seeds:
        signal.alarm(SEED_S)
        try:
            world.World(seed).run()
        except Exception as error:  # whatever it is, the seed has noticed
            answer.put((seed, str(error) or type(error).__name__))
            return
        finally:
            signal.alarm(0)
    answer.put(None)


def hunt(mutant: Mutant, seeds: range) -> tuple[int, str] | None:
    """(first seed that fails on the mutant, how), None if all pass. In a process of its own."""
    patched(mutant)
    context = multiprocessing.get_context("fork")
    seeds = range(seeds.start + mutant.first, seeds.stop + mutant.first)
    if mutant.handovers:
        seeds = range(seeds.start + HANDOVERS, seeds.stop, 5)
    answer = context.Queue()
    process = context.Process(target=_hunt, args=(mutant, seeds, answer))
    process.start()
    found: tuple[int, str] | None = answer.get()
    process.join()
    return found
