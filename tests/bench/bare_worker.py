"""This engine on the benchmark's job: the real worker (`screener.runtime.app.run`) with a processor that is not in the catalog.

    python -m tests.bench.bare_worker '{"bootstrap": ..., "run": ..., "input": ..., "state_dir": ..., "traced": false}'

`traced` false asks for no trace and no hashes: what is left is the runtime. True adds a trace record an input with two hashes, as the judge has.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson

from screener.catalog import BRAND_COUNTER
from screener.processor import Incoming, Input, Malformed, Outcome, Outgoing, Processor, State
from screener.runtime.app import run
from screener.runtime.settings import Settings


def processor(name: str, source: str, output: str, changelog: str, trace: str | None) -> Processor:
    """Counts the inputs of a key and adds their amounts; with `trace` the topic of the trace."""

    def read(incoming: Incoming) -> Input | Malformed:
        return Input(orjson.loads(incoming.value or b""), incoming.origin, incoming.origin.timestamp_ms, False, ())

    def apply(state: State, item: Input, _side: Any) -> Outcome:
        event = item.event
        seller = event["seller_id"]
        key = b"s" + seller.encode()
        stored = state.get(key)
        known = orjson.loads(stored) if stored is not None else {"seller_id": seller, "count": 0, "total": 0}
        known["count"] += 1
        known["total"] += event["amount"]
        value = orjson.dumps(known)
        return Outcome(
            kind="judged",
            records=(Outgoing(output, key[1:], value, (), item.origin.partition),),
            writes=((key, value),),
            touched=() if trace is None else (key,),
            before=() if trace is None else (stored,),
            seller_id=None if trace is None else seller,
            first_seen=stored is None,
        )

    return Processor(
        name=name,
        inputs=(source,),
        backfill=(),
        outputs=(output,),
        changelog=changelog,
        trace=trace,
        sides=(),
        read=read,
        compile_side=BRAND_COUNTER.compile_side,
        apply=apply,
        deadline=lambda _key: None,
        deadline_range=None,
    )


def main() -> None:
    """Runs until SIGTERM."""
    given = orjson.loads(sys.argv[1])
    name = given["run"]
    served = processor(name, given["input"], f"{name}.out", f"{name}.changelog", f"{name}.trace" if given["traced"] else None)
    settings = Settings(bootstrap=given["bootstrap"], application="bench", state_dir=Path(given["state_dir"]))
    raise SystemExit(run(settings, served))


if __name__ == "__main__":
    main()
