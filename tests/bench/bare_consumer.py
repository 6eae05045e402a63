"""The limit: a plain confluent consumer that decodes and does nothing else. Prints its figures as one line of JSON and ends.

python -m tests.bench.bare_consumer '{"bootstrap": ..., "input": ..., "partitions": 4, "after": ..., "until": ..., "records": ..., "consumer": {...}}'
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import Any

import orjson
from confluent_kafka import Consumer, TopicPartition

BATCH_RECORDS = 2_000


def main() -> None:
    """Reads all records; the time between record `after` and record `until` counts."""
    given = orjson.loads(sys.argv[1])
    consumer = Consumer({"bootstrap.servers": given["bootstrap"], **given["consumer"]})
    consumer.assign([TopicPartition(given["input"], number, 0) for number in range(given["partitions"])])
    totals: Counter[str] = Counter()
    done, began, ended = 0, (0.0, 0.0, 0), (0.0, 0.0, 0)
    while done < given["records"]:
        messages: list[Any] = consumer.consume(BATCH_RECORDS, 0.05)
        for message in messages:
            if message.error() is None:
                event = orjson.loads(message.value())
                totals[event["seller_id"]] += event["amount"]
                done += 1
        now = (time.perf_counter(), time.process_time(), done)
        began = now if not began[2] and done >= given["after"] else began
        ended = now if not ended[2] and done >= given["until"] else ended
    consumer.close()
    records = ended[2] - began[2]
    figures = {
        "records_per_s": records / (ended[0] - began[0]) if records else 0.0,
        "cpu_us": (ended[1] - began[1]) / records * 1e6 if records else 0.0,
    }
    sys.stdout.buffer.write(orjson.dumps({**figures, "totals": totals}) + b"\n")


if __name__ == "__main__":
    main()
