"""What is known of listings that were blocked, compiled: their texts as sketches, their photos as hashes, and the photos that brands supplied."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import ceil
from typing import Final

from msgspec import Struct

from screener.contracts import Brand, EvidenceItem, EvidencePhoto, EvidenceText, ListingContent
from screener.judge.fingerprint import hashes_of, sketch_likeness, text_sketch
from screener.judge.photos import PhotoIndex, is_telling
from screener.judge.views import views_of

_SHARED_MIN: Final = 6
"""Hashes that a text must share with a known one before the two are compared: fewer make no likeness that counts."""
LIKE: Final = 0.7
"""Likeness from which two texts are one. `python -m tests.bench.likeness` prints how many honest titles match 7,000 of other shops: 3.4 of a hundred
at 0.5, 1.2 at 0.7, 0.1 at 0.9, which is where the rulebook holds by it alone."""
_COMMON: Final = 200
"""Texts with one hash from which it is a phrase of the trade and leads to nobody."""

MIN_TOKENS: Final = 16
"""Hashes of a sketch from which a text says enough to be copied: shorter titles are alike by chance."""


class KnownPhoto(Struct, frozen=True):
    """Whose photo a hash is: a brand's own (`listing_id` None), or that of a blocked listing."""

    brand_id: str | None
    listing_id: str | None
    seller_id: str | None


class Evidence:
    """The compiled evidence; answers never change. Build it with `compile_evidence`."""

    __slots__ = ("_by_hash", "_common", "_photo_index", "_photos", "_sketches", "_texts")

    def __init__(self, texts: Sequence[EvidenceText], photos: Sequence[tuple[int, KnownPhoto]]) -> None:
        self._texts = tuple(texts)
        self._sketches = tuple(bytes.fromhex(text.sketch) for text in texts)
        by_hash: dict[int, array[int]] = {}
        for number, sketch in enumerate(self._sketches):
            for one in hashes_of(sketch):
                by_hash.setdefault(one, array("I")).append(number)
        self._by_hash = {one: numbers for one, numbers in by_hash.items() if len(numbers) <= _COMMON}
        self._common = frozenset(by_hash).difference(self._by_hash)
        self._photos = tuple(photo for _, photo in photos)
        self._photo_index = PhotoIndex([pdq for pdq, _ in photos])

    @property
    def has_texts(self) -> bool:
        """Whether any text is known."""
        return bool(self._texts)

    @property
    def has_photos(self) -> bool:
        """Whether any photo is known."""
        return bool(self._photos)

    def nearest_text(self, sketch: bytes) -> tuple[EvidenceText, float] | None:
        """The known text most like the one with this sketch and its likeness (Jaccard, in [0, 1]), the first of equals; None below `LIKE`."""
        own = hashes_of(sketch)
        lists = [numbers for one in own if (numbers := self._by_hash.get(one)) is not None]
        common = sum(one in self._common for one in own)
        shared_min = max(_SHARED_MIN, ceil(LIKE * len(own)) - common)
        if len(lists) < shared_min:
            return None
        lists.sort(key=len)
        # A text with `shared_min` of the hashes has `_SHARED_MIN` of them even when the longest lists are left unread.
        counts: Counter[int] = Counter(chain.from_iterable(lists[: len(lists) - shared_min + _SHARED_MIN]))
        if max(counts.values()) < _SHARED_MIN:
            return None
        near = [number for number, count in counts.items() if count >= _SHARED_MIN]
        graded = [(sketch_likeness(sketch, self._sketches[number]), -number) for number in near]
        likeness, number = max(graded, default=(0.0, 0))
        return (self._texts[-number], likeness) if likeness >= LIKE else None

    def nearest_photo(self, pdq: int) -> tuple[KnownPhoto, int] | None:
        """The known photo nearest to a hash and its distance in bits, None beyond `photos.MAX_DISTANCE`."""
        found = self._photo_index.nearest(pdq)
        return None if found is None else (self._photos[found[0]], found[1])


NO_EVIDENCE: Final = Evidence((), ())
"""While nothing was published: what the registry says of photos is not in it."""


def compile_evidence(items: Sequence[EvidenceItem], brands: Sequence[Brand]) -> Evidence:
    """The evidence of a version of the log and of the registry's photos. Hashes of empty pictures are left out."""
    texts = [item for item in items if isinstance(item, EvidenceText)]
    photos = [(int(pdq, 16), KnownPhoto(brand.brand_id, None, None)) for brand in brands for pdq in brand.photos]
    photos += [(int(item.pdq, 16), KnownPhoto(item.brand_id, item.listing_id, item.seller_id)) for item in items if isinstance(item, EvidencePhoto)]
    photos = [(pdq, photo) for pdq, photo in photos if is_telling(pdq)]
    return Evidence(texts, photos) if texts or photos else NO_EVIDENCE


def evidence_of(event: ListingContent, brand_id: str | None = None) -> list[EvidenceItem]:
    """What a blocked listing leaves as evidence: its text if it says enough, and each of its photos."""
    items: list[EvidenceItem] = []
    sketch = text_sketch(views_of(event.title).plain, views_of(event.description).plain)
    if len(sketch) >= 4 * MIN_TOKENS:
        items.append(EvidenceText(sketch=sketch.hex(), listing_id=event.listing_id, seller_id=event.seller_id, brand_id=brand_id))
    for image in event.images:
        if image.pdq is not None and is_telling(int(image.pdq, 16)):
            items.append(EvidencePhoto(pdq=image.pdq, listing_id=event.listing_id, seller_id=event.seller_id, brand_id=brand_id))
    return items
