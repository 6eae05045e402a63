"""A decision in plain words, in English or Chinese: in full for reviewers, and without anything that teaches evasion for the seller.

Not part of what decides: a better sentence makes no other judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, assert_never

from screener.contracts import Decision
from screener.judge.explain.reviewer import for_reviewer
from screener.judge.explain.seller import for_seller
from screener.judge.explain.words import Language
from screener.judge.rulebook import Rulebook

Audience = Literal["reviewer", "seller"]

__all__: Final = ["Audience", "Language", "explain"]


def explain(
    decision: Decision,
    language: Language = "en",
    audience: Audience = "reviewer",
    *,
    rulebook: Rulebook | None = None,
    earlier: Sequence[Decision] = (),
) -> str:
    """Lines for a person, without a newline at the end. `rulebook`: the one the decision was made by; `earlier`: the listing's, oldest first."""
    match audience:
        case "reviewer":
            return for_reviewer(decision, language, rulebook, earlier)
        case "seller":
            return for_seller(decision, language, earlier)
        case _:
            assert_never(audience)
