"""The rulebook: what each signal weighs, which combinations decide, and what happens to a hold. A person writes it in TOML and can read it.

`parse_rulebook` accepts exactly what is described here; anything else is an error that says where it is and what to do. Nothing is ignored: a
misspelt key that changes nothing would be a rule that somebody believes in.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from screener.contracts import Mode, Scope
from screener.judge.rulebook_text import OnDue, RulebookError, RuleText, Shadow, Text, refuse, shaped
from screener.judge.scorecard import THOUSAND, Scorecard

__all__ = ["MAX_RULES", "SIGNAL_NAMES", "Condition", "Rule", "Rulebook", "RulebookError", "parse_rulebook"]

SIGNAL_NAMES: Final = (
    "protected_brand",
    "disguised_brand",
    "declared_brand",
    "gated_brand",
    "accessory_cover",
    "replica_slang",
    "denied_original",
    "coded_hint",
    "parallel_import",
    "picture_only",
    "price_floor",
    "contact_diversion",
    "category_mismatch",
    "copied_text",
    "copied_photo",
    "bait_and_switch",
    "edited_while_held",
    "seller_strikes",
    "relisted",
    "burst",
    "oversized_text",
    "clock_skew",
    "prior_hold",
)
"""Every signal a rulebook may name: those of `detectors.DETECTORS` in their order (a test compares them), then those the judge itself adds."""

MAX_RULES: Final = 1_000
"""Rules of one rulebook: five times what a person can still oversee."""

_HOUR_MS: Final = 3_600_000


class Condition(Struct, frozen=True):
    """A signal is present with at least this strength."""

    signal: str
    strength: float


class Rule(Struct, frozen=True, kw_only=True):
    """A combination of signals that decides: `all_of` hold, at least `at_least` of `any_of` hold, none of `none_of` holds."""

    id: str
    all_of: tuple[Condition, ...]
    any_of: tuple[Condition, ...]
    none_of: tuple[Condition, ...]
    at_least: int
    decision: Literal["hold", "block"]
    scope: Scope
    risk: float
    owner: str
    reason: str
    reason_zh: str = ""
    """The same for Chinese readers; "" when nobody wrote it."""


class Rulebook(Struct, frozen=True, kw_only=True):
    """A rulebook in force. Build it with `parse_rulebook`."""

    mode: Mode
    review_h: int
    escalation_h: int
    weak_below: float
    """A hold whose risk is below this has weak evidence when it is due."""
    on_due_weak: OnDue
    on_due_strong: OnDue
    sample_one_in: int
    """One in so many of the holds that the clock releases is looked at afterwards."""
    hold_threshold: float
    """A score at or above it holds."""
    block_threshold: float | None
    """A score at or above it blocks where there are two kinds of evidence; None: none does."""
    scorecard: Scorecard
    rules: tuple[Rule, ...]
    mode_overrides: tuple[Shadow, ...]
    rules_by_signal: Mapping[str, tuple[int, ...]]
    """For each signal the numbers of the rules that need it (of each rule its rarest required signals): only these are looked at."""

    @property
    def hold_review_ms(self) -> int:
        """Milliseconds from a hold's append time to its `review_by`."""
        return self.review_h * _HOUR_MS

    @property
    def escalation_ms(self) -> int:
        """Milliseconds that an escalated hold waits further."""
        return self.escalation_h * _HOUR_MS

    def mode_for(self, category: Sequence[str], seller_id: str) -> Mode:
        """The mode for a listing; `category` is its path, root first, of which only the root counts."""
        if self.mode == "shadow":
            return "shadow"
        for shadow in self.mode_overrides:
            in_category = not shadow.category or (bool(category) and category[0] in shadow.category)
            if in_category and (shadow.share is None or _position(seller_id) < shadow.share):
                return "shadow"
        return "enforce"


def _position(seller_id: str) -> float:
    """Where a seller stands in [0, 1), evenly spread, the same for ever."""
    return int.from_bytes(hashlib.sha256(b"shadow\n" + seller_id.encode()).digest()[:6], "big") / (1 << 48)


