"""What a language must have words for. One module per language and reader holds them, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Language = Literal["en", "zh"]

Topic = Literal["brand", "wording", "price", "contact", "originality", "category", "changed", "account", "unclear", "length", "data", "person", "due"]
"""What a seller is told a decision is about. Coarser than signals: he learns what is wrong with his listing and not how it was noticed."""


class Sentences(Struct, frozen=True):
    """One signal in words for a reviewer."""

    label: str
    """A few words that name it."""
    meaning: str
    """Why it is a sign at all."""
    innocent: str
    """The innocent reading that such a sign has; "" for what is no sign but an act, of a person or of the clock."""
    fell: str
    """Why that reading fell here."""
    cleared: str
    """What would have made it innocent."""


class Frame(Struct, frozen=True, kw_only=True):
    """Sentences around the evidence, for a reviewer, with places in braces; mappings have "" for what is unknown."""

    head: str
    kinds: Mapping[str, str]
    means: Mapping[str, str]
    risk: str
    bands: tuple[tuple[float, str], ...]
    """From a number on, the word for it; rising."""
    shadow: str
    degraded: str
    escalated: str
    sampled: str
    brands: str
    evidence: str
    no_evidence: str
    fields: Mapping[str, str]
    signal: str
    strength: tuple[tuple[float, str], ...]
    span: str
    wrote: str
    found: str
    noted: str
    """A fact in English that this language has no sentence for."""
    meaning: str
    innocent: str
    unknown_signal: Sentences
    rules: str
    rule: str
    rule_as_recorded: str
    """A rule whose reason is written in another language."""
    rule_unread: str
    """A rule of a rulebook that is not at hand."""
    no_rules: Mapping[str, str]
    """By decision kind."""
    own_rules: Mapping[str, str]
    """What the judge itself adds to the rules."""
    cleared: str
    producer: Mapping[tuple[str, str], str]
    """By decision and scope."""
    unknown: str
    review: str
    chain: str
    link: str
    link_signals: str
    first: str
    identity: str
    supersedes: str
    times: str
    in_force: str
    separator: str
    """Between two of a list."""
    stop: str
    """Ends a sentence."""


class ForSeller(Struct, frozen=True, kw_only=True):
    """The words for the seller, with places in braces. `says` by what the seller meets: see `seller.py`."""

    head: str
    says: Mapping[str, str]
    visible: Mapping[str, str]
    """What may be seen meanwhile: by scope."""
    no_fault: str
    reasons: str
    no_reason: str
    brands: str
    problems: Mapping[Topic, str]
    fault_of_ours: str
    can_do: str
    remedies: Mapping[Topic, str]
    edit: str
    barred: str
    """For a listing that no edit brings back."""
    wait: str
    review: str
    longer: str
    appeal: str
    by_machine: str
    by_person: str
    by_clock: str
    reference: str
    separator: str
