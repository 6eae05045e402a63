"""The shape of a rulebook's text: what TOML is checked against before anything of it is compiled, and what an older text becomes.

A text from before the scorecard has no `[score]`, and its weights are chances from 0 to 1 that were joined as independent ones (noisy-or).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from screener.contracts import Mode, Scope
from screener.judge.scorecard import MAX_WEIGHT, OLDER_INTERCEPT, THOUSAND, Kind, from_chance

Share = Annotated[float, Meta(ge=0, le=1)]
Hours = Annotated[int, Meta(ge=1, le=8_760)]  # a year: longer is no deadline
Name = Annotated[str, Meta(min_length=1, max_length=100)]
OnDue = Literal["release", "escalate"]


class RulebookError(ValueError):
    """The text is no rulebook. The message says where and ends with what to do."""


class Shadow(Struct, frozen=True, forbid_unknown_fields=True):
    """Listings that are judged and traced but not acted on: of these category roots, and of this share of sellers. Both given: both must hold."""

    category: tuple[Name, ...] = ()
    """Roots of category paths (the judge remembers no more of a listing's category)."""
    share: Share | None = None
    """Share of sellers, by a hash of seller_id: a seller stays in or out whatever the other settings."""


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
    block: Annotated[float, Meta(gt=0, le=1)] | None = None
    """None: the score never blocks, only rules do."""


DEFAULT_WEIGHT: Final = 1.0
"""Of a signal that is named without a weight, until one is fitted: it multiplies the odds by 2.7, so that two or three of such hold nothing yet."""


class Weight(Struct, frozen=True, forbid_unknown_fields=True):
    """What a signal adds at full strength, and what kind of evidence it is (None: of none)."""

    weight: Annotated[float, Meta(ge=0, le=MAX_WEIGHT / THOUSAND)] = DEFAULT_WEIGHT
    kind: Kind | None = None


class Score(Struct, frozen=True, forbid_unknown_fields=True):
    """The scorecard's own figures, in log-odds."""

    intercept: Annotated[float, Meta(ge=-16, le=0)]
    """Of a listing without any sign: never the likelier case that it is counterfeit."""
    caps: dict[Kind, Annotated[float, Meta(gt=0, le=MAX_WEIGHT / THOUSAND)]] = {}


class RuleText(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule as it is written."""

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


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole text."""

    mode: Mode
    score: Score
    signals: dict[str, Weight]
    hold: _Hold = _Hold()
    thresholds: _Thresholds = _Thresholds()
    rules: tuple[RuleText, ...] = field(default=(), name="rule")
    shadow: tuple[Shadow, ...] = ()


def refuse(where: str, what: str, remedy: str) -> NoReturn:
    """Raises `RulebookError`."""
    raise RulebookError(f"rulebook: {where} {what}; {remedy}")


_PATH: Final = re.compile(r"^(.*) - at `(?:\$|key in `\$)(.*?)`?`?$", re.DOTALL)
_ITEM: Final = re.compile(r"^\.(rule|shadow)\[(\d+)\](.*)$")


def is_older(raw: dict[str, Any]) -> bool:
    """Whether the text is from before the scorecard."""
    return "score" not in raw


REFUSAL: Final = (
    "[score]",
    "is missing: this rulebook is from before the scorecard, its weights are chances and no log-odds",
    "write it anew with `screener rulebook convert FILE`, then look at it, or fit it with `screener train`",
)


class _OlderWeight(Struct, frozen=True, forbid_unknown_fields=True):
    weight: Share


class _Older(Text, frozen=True, forbid_unknown_fields=True, kw_only=True):
    score: None = None  # type: ignore[assignment]
    signals: dict[str, _OlderWeight]  # type: ignore[assignment]


def upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """An older text with weights in log-odds and a `[score]`; everything else stays. Raises `RulebookError` if it is no older text either."""
    older = _checked(raw, _Older)
    weights = {name: {"weight": from_chance(one.weight, older.thresholds.hold) / THOUSAND} for name, one in older.signals.items()}
    return {**raw, "score": {"intercept": OLDER_INTERCEPT / THOUSAND}, "signals": weights}


def shaped(raw: dict[str, Any], older: bool) -> Text:
    """The text as what it must be. One from before the scorecard is refused, or with `older` upgraded. Raises `RulebookError`."""
    if is_older(raw) and isinstance(raw.get("signals"), dict) and "mode" in raw:
        if not older:
            refuse(*REFUSAL)
        raw = upgraded(raw)
    return _checked(raw, Text)


_Shape = TypeVar("_Shape", bound=Struct)


def _checked(raw: dict[str, Any], shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.convert(raw, shape)
    except msgspec.ValidationError as error:
        what, where = str(error), "the top level"
        if found := _PATH.match(what):
            what, path = found.group(1), found.group(2)
            where = path.lstrip(".") or where
            if item := _ITEM.match(path):
                table = raw[item.group(1)][int(item.group(2))]
                named = f' (id "{table["id"]}")' if isinstance(table, dict) and isinstance(table.get("id"), str) else ""
                where = f"[[{item.group(1)}]] number {int(item.group(2)) + 1}{named}{', key ' + item.group(3)[1:] if item.group(3) else ''}"
        refuse(where, f"is wrong: {what[0].lower()}{what[1:]}", "correct it, or remove what the rulebook does not know")
