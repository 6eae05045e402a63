"""What the benchmarks share: the demo's generated listings, and a broker with topics, registry and one worker."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from screener.codecs import canonical
from screener.contracts import Brand, ListingPublished
from screener.demo.generator import generate
from screener.embedded import EmbeddedBroker
from tests.harness import Worker, succeed

PARTITIONS = 4
"""As the engine's prototype was measured; a worker per core would own about as many."""


@dataclass(frozen=True)
class Setting:
    """A running installation."""

    bootstrap: str
    worker: Worker
    folder: Path


def real(count: int) -> tuple[tuple[Brand, ...], list[ListingPublished]]:
    """(brands, the first `count` listings) of the real B2C data beside the repository: mostly ordinary listings. Exits where it is absent."""
    folder = Path(__file__).parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        sys.exit("../shared/data with real listings is not here; leave --real out")
    with gzip.open(folder / "listings-b2c.jsonl.gz") as lines:
        events = [msgspec.json.decode(line, type=ListingPublished) for line in islice(lines, count)]
    with (folder / "brands.jsonl").open("rb") as lines:
        return tuple(msgspec.json.decode(line, type=Brand) for line in lines), events


def published(count: int, seed: int = 7) -> tuple[tuple[Brand, ...], list[ListingPublished]]:
    """(brands, `count` published listings) of the demo's generator."""
    stream = generate(seed, count)
    return stream.brands, [event for event in stream.events if isinstance(event, ListingPublished)][:count]


@contextmanager
def setting(brands: tuple[Brand, ...]) -> Iterator[Setting]:
    """A broker on a free port that compiles like a production one, topics, the registry, and a worker not started yet. All are stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="screener-bench-") as name, EmbeddedBroker(long_running=True) as broker:
        folder = Path(name)
        registry = folder / "brands.jsonl"
        registry.write_bytes(b"\n".join(canonical(brand) for brand in brands) + b"\n")
        succeed("topics", "apply", "--partitions", str(PARTITIONS), bootstrap=broker.bootstrap)
        succeed("registry", "load", str(registry), bootstrap=broker.bootstrap)
        with Worker(broker.bootstrap, folder / "worker") as worker:
            yield Setting(broker.bootstrap, worker, folder)


def machine() -> str:
    """A line that says where a figure comes from, and what else the machine was doing."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    return f"python {sys.version.split()[0]}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}, commit {commit or 'unknown'}"