def parse_rulebook(text: str, *, older: bool = False) -> Rulebook:
    """The rulebook that `text` (TOML) describes. Raises `RulebookError`.

    A text from before the scorecard is refused; with `older` it is read with its weights converted, so that what lies on a log for ever can be used.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        refuse("the text", f"is not valid TOML: {error}", "correct the line named")
    parsed = shaped(raw, older)
    for name in parsed.signals:
        if name not in SIGNAL_NAMES:
            refuse(f"[signals.{name}]", "names an unknown signal", f"use one of: {', '.join(SIGNAL_NAMES)}")
    if len(parsed.rules) > MAX_RULES:
        refuse("[[rule]]", f"stands {len(parsed.rules)} times", f"keep at most {MAX_RULES} rules")
    for number, shadow in enumerate(parsed.shadow, 1):
        if not shadow.category and shadow.share is None:
            refuse(f"[[shadow]] number {number}", "says neither category nor share", 'give one, or set mode = "shadow" for everything')
    if parsed.thresholds.block is not None and parsed.thresholds.block < parsed.thresholds.hold:
        refuse("[thresholds]", "blocks at a lower score than it holds", "correct one of them")
    rules = tuple(_compile(rule) for rule in parsed.rules)
    _check_ids(rules)
    hold = parsed.hold
    return Rulebook(
        mode=parsed.mode,
        review_h=hold.review_h,
        escalation_h=hold.escalation_h,
        weak_below=hold.weak_below,
        on_due_weak=hold.on_due_weak,
        on_due_strong=hold.on_due_strong,
        sample_one_in=hold.sample_one_in,
        hold_threshold=parsed.thresholds.hold,
        block_threshold=parsed.thresholds.block,
        scorecard=_scorecard(parsed),
        rules=rules,
        mode_overrides=parsed.shadow,
        rules_by_signal=_index(rules),
    )


def _scorecard(parsed: Text) -> Scorecard:
    signals = {name: parsed.signals[name] for name in SIGNAL_NAMES if name in parsed.signals}
    return Scorecard(
        intercept=round(parsed.score.intercept * THOUSAND),
        weights={name: round(one.weight * THOUSAND) for name, one in signals.items()},
        kinds={name: one.kind for name, one in signals.items() if one.kind is not None},
        caps={kind: round(cap * THOUSAND) for kind, cap in parsed.score.caps.items()},
    )


_CONDITION: Final = re.compile(r"^([a-z_]+)(?:\s*>=\s*(0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?))?$")


def _compile(rule: RuleText) -> Rule:
    where = f'[[rule]] "{rule.id}"'
    if not rule.all_of and not rule.any_of:
        refuse(where, "has no condition", "name the signals it needs under all or any")
    if rule.at_least > len(rule.any_of) and (rule.any_of or rule.at_least > 1):
        refuse(where, f"wants at_least = {rule.at_least} of {len(rule.any_of)}", "lower at_least or name more signals under any")
    return Rule(
        id=rule.id,
        all_of=_conditions(where, "all", rule.all_of),
        any_of=_conditions(where, "any", rule.any_of),
        none_of=_conditions(where, "not", rule.none_of),
        at_least=rule.at_least if rule.any_of else 0,
        decision=rule.decision,
        scope=rule.scope,
        risk=round(rule.risk, 6),
        owner=rule.owner,
        reason=rule.reason,
        reason_zh=rule.reason_zh,
    )


def _conditions(where: str, key: str, texts: tuple[str, ...]) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for text in texts:
        found = _CONDITION.match(text)
        if not found:
            refuse(where, f'has the condition "{text}" under {key}', 'write "signal" or "signal>=0.8"')
        name = found.group(1)
        if name not in SIGNAL_NAMES:
            refuse(where, f'names the unknown signal "{name}" under {key}', f"use one of: {', '.join(SIGNAL_NAMES)}")
        if any(one.signal == name for one in conditions):
            refuse(where, f'names "{name}" twice under {key}', "keep one of them")
        conditions.append(Condition(name, float(found.group(2) or 0)))
    return tuple(conditions)


def _check_ids(rules: tuple[Rule, ...]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            refuse(f'[[rule]] "{rule.id}"', "stands twice", "give each rule its own id")
        seen.add(rule.id)


def _index(rules: tuple[Rule, ...]) -> dict[str, tuple[int, ...]]:
    """Each rule under the signals without one of which it cannot match.

    That is one of `all_of` (the latest in `SIGNAL_NAMES`, since later ones are rarer), or else every one of `any_of`.
    """
    index: dict[str, list[int]] = {}
    for number, rule in enumerate(rules):
        needed = [one.signal for one in rule.any_of]
        if rule.all_of:
            needed = [max((one.signal for one in rule.all_of), key=SIGNAL_NAMES.index)]
        for name in needed:
            index.setdefault(name, []).append(number)
    return {name: tuple(numbers) for name, numbers in index.items()}
