"""The registry of protected brands, compiled: which brands a text names, how surely, and below which price a brand's goods are not sold.

All names of all brands are one automaton per view. What it finds is a candidate; `mentions.verified` decides whether the characters around it
let it be the brand.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal

from msgspec import Struct

from screener.contracts import Brand
from screener.judge.disguise import HINTED
from screener.judge.mentions import FIT_FACTOR, Candidate, Term, fits, grade
from screener.judge.names import Matches, Names
from screener.judge.together import Together
from screener.judge.views import ViewName, Views, views_of

NAMED: Final = 0.5
"""From this confidence on a mention counts as naming the brand; below are everyday words and accessories that fit the brand's goods."""

_SURE: Final = 0.9
"""Confidence when two different names of one brand stand in one text: 苹果 beside Apple is no fruit."""

_HINT_AT_HOME: Final = 0.49
"""Confidence of a hint among the goods that the brand is registered for: still no naming, for shops of one trade have names that sound alike."""
_MISSPELT_AT_HOME: Final = 0.6
"""The same of a name in pinyin, and of a long name a letter off: shops of one trade that sound alike are called so in two syllables."""
_LONG_HAN, _LONG_LATIN = 3, 6
"""Characters and letters of such a name."""
_WORD_AT_HOME: Final = 0.5
"""Confidence of an everyday word among the goods that the brand is registered for: an apple among telephones is no fruit."""

_ALSO_FIT_FACTOR: Final = 0.6
"""For a brand that is named as the maker and again as what the goods fit ("X case, fits X"): still named, barely."""

_WORD_OF_NAME: Final = 4
"""Letters from which a word of one brand's name in another's is no accident: the Jeep in two makers' names."""
_MAX_DECLARED: Final = 4_096
"""Declared brands whose mentions are kept: more than one worker sees between two versions of most registries, and at most a few megabytes."""

MentionField = Literal["title", "description", "brand"]
Level = Literal["refused", "demoted", "warning"]


class Mention(Struct, frozen=True):
    """A brand named in one text of a listing: the surest place where it stands."""

    brand_id: str
    span: tuple[int, int]
    """In characters of the original text of `field`."""
    view: ViewName
    """The view it was found in; `squeezed` if the text does not spell the name as it is registered."""
    confidence: float
    """In [0, 1], two digits: that the brand is meant, and as the maker of the goods."""
    field: MentionField = "title"
    disguised: bool = False
    """Written so that people read the name and filters do not."""
    fits: bool = False
    """The goods are said to fit the brand's."""
    fits_elsewhere: bool = False
    """They are said so in this place or another of the text."""


def is_meant(mention: Mention) -> bool:
    """Whether the brand may be meant: beside other evidence also one that is only hinted at, in disguise."""
    return mention.confidence >= NAMED or (mention.disguised and mention.confidence >= HINTED)


class Finding(Struct, frozen=True):
    """Something about a brand record that its owner should know. `refused`: not used; `demoted`: used, but names nothing alone."""

    brand_id: str
    level: Level
    text: str


