"""Every processor, wired by hand: what it reads, how bytes become its events, what it knows, what it does, where its outcome goes."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

import msgspec

from screener import brands, intake, outlet, sidelog, topics
from screener.contracts import Brand, BrandHit, EvidenceItem
from screener.intake import INPUT_CONTRACTS
from screener.judge import judge
from screener.judge.evidence import compile_evidence
from screener.judge.keys import DEADLINES, due_ms
from screener.judge.registry import compile_registry
from screener.judge.rulebook import Rulebook, RulebookError, parse_rulebook
from screener.judge.side import Side
from screener.processor import Compiled, Input, NotReady, Outcome, Processor, SideRejected, SideVersion, State


def _judge(state: State, item: Input, side: Side) -> Outcome:
    return outlet.judged(item, judge.apply(state, item, side))


def _judge_side(versions: Mapping[str, SideVersion]) -> Compiled | NotReady:
    registry, rulebook = versions.get(topics.REGISTRY), versions.get(topics.RULEBOOK) or shipped_rulebook()
    if registry is None:
        return NotReady("no brand registry is in force, and judging without brands would let everything through; run `screener registry load FILE`")
    brands, evidence = _brands(registry), versions.get(topics.EVIDENCE)
    side = Side(
        registry=compile_registry(brands),
        registry_in_force=registry.in_force,
        rulebook=_rulebook(rulebook),
        rulebook_in_force=rulebook.in_force,
        evidence=compile_evidence(_evidence(evidence) if evidence is not None else (), brands),
    )
    in_force = {topics.REGISTRY: registry.in_force, topics.RULEBOOK: rulebook.in_force}
    return Compiled(side, in_force if evidence is None else {**in_force, topics.EVIDENCE: evidence.in_force})


def _evidence(version: SideVersion) -> list[EvidenceItem]:
    try:
        return [msgspec.convert(part, EvidenceItem) for part in version.parts]
    except msgspec.ValidationError as error:
        raise SideRejected(topics.EVIDENCE, error) from error


def _brands(version: SideVersion) -> list[Brand]:
    try:
        brands = [msgspec.convert(part, Brand) for part in version.parts]
    except msgspec.ValidationError as error:
        raise SideRejected(topics.REGISTRY, error) from error
    if not brands:
        empty = ValueError("it holds no brand, and judging without brands would let everything through; run `screener registry load FILE`")
        raise SideRejected(topics.REGISTRY, empty)
    return brands


def _rulebook(version: SideVersion) -> Rulebook:
    try:
        match version.parts:
            case ({"text": str(text)},):
                return parse_rulebook(text, older=True)  # a log keeps every version for ever; publishing refuses a new one of that kind
            case _:
                raise RulebookError("a rulebook's version is one part with a text; publish it with `screener rulebook publish`")
    except RulebookError as error:
        raise SideRejected(topics.RULEBOOK, error) from error


def shipped_rulebook() -> SideVersion:
    """The rulebook that comes with the package: in force while none was published."""
    text = (resources.files("screener.judge") / "rulebook.toml").read_text(encoding="utf-8")
    return sidelog.shipped(topics.RULEBOOK, ({"text": text},))


def _no_side(_versions: Mapping[str, SideVersion]) -> Compiled:
    return Compiled(None, {})


JUDGE = Processor(
    name="judge",
    inputs=tuple(INPUT_CONTRACTS),
    backfill=(topics.LISTING_BACKFILL,),
    outputs=(topics.DECISION, topics.HOLD, topics.BLOCK, topics.DEAD_LETTER),
    keyed_outputs=(topics.BRAND_HIT,),
    changelog=topics.JUDGE_CHANGELOG,
    trace=topics.TRACE,
    sides=(topics.REGISTRY, topics.RULEBOOK, topics.EVIDENCE),
    read=intake.reader(INPUT_CONTRACTS, "seller_id"),
    compile_side=_judge_side,
    apply=_judge,
    look_ahead=judge.look_ahead,
    deadline=due_ms,
    deadline_range=DEADLINES,
)

BRAND_COUNTER = Processor(
    name="brand-count",
    inputs=(topics.BRAND_HIT,),
    backfill=(),
    outputs=(topics.BRAND_COUNT, topics.DEAD_LETTER),
    changelog=topics.BRAND_COUNT_CHANGELOG,
    trace=None,
    sides=(),
    read=intake.reader({topics.BRAND_HIT: BrandHit}, "brand_id"),
    compile_side=_no_side,
    apply=brands.apply,
    deadline=lambda _key: None,
    deadline_range=None,
)

PROCESSORS: Mapping[str, Processor] = {processor.name: processor for processor in (JUDGE, BRAND_COUNTER)}
