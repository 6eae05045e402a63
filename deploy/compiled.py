"""Compiles the core to C in place: `make compiled`. Needs a C compiler and Python's headers; without it everything runs as it is, only slower.

mypyc makes an extension of every module of the judge and of what a record passes beside it. Sources stay beside them, so the judge's version is the
same, and so are its decisions (`python -m tests.bench.compiled` compares them byte for byte). deploy/decisions/0010 has the figures.
"""

from __future__ import annotations

from pathlib import Path

from mypyc.build import mypycify
from setuptools import setup

PACKAGE = Path("screener")

LEFT = frozenset(
    {
        "judge/version.py",  # looks for the sources beside it
        # msgspec reads their structs from bytes, or gives fields a factory: both need annotations that a compiled class does not keep
        "judge/claims/grammar.py",
        "judge/listing.py",
        "judge/rulebook.py",
        "judge/rulebook_text.py",
        "judge/seller.py",
        "judge/views.py",
    }
)
AROUND = ("catalog.py", "codecs.py", "intake.py", "outlet.py", "runtime/landing.py", "runtime/round.py", "step.py")
"""What every record passes beside the judge."""
FOLDERS = ("judge", "judge/claims", "judge/contacts", "judge/detectors")


def modules() -> list[str]:
    """The files to compile."""
    judge = [
        path.relative_to(PACKAGE).as_posix() for folder in FOLDERS for path in sorted((PACKAGE / folder).glob("*.py")) if path.stem != "__init__"
    ]
    unknown = sorted(LEFT - set(judge))
    assert not unknown, f"no such modules: {unknown}"
    return [str(PACKAGE / name) for name in (*judge, *AROUND) if name not in LEFT]


setup(name="listing-screener-compiled", packages=[], ext_modules=mypycify(modules(), opt_level="3"))
