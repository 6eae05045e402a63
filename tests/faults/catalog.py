"""The faults by name: what is done, and from which moment a recovery is counted. Every recovery ends when what was published by a second after that
moment is decided and committed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Fault:
    """A row of the table in `deploy/reliability.md`."""

    title: str
    counted_from: str
    """The moment a recovery is counted from; empty where there is nothing to recover."""


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "kill": Fault("`kill -9` of a worker at a random moment, started again", "the new start"),
        "kill-abandoned": Fault("`kill -9` of a worker, not started again: others take over", "the kill"),
        "kill-python-path": Fault("`kill -9` of a worker on Faust's pure Python path (`NO_CYTHON=1`), started again", "the new start"),
        "zombie-judged": Fault("a worker stopped (SIGSTOP) while it judges, continued when another has taken over", "the SIGSTOP"),
        "zombie-open": Fault("a worker stopped (SIGSTOP) within a transaction, continued when another has taken over", "the SIGSTOP"),
        "broker-restart": Fault("broker stopped in order and started again", "the broker's being back"),
        "broker-pause": Fault("broker paused (SIGSTOP) for 10 s", "the SIGCONT"),
        "broker-kill": Fault("broker killed (`kill -9`) and started again on its data", "the broker's being back"),
        "state-deleted": Fault("state directory deleted", "the new start"),
        "state-older": Fault("state directory replaced by an older copy", "the new start"),
        "state-full": Fault("no room for the state (`RLIMIT_FSIZE`)", "the new start with room"),
        "state-corrupt-table": Fault("bytes of the state's table files (SST) flipped", "the new start after what the worker said was done"),
        "state-corrupt-manifest": Fault("bytes of the state's MANIFEST flipped", "the new start after what the worker said was done"),
        "state-shared": Fault("a second worker on the same state directory", ""),
        "changelog-meta": Fault("foreign garbage under the changelog's key `m`", "the new start after the changelog was mended"),
        "changelog-value": Fault("foreign garbage under a state's key in the changelog", "the new start after the changelog was mended"),
        "output-refuses": Fault("an output topic refuses (record too large for it)", "the topic's taking records again"),
        "output-denied": Fault("the right to write an output topic denied or taken away (ACL)", "the new start with the right"),
        "scaling": Fault("1 -> 3 -> 2 -> 4 workers under load", "each start or stop"),
        "older-release": Fault("a worker of a release that knows one input topic less joins", "the new start of this release alone"),
        "partitions-raised": Fault("partition count of one input topic raised", ""),
        "other-application": Fault("a worker of another application on the same topics", ""),
    }
)