class Registry:
    """The compiled registry; answers never change. Build it with `compile_registry`."""

    __slots__ = ("_authorised", "_brands", "_by_id", "_declared", "_floors", "_gated", "_names", "_roots")

    def __init__(self, brands: tuple[Brand, ...], terms: tuple[Term, ...]) -> None:
        self._brands = brands
        self._by_id = {brand.brand_id: brand for brand in brands}
        self._authorised = {brand.brand_id: frozenset(brand.authorised_sellers) for brand in brands}
        self._floors = _floors(brands)
        self._gated = frozenset(brand.brand_id for brand in brands if brand.gated)
        self._names = Names(terms)
        self._declared: dict[tuple[str, str], tuple[Mention, ...]] = {}
        self._roots = {number: frozenset(path[0] for path in brand.categories if path) for number, brand in enumerate(brands) if brand.categories}

    def __len__(self) -> int:
        return len(self._brands)

    def brand(self, brand_id: str) -> Brand | None:
        """The brand's record, None if there is none."""
        return self._by_id.get(brand_id)

    def authorised(self, brand_id: str, seller_id: str) -> bool:
        """Whether the brand's owner named the seller as authorised."""
        return seller_id in self._authorised.get(brand_id, ())

    def is_at_home(self, brand_id: str, category: Sequence[str]) -> bool:
        """Whether the brand is registered for goods of the category's root; of one without categories, or a listing without, nobody knows: True."""
        brand = self._by_id[brand_id]
        return not brand.categories or not category or any(path[:1] == tuple(category[:1]) for path in brand.categories)

    def related(self, brand_id: str, other_id: str) -> bool:
        """Whether a name of one brand is part of a name of the other, or one of its words, as those of a line or a licence are."""
        views = [[views_of(name) for name in (brand.name, *brand.aliases)] for brand in (self._by_id[brand_id], self._by_id[other_id])]
        names = [[one.squeezed for one in some] for some in views]
        words = [[word for one in some for word in one.plain.split() if len(word) >= _WORD_OF_NAME] for some in views]
        return any(one in other or other in one for one in names[0] for other in names[1]) or any(
            word in name for one, other in ((0, 1), (1, 0)) for word in words[one] for name in names[other]
        )

    def is_gated(self, brand_id: str) -> bool:
        """Whether only authorised sellers may offer the brand."""
        return brand_id in self._gated

    def floor(self, brand_id: str, category: Sequence[str], currency: str) -> Decimal | None:
        """The price in `currency` below which nothing genuine and new is sold; the floor of the longest registered prefix of `category`."""
        floors = self._floors.get((brand_id, currency))
        if floors is None:
            return None
        path = tuple(category)
        for length in range(len(path), -1, -1):
            amount = floors.get(path[:length])
            if amount is not None:
                return amount
        return None

    def look_through(self, together: Together) -> list[Matches]:
        """What `find` begins with, of each of the ordinary texts at once."""
        return self._names.look_through(together)

    def find(self, views: Views, field: MentionField = "title", category: Sequence[str] = (), matches: Matches | None = None) -> tuple[Mention, ...]:
        """The brands a text names, each once, in the order of their places. The listing's category decides about names that are doubtful alone.
        `matches` if the text was looked through with others.
        """
        candidates = self._names.candidates(views, matches) if views.squeezed else []
        return self._mentions(views, field, candidates, category[0] if category else "") if candidates else ()

    def declared(self, brand: str, category: Sequence[str] = ()) -> tuple[Mention, ...]:
        """The brands that a declared brand names. Sellers declare the same few again and again, so what was found is kept, within bounds."""
        key = (brand, category[0] if category else "")
        known = self._declared.get(key)
        if known is None:
            if len(self._declared) >= _MAX_DECLARED:
                self._declared.clear()
            known = self._declared[key] = self.find(views_of(brand), "brand", category)
        return known

    def _mentions(self, views: Views, field: MentionField, candidates: list[Candidate], root: str) -> tuple[Mention, ...]:
        """One mention a brand: the surest place, surer still if two of its names stand there."""
        best: dict[int, tuple[float, Candidate, bool]] = {}
        names: dict[int, dict[str, int]] = {}
        fitting: dict[int, bool] = {}
        for candidate in _outermost(candidates):
            fit = fits(views.plain, candidate.start, candidate.end)
            confidence = candidate.confidence * (FIT_FACTOR if fit else 1.0)
            for brand in candidate.term.brands:
                names.setdefault(brand, {})[candidate.term.plain] = candidate.start
                fitting[brand] = fitting.get(brand, False) or fit
                if brand not in best or confidence > best[brand][0]:
                    best[brand] = (confidence, candidate, fit)
        mentions: list[Mention] = []
        for brand, (confidence, candidate, fit) in best.items():
            if not fit:
                if fitting[brand]:
                    confidence *= _ALSO_FIT_FACTOR
                elif len(dict.fromkeys(names[brand].values())) > 1 and not (candidate.disguised and confidence < HINTED):
                    confidence = max(confidence, _SURE)
                elif root in self._roots.get(brand, ()):
                    confidence = _at_home(confidence, candidate)
            span = views.original_span(candidate.start, candidate.end)
            mentions.append(
                Mention(self._brands[brand].brand_id, span, candidate.view, round(confidence, 2), field, candidate.disguised, fit, fitting[brand])
            )
        return tuple(mentions)


