"""A worker of an older release: this one's code with a catalog whose judge knows one input topic less (`screening.ring`).

python tests/faults/older_release.py --bootstrap 127.0.0.1:19092 --state-dir w1 --group judge
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from screener import topics
from screener.catalog import JUDGE
from screener.runtime.app import run
from screener.runtime.settings import Settings


def main() -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--group", choices=(JUDGE.name,), required=True)
    given = parser.parse_args()
    older = msgspec.structs.replace(JUDGE, inputs=tuple(topic for topic in JUDGE.inputs if topic != topics.RING))
    return run(Settings(bootstrap=given.bootstrap, state_dir=given.state_dir), older)


if __name__ == "__main__":
    sys.exit(main())
