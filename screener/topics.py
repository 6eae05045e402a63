"""Names of the topics, in the order in which a record meets them: the only place in the code that spells them.

What each topic is (key, partitions, retention, producers, consumers) stands in `topics/<name>.toml`; a test holds the two together.
"""

from __future__ import annotations

LISTING = "marketplace.listing"
LISTING_BACKFILL = "marketplace.listing-backfill"
SELLER = "marketplace.seller"
TRANSACTION = "marketplace.transaction"
COMPLAINT = "marketplace.complaint"
VERDICT = "screening.verdict"
RING = "screening.ring"

DECISION = "screening.decision"
BLOCK = "screening.block"
HOLD = "screening.hold"
TRACE = "screening.trace"
DEAD_LETTER = "screening.dlq"
DEAD_LETTER_REPLAY = "screening.dlq-replay"

REGISTRY = "screening.registry"
RULEBOOK = "screening.rulebook"
EVIDENCE = "screening.evidence"

BRAND_HIT = "screening.brand-hit"
BRAND_COUNT = "screening.brand-count"

JUDGE_CHANGELOG = "screening.judge.changelog"
BRAND_COUNT_CHANGELOG = "screening.brand-count.changelog"
