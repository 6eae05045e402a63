"""Trace heads, decisions and actions as a check must read them: a value that no release of ours would write is a finding, not an exception."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from screener.contracts import Action, Cause, Decision
from screener.outlet import TRACE_FORMAT

READS_FORMAT: Final = TRACE_FORMAT
META_KEY: Final = b"m"
"""The engine's own key in the changelog, see `runtime/partition.py`."""


class Unreadable(Exception):
    """A record is not what its topic holds; the text says why."""


class Head(Struct, frozen=True, gc=False, kw_only=True):
    """`contracts.TraceHead` with any outcome, and its decisions as the bytes they are."""

    format: int
    sequence: int
    outcome: str
    reason: str
    cause: Cause
    timestamp_ms: int
    key: str | None
    headers: tuple[tuple[str, str | None], ...]
    listing_id: str | None
    seller_id: str | None
    decisions: tuple[msgspec.Raw, ...]
    failed_detectors: tuple[str, ...]
    state_before: str
    state_after: str
    judge_version: str
    input_present: bool


class AppliedMeta(Struct, frozen=True, kw_only=True):
    """Of the changelog's `m` what can be compared with the trace."""

    applied: dict[str, int]
    """Per source topic the offset applied next."""
    sequence: int
    """Number of the last trace record."""
    tick_ms: int = 0
    """Time of the last tick."""


_head = msgspec.json.Decoder(Head).decode
_decision = msgspec.json.Decoder(Decision).decode
_action = msgspec.json.Decoder(Action).decode
_meta = msgspec.msgpack.Decoder(AppliedMeta).decode
_FAULTS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read_trace(value: bytes | None) -> tuple[Head, bytes]:
    """(head, what follows the newline). Raises `Unreadable`."""
    line, newline, rest = (value or b"").partition(b"\n")
    try:
        head = _head(line)
    except _FAULTS as error:
        raise Unreadable(f"no trace head: {error}") from error
    if head.format != READS_FORMAT:
        raise Unreadable(f"trace format {head.format}, this release reads {READS_FORMAT}; verify with the release that wrote it")
    if not newline:
        raise Unreadable("no newline ends the head")
    return head, rest


def read_decision(value: bytes | None) -> Decision:
    """The decision. Raises `Unreadable`."""
    try:
        return _decision(value or b"")
    except _FAULTS as error:
        raise Unreadable(f"no decision: {error}") from error


def read_action(value: bytes | None) -> Action:
    """The action. Raises `Unreadable`."""
    try:
        return _action(value or b"")
    except _FAULTS as error:
        raise Unreadable(f"no hold or block: {error}") from error


def read_meta(value: bytes | None) -> AppliedMeta:
    """The engine's `m`. Raises `Unreadable`."""
    try:
        return _meta(value or b"")
    except _FAULTS as error:
        raise Unreadable(f"no m: {error}") from error
