"""Writes the table of faults into `deploy/reliability.md`, between its markers, from the results of a run.

python -m tests.faults.table --results fault-results
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.faults.catalog import FAULTS, Fault
from tests.faults.results import FILE, Result, read_results

DOCUMENT = Path(__file__).parents[2] / "deploy" / "reliability.md"
BEGIN = "<!-- begin: written by `python -m tests.faults.table` -->"
END = "<!-- end -->"

HEAD = (
    "| fault | tries | lost | doubled | differs | recovery median | worst | counted from | date | machine | commit |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
)


def table(results: Sequence[Result], before: str = "") -> str:
    """The Markdown table: a row a fault, in the catalog's order. Where one was not run its row in `before` stays: a partial run erases none."""
    unknown = {result.fault for result in results} - FAULTS.keys()
    if unknown:
        raise SystemExit(f"no such fault: {sorted(unknown)}; add it to tests/faults/catalog.py")
    earlier = {row.split(" | ")[0].removeprefix("| "): row for row in before.splitlines() if row.startswith("| ")}
    rows = []
    for name, fault in FAULTS.items():
        found = [result for result in results if result.fault == name]
        rows.append(_row(fault, found) if found else earlier.get(fault.title, _row(fault, found)))
    return "\n".join([*HEAD, *rows])


def _row(fault: Fault, results: Sequence[Result]) -> str:
    if not results:
        return f"| {fault.title} | not run | | | | | | | | |"
    newest = results[-1]
    recoveries = [seconds for result in results for seconds in result.recoveries_s]
    median, worst = (f"{statistics.median(recoveries):.1f} s", f"{max(recoveries):.1f} s") if recoveries else ("refused", "refused")
    commits = ", ".join(dict.fromkeys(result.commit for result in results))
    cells = (
        fault.title,
        sum(result.tries for result in results),
        sum(result.lost for result in results),
        sum(result.doubled for result in results),
        sum(result.differences for result in results),
        median,
        worst,
        fault.counted_from or "-",
        newest.date,
        newest.machine,
        commits,
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def insert(document: str, generated: str) -> str:
    """The document with what stands between its markers replaced. Raises SystemExit when it has no markers."""
    before, begin, rest = document.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"the document has no lines {BEGIN} and {END}; write them where the table belongs")
    return f"{before}{BEGIN}\n{generated}\n{END}{after}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.table", description="Writes the table of faults into deploy/reliability.md.")
    parser.add_argument("--results", type=Path, default=Path("fault-results"), help=f"folder with {FILE}; `make faults` makes it")
    parser.add_argument("--document", type=Path, default=DOCUMENT)
    given = parser.parse_args()
    if not (given.results / FILE).exists():
        sys.exit(f"error: {given.results / FILE} does not exist; run `make faults`, or say --results")
    document = given.document.read_text(encoding="utf-8")
    generated = table(read_results(given.results), document)
    given.document.write_text(insert(document, generated), encoding="utf-8")
    print(generated)


if __name__ == "__main__":
    main()
