"""Faust as it comes (its own aiokafka driver, a `rocksdb://` table) on the benchmark's job; nothing of ours is imported.

python stock_faust_worker.py '{"bootstrap": ..., "run": ..., "input": ..., "state_dir": ..., "partitions": 4, "app": {...}}'
"""

from __future__ import annotations

import json
import sys
from typing import Any

import faust


def main() -> None:
    """Runs until SIGTERM."""
    given = json.loads(sys.argv[1])
    name = given["run"]
    app = faust.App(
        name,
        broker=f"kafka://{given['bootstrap']}",
        store="rocksdb://",
        datadir=given["state_dir"],
        topic_partitions=given["partitions"],
        topic_replication_factor=1,
        consumer_auto_offset_reset="earliest",
        web_enabled=False,
        **given["app"],
    )
    source = app.topic(given["input"], key_type=str, key_serializer="raw", value_serializer="json")
    output = app.topic(f"{name}.out", key_type=str, key_serializer="raw", value_serializer="json")
    table = app.Table("known", partitions=given["partitions"])

    async def count(stream: Any) -> None:
        async for event in stream:
            seller = event["seller_id"]
            known = table.get(seller) or {"seller_id": seller, "count": 0, "total": 0}
            known = {**known, "count": known["count"] + 1, "total": known["total"] + event["amount"]}
            table[seller] = known
            await output.send(key=seller, value=known)

    app.agent(source)(count)
    worker = faust.Worker(app, loglevel="WARN", quiet=True, redirect_stdouts=False)
    worker.spinner = None
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
