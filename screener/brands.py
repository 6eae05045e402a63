"""The processor `brand-count`: how many decisions of each kind named a brand. The second, tiny user of the processor seam."""

from __future__ import annotations

import msgspec

from screener import topics
from screener.codecs import canonical
from screener.contracts import SCHEMA_VERSION, BrandCount, BrandHit
from screener.processor import Input, Outcome, Outgoing, State

_decode = msgspec.json.Decoder(BrandCount).decode


def apply(state: State, item: Input, _side: None) -> Outcome:
    """One more decision for the brand; the new counts go out under the brand's key."""
    hit: BrandHit = item.event
    key = b"b" + hit.brand_id.encode()
    stored = state.get(key)
    before = _decode(stored) if stored is not None else BrandCount(brand_id=hit.brand_id, allow=0, hold=0, block=0, release=0)
    after = msgspec.structs.replace(before, **{hit.decision: getattr(before, hit.decision) + 1})
    value = canonical(after)
    headers = (("schema", SCHEMA_VERSION.encode()), *item.carried)
    record = Outgoing(topics.BRAND_COUNT, hit.brand_id.encode(), value, headers, item.origin.partition)
    return Outcome(kind="recorded", records=(record,), writes=((key, value),), touched=(key,), before=(stored,), first_seen=stored is None)
