"""The judge's version: two judges with the same one answer every input alike, bit for bit. Named in every decision and trace record."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.resources
import unicodedata
from typing import Final

from screener import __version__
from screener.judge import tables as shipped
from screener.judge.claims import grammar
from screener.judge.contacts import channels, hints
from screener.judge.detectors import price_floor
from screener.judge.everyday import EVERYDAY
from screener.judge.lookalikes import LEET, SKELETON

_CORE_MODULES: Final = ("brands.py", "catalog.py", "codecs.py", "contracts.py", "intake.py", "outlet.py", "processor.py", "step.py")


def _tables() -> str:
    """Short hash over every table of data that a decision may depend on, in fixed order."""
    hasher = hashlib.sha256()
    hasher.update(importlib.metadata.version("OpenCC").encode())
    for code, target in sorted(SKELETON.items()):
        hasher.update(b"%x>%x;" % (code, -1 if target is None else target))
    for name in shipped.NAMES:
        hasher.update(shipped.read(name).encode())
    for name in (*grammar.TABLES, "contexts"):
        hasher.update(grammar.read(name).encode())
    tables = (sorted(LEET.items()), sorted(EVERYDAY), channels.NAMES, hints.HINTS, price_floor.NOT_THE_GOODS)
    for table in tables:
        hasher.update(repr(table).encode() + b"\n")
    return hasher.hexdigest()[:8]


def _code() -> str:
    """Short hash over the source of every module that an input passes: an edit that forgot the package version is another judge all the same."""
    package = importlib.resources.files("screener")
    hasher = hashlib.sha256()
    for folder in (package, package / "judge", package / "judge" / "detectors", package / "judge" / "claims", package / "judge" / "contacts"):
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".py") and (folder is not package or file.name in _CORE_MODULES):
                hasher.update(file.name.encode() + b"\n" + file.read_bytes())
    return hasher.hexdigest()[:8]


JUDGE_VERSION: Final[str] = f"{__version__}+unicode{unicodedata.unidata_version}.data{_tables()}.code{_code()}"
"""Package, Unicode data of this Python, data tables, code."""
