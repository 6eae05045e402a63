"""Bring the broker's jars into the user's cache, exactly those of the lock, and trust none before its sha256 is ours.

jgo fetches (its lower layer only: its environments resolve anew, ask hundreds of times and bring half of the class path); it writes straight to the
final path and takes a truncated file for a good one, so every jar is checked here at every start (45 MB: 0.1 s).
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from screener.embedded.errors import ELSEWHERE, EmbeddedBrokerError

if TYPE_CHECKING:
    from jgo.maven import Artifact, MavenContext

FETCH_THREADS = 8
"""Measured: 45 jars in 7-12 s with eight; more gains nothing."""

FETCHES_MAX = 2
"""A jar that is wrong after a second fetch is wrong at its source: say so instead of going round."""

TIMEOUT_SECONDS = 20
"""Silence after which one fetch is given up (per read, not per file)."""

OFFLINE_VARIABLE = "SCREENER_OFFLINE"
"""Set to 1: never ask the network; what is not cached is an error at once."""

LOCK_NAME = "kafka-jars.lock"


@dataclass(frozen=True)
class LockedJar:
    """One line of the lock: the coordinates and the sha256 (hex) of one jar."""

    group: str
    name: str
    version: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """`group:name:version`, as the lock spells it."""
        return f"{self.group}:{self.name}:{self.version}"


def read_lock() -> tuple[LockedJar, ...]:
    """Return the shipped lock, in class path order. Lines are `group:name:version sha256`; `#` starts a comment line."""
    text = resources.files("screener.embedded").joinpath(LOCK_NAME).read_text("utf-8")
    jars = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            coordinates, sha256 = line.split()
            group, name, version = coordinates.split(":")
            jars.append(LockedJar(group, name, version, sha256))
    return tuple(jars)


def cache_dir() -> Path:
    """Return `${XDG_CACHE_HOME:-~/.cache}/listing-screener`; a relative XDG_CACHE_HOME is ignored, as its specification asks."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(configured) if os.path.isabs(configured) else Path.home() / ".cache"
    return base / "listing-screener"


def ensure_jars(notify: Callable[[str], None]) -> tuple[Path, ...]:
    """Return the paths of all locked jars, each present and checked; fetch what is missing or wrong.

    `notify` gets one line for a person before a fetch. No request is made when all are cached.
    EmbeddedBrokerError: no network (or SCREENER_OFFLINE=1) with something missing, a jar that stays wrong, a cache that cannot be written.
    """
    cache = cache_dir()
    try:
        with _exclusive(cache):
            return _ensure(cache, notify)
    except OSError as error:  # after the network's errors, which are mapped nearer to their cause
        raise EmbeddedBrokerError(
            f"cannot use the jar cache {cache}: {error}. Make it writable and see that it has 45 MB, or set XDG_CACHE_HOME to another place."
        ) from error


@contextmanager
def _exclusive(cache: Path) -> Iterator[None]:
    """Hold the cache for this process: a second start waits, since a jar being written looks like a truncated one."""
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / "lock", "ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # released by the close
        yield


def _ensure(cache: Path, notify: Callable[[str], None]) -> tuple[Path, ...]:
    """Check all jars, then fetch the missing and wrong ones with FETCH_THREADS threads."""
    offline = os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")
    context = _maven(cache / "maven", offline)
    jars = read_lock()
    paths = {jar: _path(context, jar) for jar in jars}
    missing = [jar for jar in jars if not _is_good(paths[jar], jar)]
    if missing:
        if not offline:
            notify(f"fetching {len(missing)} of {len(jars)} jars of Apache Kafka into {cache} (once)")
        pool = ThreadPoolExecutor(FETCH_THREADS)
        try:
            list(pool.map(lambda jar: _fetch(context, jar), missing))
        finally:
            pool.shutdown(cancel_futures=True)  # after one failure, or Ctrl-C, nothing further is begun
    return tuple(paths[jar] for jar in jars)


def _maven(repository: Path, offline: bool) -> "MavenContext":
    """Return jgo's context on our own repository folder; imported here because jgo comes with the extra only, and costs 0.2 s."""
    try:
        from jgo.maven import MavenContext
    except ImportError as error:
        raise EmbeddedBrokerError(
            f"the package jgo, which fetches the embedded broker, is not installed. Run pip install 'listing-screener[embedded]', {ELSEWHERE}."
        ) from error
    return MavenContext(repo_cache=repository, timeout=TIMEOUT_SECONDS, offline=offline)


def _artifact(context: "MavenContext", jar: LockedJar) -> "Artifact":
    return context.project(jar.group, jar.name).at_version(jar.version).artifact()


def _path(context: "MavenContext", jar: LockedJar) -> Path:
    """Return where jgo keeps this jar, present or not."""
    path = _artifact(context, jar).cached_path
    assert path is not None, "a context with a repo_cache names a path for every artifact"
    return path


def _is_good(path: Path, jar: LockedJar) -> bool:
    """Return True if the file is there with the locked content."""
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def _fetch(context: "MavenContext", jar: LockedJar) -> None:
    """Replace whatever is at the jar's path by a good copy, or raise EmbeddedBrokerError and leave nothing there."""
    path = _path(context, jar)
    for _ in range(FETCHES_MAX):
        path.unlink(missing_ok=True)
        _download(context, jar)
        if _is_good(path, jar):
            return
    path.unlink(missing_ok=True)
    raise EmbeddedBrokerError(
        f"{jar.coordinates} came {FETCHES_MAX} times with another content than {LOCK_NAME} says. "
        f"Look for a proxy that rewrites downloads and start again, {ELSEWHERE}."
    )


def _download(context: "MavenContext", jar: LockedJar) -> None:
    """Let jgo fetch one jar; its errors, and those of requests under it, become EmbeddedBrokerError."""
    from requests import RequestException

    try:
        _artifact(context, jar).resolve()
    except RequestException as error:
        raise _unfetched(jar, f"the network failed ({type(error).__name__})") from error
    except RuntimeError as error:  # jgo's word for "offline" and for "no repository has it"
        reason = f"{OFFLINE_VARIABLE} is set" if context.offline else "no repository has it"
        raise _unfetched(jar, reason) from error


def _unfetched(jar: LockedJar, reason: str) -> EmbeddedBrokerError:
    return EmbeddedBrokerError(
        f"the embedded broker needs {jar.name}-{jar.version}.jar, which is not cached in {cache_dir()}, and {reason}. "
        f"Run this once with network (45 MB, then never again), {ELSEWHERE}."
    )
