"""All invariants over one partition number. The caller reads the topics; here is what their records must be.

While a worker runs, the topics move. The cut: the caller takes the end of the trace first (no transaction is open below it), then the ends of the
topics that inputs lead to: whatever a trace record before the cut led to lies before those. Then it reads the trace on, to an end taken last: the
trace of whatever lies on the other topics lies before that one. So a record is missing only if the trace before the cut says it was sent, and
unfounded only if no trace up to the last end explains it.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from typing import Final, get_args

from msgspec import Struct

from screener import topics
from screener.catalog import JUDGE, PROCESSORS
from screener.contracts import Cause, Decision, OutcomeKind
from screener.processor import CLOCK, Headers, Incoming
from screener.verify.actions import Standing, Turns, print_of
from screener.verify.chains import Chains, lacks_evidence
from screener.verify.coverage import Coverage, Gap
from screener.verify.findings import Findings, Invariant
from screener.verify.heads import AppliedMeta, Head, Unreadable, read_action, read_decision, read_meta, read_trace
from screener.verify.matching import Expected, Found, Matching, fingerprint
from screener.verify.state_chain import StateChain

OUTCOMES: Final = frozenset(get_args(OutcomeKind))
EFFECTS: Final = (topics.DECISION, topics.HOLD, topics.BLOCK, topics.DEAD_LETTER)
"""Topics whose records lie on the partition number of the input that led to them."""

_DLQ: Final = "screener.dlq."
_OTHERS_INPUTS: Final = frozenset(topic for one in PROCESSORS.values() if one is not JUDGE for topic in one.inputs)
"""Their dead letters lie on the same topic; those processors have no trace."""

_NAMES: Final[Mapping[str, tuple[Invariant, Invariant, Invariant]]] = {
    topics.DECISION: ("decision_missing", "decision_differs", "decision_doubled"),
    topics.HOLD: ("action_missing", "action_unfounded", "action_unfounded"),
    topics.BLOCK: ("action_missing", "action_unfounded", "action_unfounded"),
    topics.DEAD_LETTER: ("dead_letter_missing", "dead_letter_differs", "dead_letter_unfounded"),
}
"""Per topic: expected and not there; there in another form; there and not expected."""


class Checked(Struct, frozen=True, kw_only=True):
    """What was looked at in one partition."""

    traced: int
    outcomes: Mapping[str, int]
    records: Mapping[str, int]
    """Per topic how many records were read."""
    states: int
    """State hashes that could be compared."""
    begins: Mapping[str, int]
    """Topics whose beginning was deleted: the trace sequence from which they are checked; for an input topic its first offset."""


class PartitionCheck:
    """One partition number. Feed `record` with the trace up to the cut and the other topics, call `settle`, feed the rest of the trace, then
    ask for `gaps`, tell what was `lost` there, and `finish`.

    `starts` is the first offset that is there of every topic: above 0 its beginning was deleted.
    """

    def __init__(self, number: int, findings: Findings, starts: Mapping[str, int]) -> None:
        self._number, self._findings, self._starts = number, findings, starts
        self._coverage = Coverage(number, findings, may_begin_late=bool(starts.get(topics.TRACE)))
        self._states, self._standing, self._chains = StateChain(), Standing(), Chains()
        self._matching = {topic: Matching() for topic in EFFECTS}
        self._turns = {topic: Turns() for topic in (topics.HOLD, topics.BLOCK)}
        self._outcomes: Counter[str] = Counter()
        self._records: Counter[str] = Counter()
        self._settled: int | None = None
        self._meta: AppliedMeta | None = None
        self._applied_at_meta: Mapping[str, int] | None = None
        self._tick_at_meta: int | None = None

    def record(self, found: Incoming) -> None:
        """A record of the trace or of a topic that inputs lead to, in the order of its topic."""
        topic = found.origin.topic
        self._records[topic] += 1
        try:
            if topic == topics.TRACE:
                self._trace(found)
            elif topic == topics.DECISION:
                self._decision(found)
            elif topic == topics.DEAD_LETTER:
                self._dead_letter(found)
            else:
                self._action(found)
        except Unreadable as error:
            self._broken("unreadable_record", topic, found.origin.offset, str(error))

    def settle(self, newest_m: bytes | None) -> None:
        """The cut: what is traced from now on is newer than the other topics. `newest_m` is the changelog's, read after the cut was taken."""
        self._settled = self._coverage.sequence
        if newest_m is not None:
            try:
                self._meta = read_meta(newest_m)
            except Unreadable as error:
                self._broken("unreadable_record", topics.JUDGE_CHANGELOG, None, str(error))
                return
            self._note_applied()
        elif self._settled:
            self._broken("changelog_disagrees", topics.JUDGE_CHANGELOG, None, f"it has no m, the trace has {self._settled} records")

    def gaps(self, committed: Mapping[str, int]) -> tuple[Gap, ...]:
        """Offsets that were passed and not traced: a record of an input topic that lies there is `lost`. `committed` are the group's offsets."""
        applied = self._meta.applied if self._meta else {}
        ends = {topic: max(committed.get(topic, 0), applied.get(topic, 0)) for topic in JUDGE.inputs}
        return self._coverage.gaps(JUDGE.inputs, ends)

    def lost(self, topic: str, offset: int) -> None:
        """A record lies in a gap."""
        self._broken("input_lost", topic, offset, "it is below the committed offset and has no trace record")

    def finish(self) -> Checked:
        """Everything was read: what has no partner is judged."""
        self._compare_meta()
        begins = {topic: self._begin(topic) + 1 for topic in EFFECTS if self._starts.get(topic)}
        if self._coverage.begins_late:
            begins[topics.TRACE] = self._coverage.first_sequence or (self._meta.sequence if self._meta else 0) + 1
        for topic in EFFECTS:
            self._unmatched(topic, begins.get(topic, 1))
        return Checked(
            traced=self._records[topics.TRACE],
            outcomes=dict(sorted(self._outcomes.items())),
            records=dict(sorted(self._records.items())),
            states=self._states.compared,
            begins=begins,
        )

    # The trace.

    def _trace(self, found: Incoming) -> None:
        head, rest = read_trace(found.value)
        offset = found.origin.offset
        is_new = self._coverage.add(offset, head)
        self._note_applied()
        if not is_new:
            return
        self._outcomes[head.outcome] += 1
        if head.outcome not in OUTCOMES:
            self._broken("outcome_unknown", topics.TRACE, offset, f"its outcome is {head.outcome!r}")
            return
        decisions = tuple(read_decision(bytes(raw)) for raw in head.decisions)
        self._count_decisions(head, decisions, offset)
        late = self._coverage.begins_late
        if wrong := self._states.add(head, decisions, whole=not late):
            self._broken("state_chain", topics.TRACE, offset, wrong)
        for raw, decision in zip(head.decisions, decisions, strict=True):
            words = f"{decision.decision} of listing {decision.listing_id} revision {decision.revision}"
            self._expect(topics.DECISION, fingerprint(bytes(raw), decision.seller_id.encode()), head, words)
        for listing, told in self._standing.follow(head, decisions, late):
            self._expect(told.topic, told.print_of(listing, head.cause, listing[0].encode()), head, told.words)
        if head.outcome == "dead_letter":
            headers = tuple((name, _bytes(text)) for name, text in head.headers)
            self._expect(topics.DEAD_LETTER, _print_of_letter(head.reason, head.cause, _bytes(head.key), rest, headers), head, head.reason)

    def _count_decisions(self, head: Head, decisions: tuple[Decision, ...], offset: int) -> None:
        wanted = {"judged": "1", "recorded": "any"}.get(head.outcome, "0")
        if wanted not in ("any", str(len(decisions))):
            self._broken("decision_count", topics.TRACE, offset, f"an outcome {head.outcome} carries {len(decisions)} decisions instead of {wanted}")
        for decision in decisions:
            if decision.cause != head.cause:
                self._broken("decision_count", topics.TRACE, offset, f"it carries a decision caused by {_place(decision.cause)}")
            if head.failed_detectors and not decision.degraded:
                failed = ", ".join(head.failed_detectors)
                self._broken("degraded_allows", topics.TRACE, offset, f"{failed} failed, and the decision does not say degraded")

    def _expect(self, topic: str, print_: bytes, head: Head, words: str) -> None:
        self._matching[topic].expect(print_, Expected(head.sequence, head.cause, words))

    def _note_applied(self) -> None:
        if self._meta is not None and self._meta.sequence == self._coverage.sequence:
            self._applied_at_meta, self._tick_at_meta = dict(self._coverage.applied), self._coverage.last_tick_ms

    # What inputs lead to.

    def _decision(self, found: Incoming) -> None:
        decision, offset = read_decision(found.value), found.origin.offset
        words = f"{decision.decision} of listing {decision.listing_id} revision {decision.revision}"
        self._matching[topics.DECISION].find(fingerprint(found.value or b"", found.key or b""), Found(offset, decision.cause, words))
        if wrong := self._chains.add(decision, may_begin_late=bool(self._starts.get(topics.DECISION))):
            self._broken("chain_broken", topics.DECISION, offset, wrong)
        if lacks_evidence(decision):
            self._broken("block_without_evidence", topics.DECISION, offset, f"listing {decision.listing_id} is blocked for nothing")
        if decision.degraded and decision.decision == "allow":
            self._broken("degraded_allows", topics.DECISION, offset, f"listing {decision.listing_id} is allowed without some detector")

    def _action(self, found: Incoming) -> None:
        topic, offset, action = found.origin.topic, found.origin.offset, read_action(found.value)
        lifts = f"\n{action.seller_id}\n{action.listing_id}" if action.action == "lifted" else ""
        words = f"{action.action} for listing {action.listing_id} of seller {action.seller_id}"
        self._matching[topic].find(print_of(topic, action, found.key or b""), Found(offset, action.cause, words + lifts))
        if wrong := self._turns[topic].add(action, may_begin_late=bool(self._starts.get(topic))):
            self._broken("action_unpaired", topic, offset, wrong)

    def _dead_letter(self, found: Incoming) -> None:
        own = {name.removeprefix(_DLQ): (value or b"").decode("utf-8", "replace") for name, value in found.headers if name.startswith(_DLQ)}
        try:
            cause, reason = Cause(topic=own["topic"], partition=int(own["partition"]), offset=int(own["offset"])), own["reason"]
        except (KeyError, ValueError) as error:
            raise Unreadable(f"its headers do not say where it came from ({error})") from error
        if cause.topic not in _OTHERS_INPUTS:
            print_ = _print_of_letter(reason, cause, found.key, found.value or b"", found.headers)
            self._matching[topics.DEAD_LETTER].find(print_, Found(found.origin.offset, cause, reason))

    # The end.

    def _begin(self, topic: str) -> int:
        """The trace sequence after which a topic whose beginning was deleted is checked; the cut if nothing of it is left."""
        first = self._matching[topic].begins_at
        return (self._settled or 0) if first is None else first

    def _unmatched(self, topic: str, begin: int) -> None:
        matching, (missing, differs, surplus) = self._matching[topic], _NAMES[topic]
        # An input may lead to several records of a topic, of which retention took the first: its sequence is not checked, the next one is.
        due = [one for one in matching.missing if begin <= one.sequence <= (self._settled or 0)]
        lacking = {(one.cause.topic, one.cause.offset, one.words): one for one in due}
        for found in matching.surplus:
            words, _, lifted = found.words.partition("\n")
            cause = found.cause
            twin = lacking.pop((cause.topic, cause.offset, words), None)
            if twin is None and topic == topics.DEAD_LETTER:
                twin = next((lacking.pop(key) for key in list(lacking) if key[:2] == (cause.topic, cause.offset)), None)
            if twin is not None:
                self._broken(differs, topic, found.offset, f"{words}, caused by {_place(cause)}, is not as trace record {twin.sequence} has it")
            elif self._is_traced(cause):
                if not lifted or (cause.topic, cause.offset, *lifted.split("\n")) not in self._standing.unknown_lifts:
                    self._broken(surplus, topic, found.offset, f"{words}: the trace of {_place(cause)} led to nothing like it")
            elif not self._coverage.precedes(cause.topic, cause.offset):
                name: Invariant = "decision_without_trace" if topic == topics.DECISION else surplus
                self._broken(name, topic, found.offset, f"{words}: {_place(cause)} has no trace record")
        for one in lacking.values():
            self._broken(missing, topic, None, f"{one.words}, caused by {_place(one.cause)} (trace record {one.sequence}), is not there")

    def _is_traced(self, cause: Cause) -> bool:
        return cause.partition == self._number and self._coverage.has(cause.topic, cause.offset)

    def _compare_meta(self) -> None:
        meta = self._meta
        if meta is None or (self._coverage.begins_late and not self._coverage.first_sequence):
            return
        if self._applied_at_meta is None:
            detail = f"m says {meta.sequence} records were traced, the trace ends at {self._coverage.sequence}"
            self._broken("changelog_disagrees", topics.JUDGE_CHANGELOG, None, detail)
            return
        ticked = self._tick_at_meta or (meta.tick_ms if self._coverage.begins_late else 0)  # its last tick may lie before the trace begins
        if meta.tick_ms != ticked:
            detail = f"m says the clock was {meta.tick_ms} ms, the trace says {ticked} ms: no hold falls due before the clock is past that"
            self._broken("changelog_disagrees", topics.JUDGE_CHANGELOG, None, detail)
        seen = self._applied_at_meta
        for topic in sorted(meta.applied.keys() | seen.keys()):
            if topic not in seen and self._coverage.begins_late:
                continue  # its last input lies before the trace begins
            if meta.applied.get(topic, 0) != seen.get(topic, 0):
                detail = f"m says {topic} was applied up to {meta.applied.get(topic, 0)}, the trace up to {seen.get(topic, 0)}"
                self._broken("changelog_disagrees", topics.JUDGE_CHANGELOG, None, detail)

    def _broken(self, invariant: Invariant, topic: str, offset: int | None, detail: str) -> None:
        self._findings.add(invariant, topic, self._number, offset, detail)


def _place(cause: Cause) -> str:
    return f"the clock at {cause.offset} ms" if cause.topic == CLOCK else f"{cause.topic} {cause.partition} offset {cause.offset}"


def _bytes(text: str | None) -> bytes | None:
    try:
        return None if text is None else base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Unreadable(f"key or headers are not base64: {error}") from error


def _print_of_letter(reason: str, cause: Cause, key: bytes | None, value: bytes, headers: Headers) -> bytes:
    """A dead letter's fingerprint. Where the output was too large the trace goes without key and headers, so they are not compared."""
    if reason == "output_too_large":
        return fingerprint([reason, cause.topic, cause.partition, cause.offset], value)
    kept = [(name, text) for name, text in headers if not name.startswith(_DLQ)]
    return fingerprint([reason, cause.topic, cause.partition, cause.offset, key, kept], value)
