"""The rulebook: what each signal weighs, which combinations decide, and what happens to a hold. A person writes it in TOML and can read it.

`parse_rulebook` accepts exactly what is described here; anything else is an error that says where it is and what to do. Nothing is ignored: a
misspelt key that changes nothing would be a rule that somebody believes in.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NoReturn

import msgspec
from msgspec import Meta, Struct, field

from screener.contracts import Mode, Scope

SIGNAL_NAMES: Final = (
    "protected_brand",
    "disguised_brand",
    "declared_brand",
    "gated_brand",
    "replica_slang",
    "denied_original",
    "coded_hint",
    "parallel_import",
    "picture_only",
    "price_floor",
    "contact_diversion",
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

Share = Annotated[float, Meta(ge=0, le=1)]
Hours = Annotated[int, Meta(ge=1, le=8_760)]  # a year: longer is no deadline
Name = Annotated[str, Meta(min_length=1, max_length=100)]
OnDue = Literal["release", "escalate"]


class RulebookError(ValueError):
    """The text is no rulebook. The message says where and ends with what to do."""


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


class Shadow(Struct, frozen=True, forbid_unknown_fields=True):
    """Listings that are judged and traced but not acted on: of these category roots, and of this share of sellers. Both given: both must hold."""

    category: tuple[Name, ...] = ()
    """Roots of category paths (the judge remembers no more of a listing's category)."""
    share: Share | None = None
    """Share of sellers, by a hash of seller_id: a seller stays in or out whatever the other settings."""


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
    weights: Mapping[str, float]
    """How much of a signal's strength counts as probability; a signal that is not named weighs nothing."""
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


# The text's own shape: what TOML is checked against before anything is compiled.


class _Hold(Struct, frozen=True, forbid_unknown_fields=True):
    review_h: Hours = 48
    escalation_h: Hours = 24
    weak_below: Share = 0.75
    on_due_weak: OnDue = "release"
    on_due_strong: OnDue = "escalate"
    sample_one_in: Annotated[int, Meta(ge=1, le=1_000_000)] = 20


class _Thresholds(Struct, frozen=True, forbid_unknown_fields=True):
    hold: Annotated[float, Meta(gt=0, le=1)] = 0.5


class _Weight(Struct, frozen=True, forbid_unknown_fields=True):
    weight: Share


class _Rule(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
    all_of: tuple[Name, ...] = field(default=(), name="all")
    any_of: tuple[Name, ...] = field(default=(), name="any")
    none_of: tuple[Name, ...] = field(default=(), name="not")
    at_least: Annotated[int, Meta(ge=1)] = 1
    decision: Literal["hold", "block"]
    scope: Scope = "revision"
    risk: Share
    owner: Name
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    reason_zh: Annotated[str, Meta(max_length=500)] = ""


class _Text(Struct, frozen=True, forbid_unknown_fields=True):
    mode: Mode
    signals: dict[str, _Weight]
    hold: _Hold = _Hold()
    thresholds: _Thresholds = _Thresholds()
    rules: tuple[_Rule, ...] = field(default=(), name="rule")
    shadow: tuple[Shadow, ...] = ()


def parse_rulebook(text: str) -> Rulebook:
    """The rulebook that `text` (TOML) describes. Raises `RulebookError`."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        _fail("the text", f"is not valid TOML: {error}", "correct the line named")
    parsed = _convert(raw)
    for name in parsed.signals:
        if name not in SIGNAL_NAMES:
            _fail(f"[signals.{name}]", "names an unknown signal", f"use one of: {', '.join(SIGNAL_NAMES)}")
    if len(parsed.rules) > MAX_RULES:
        _fail("[[rule]]", f"stands {len(parsed.rules)} times", f"keep at most {MAX_RULES} rules")
    for number, shadow in enumerate(parsed.shadow, 1):
        if not shadow.category and shadow.share is None:
            _fail(f"[[shadow]] number {number}", "says neither category nor share", 'give one, or set mode = "shadow" for everything')
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
        weights={name: parsed.signals[name].weight for name in SIGNAL_NAMES if name in parsed.signals},
        rules=rules,
        mode_overrides=parsed.shadow,
        rules_by_signal=_index(rules),
    )


def _fail(where: str, what: str, remedy: str) -> NoReturn:
    raise RulebookError(f"rulebook: {where} {what}; {remedy}")


_PATH: Final = re.compile(r"^(.*) - at `(?:\$|key in `\$)(.*?)`?`?$", re.DOTALL)
_ITEM: Final = re.compile(r"^\.(rule|shadow)\[(\d+)\](.*)$")


def _convert(raw: dict[str, Any]) -> _Text:
    try:
        return msgspec.convert(raw, _Text)
    except msgspec.ValidationError as error:
        what, where = str(error), "the top level"
        if found := _PATH.match(what):
            what, path = found.group(1), found.group(2)
            where = path.lstrip(".") or where
            if item := _ITEM.match(path):
                table = raw[item.group(1)][int(item.group(2))]
                named = f' (id "{table["id"]}")' if isinstance(table, dict) and isinstance(table.get("id"), str) else ""
                where = f"[[{item.group(1)}]] number {int(item.group(2)) + 1}{named}{', key ' + item.group(3)[1:] if item.group(3) else ''}"
        _fail(where, f"is wrong: {what[0].lower()}{what[1:]}", "correct it, or remove what the rulebook does not know")


_CONDITION: Final = re.compile(r"^([a-z_]+)(?:\s*>=\s*(0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?))?$")


def _compile(rule: _Rule) -> Rule:
    where = f'[[rule]] "{rule.id}"'
    if not rule.all_of and not rule.any_of:
        _fail(where, "has no condition", "name the signals it needs under all or any")
    if rule.at_least > len(rule.any_of) and (rule.any_of or rule.at_least > 1):
        _fail(where, f"wants at_least = {rule.at_least} of {len(rule.any_of)}", "lower at_least or name more signals under any")
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
            _fail(where, f'has the condition "{text}" under {key}', 'write "signal" or "signal>=0.8"')
        name = found.group(1)
        if name not in SIGNAL_NAMES:
            _fail(where, f'names the unknown signal "{name}" under {key}', f"use one of: {', '.join(SIGNAL_NAMES)}")
        if any(one.signal == name for one in conditions):
            _fail(where, f'names "{name}" twice under {key}', "keep one of them")
        conditions.append(Condition(name, float(found.group(2) or 0)))
    return tuple(conditions)


def _check_ids(rules: tuple[Rule, ...]) -> None:
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            _fail(f'[[rule]] "{rule.id}"', "stands twice", "give each rule its own id")
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
