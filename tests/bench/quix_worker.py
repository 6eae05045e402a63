"""Quix Streams on the benchmark's job. Runs in an environment of its own (engines.py makes it), so nothing of ours is imported.

python quix_worker.py '{"bootstrap": ..., "run": ..., "input": ..., "state_dir": ..., "application": {...}}'
"""

from __future__ import annotations

import json
import sys
from typing import Any

from quixstreams import Application, State  # type: ignore[import-not-found]


def count(event: dict[str, Any], state: State) -> dict[str, Any]:
    """Counts the inputs of a key and adds their amounts."""
    known: dict[str, Any] | None = state.get("known")
    if known is None:
        known = {"seller_id": event["seller_id"], "count": 0, "total": 0}
    known = {**known, "count": known["count"] + 1, "total": known["total"] + event["amount"]}
    state.set("known", known)
    return known


def main() -> None:
    """Runs until SIGTERM."""
    given = json.loads(sys.argv[1])
    name = given["run"]
    app = Application(
        broker_address=given["bootstrap"],
        consumer_group=name,
        auto_offset_reset="earliest",
        state_dir=given["state_dir"],
        loglevel="WARNING",
        **given["application"],
    )
    source = app.topic(given["input"], value_deserializer="json")
    output = app.topic(f"{name}.out", value_serializer="json")
    frame = app.dataframe(source).apply(count, stateful=True).to_topic(output)
    app.run(frame)


if __name__ == "__main__":
    main()