def _at_home(confidence: float, candidate: Candidate) -> float:
    """Confidence among the goods that the brand is registered for."""
    if candidate.disguised:
        if confidence < HINTED:
            return confidence
        long = _LONG_LATIN if candidate.term.latin else _LONG_HAN
        in_pinyin = candidate.view == "spelling" and not candidate.term.latin
        certain = confidence > HINTED and (in_pinyin or len(candidate.term.squeezed) >= long)
        return max(confidence, _MISSPELT_AT_HOME if certain else _HINT_AT_HOME)
    two_letters = candidate.term.latin and len(candidate.term.squeezed) == 2
    return max(confidence, _WORD_AT_HOME) if candidate.term.weak and not two_letters else confidence


def _outermost(candidates: list[Candidate]) -> list[Candidate]:
    """Without those that lie inside a longer one, by place: who says "New Balance" does not say "Balance"."""
    if len(candidates) == 1:
        return candidates
    ordered = sorted(candidates, key=lambda one: (one.start, -one.end))
    outermost: list[Candidate] = []
    reach, reach_start = -1, -1
    for one in ordered:
        if one.end > reach or (one.end == reach and one.start == reach_start):
            outermost.append(one)
            reach, reach_start = one.end, one.start
    return outermost


def _floors(brands: Sequence[Brand]) -> dict[tuple[str, str], dict[tuple[str, ...], Decimal]]:
    """By brand and currency, category path to amount; of two floors for one category the lower counts."""
    floors: dict[tuple[str, str], dict[tuple[str, ...], Decimal]] = {}
    for brand in brands:
        for floor in brand.price_floors:
            by_category = floors.setdefault((brand.brand_id, floor.currency), {})
            amount, path = Decimal(floor.amount), tuple(floor.category)
            by_category[path] = min(amount, by_category.get(path, amount))
    return floors


def compile_registry(brands: Sequence[Brand]) -> Registry:
    """The registry of `brands`. Raises nothing: what cannot be used is left out, and `check_brands` says so."""
    kept: dict[str, Brand] = {}
    for brand in brands:
        kept.setdefault(brand.brand_id, brand)
    terms: dict[str, Term] = {}
    owners: dict[str, tuple[int, ...]] = {}
    for number, brand in enumerate(kept.values()):
        own = (number,)
        for name in (brand.name, *brand.aliases):
            term = grade(views_of(name))
            if term is None:
                continue
            known = owners.get(term.plain)
            terms.setdefault(term.plain, term)
            owners[term.plain] = own if known is None else known if number in known else (*known, number)
    compiled = tuple(term.of(owners[plain]) for plain, term in terms.items())
    return Registry(tuple(kept.values()), compiled)


def check_brands(brands: Sequence[Brand]) -> list[Finding]:
    """What is wrong or weak in brand records, in their order. Each text ends with what to do."""
    findings: list[Finding] = []
    ids: set[str] = set()
    owners: dict[str, str] = {}
    for brand in brands:
        if brand.brand_id in ids:
            text = f'brand_id "{brand.brand_id}" stands a second time, and this record is ignored; give it another id, or merge the two records'
            findings.append(Finding(brand.brand_id, "refused", text))
            continue
        ids.add(brand.brand_id)
        findings.extend(_check_names(brand, owners))
        for floor in brand.price_floors:
            if not Decimal(floor.amount):
                text = f"the price floor for {'/'.join(floor.category) or 'all categories'} is 0 and never fires; set an amount, or remove it"
                findings.append(Finding(brand.brand_id, "warning", text))
    return findings


def _check_names(brand: Brand, owners: dict[str, str]) -> list[Finding]:
    findings: list[Finding] = []
    usable = 0
    for name in (brand.name, *brand.aliases):
        term = grade(views_of(name))
        if term is None:
            why = "has no letter or digit" if not any(letter.isalnum() for letter in name) else "is one character long"
            findings.append(
                Finding(brand.brand_id, "refused", f'the name "{name}" {why} and is not looked for; remove it, or register the full name')
            )
            continue
        usable += 1
        if term.weak:
            text = f'the name "{name}" {term.weak}, so alone it names nothing; register further names that are the brand\'s own'
            findings.append(Finding(brand.brand_id, "demoted", text))
        owner = owners.setdefault(term.plain, brand.brand_id)
        if owner != brand.brand_id:
            text = f'the name "{name}" also belongs to brand "{owner}", and a listing with it names both; merge the records, or remove it from one'
            findings.append(Finding(brand.brand_id, "warning", text))
    if not usable:
        text = "no name of the brand can be looked for, so it is not protected; register at least one name of two or more characters"
        findings.append(Finding(brand.brand_id, "refused", text))
    return findings
