"""A fixed list of words that the judge looks for in every text: what of it stands in a squeezed view, found once however many detectors ask."""

from __future__ import annotations

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick

from screener.judge.together import Together
from screener.judge.views import Hits, Views


class Wordlist:
    """The words as an automaton. Hits are kept with the views under the list's name, which no two lists may share."""

    __slots__ = ("_automaton", "_name")

    def __init__(self, name: str, words: Sequence[str]) -> None:
        self._name = name
        self._automaton = AhoCorasick(list(words))

    def hits(self, views: Views) -> Hits:
        """(number of the word, start, end) of every place in the squeezed view, overlapping ones too, in the order of their ends."""
        known: Hits | None = views.memo.get(self._name)
        if known is None:
            known = views.memo[self._name] = self.search(views.squeezed)
        return known

    def search(self, squeezed: str) -> Hits:
        """The same of a text that is read in another way; not kept."""
        found: Hits = self._automaton.find_matches_as_indexes(squeezed, overlapping=True)
        return found

    def look_through(self, together: Together) -> None:
        """Finds the hits of the ordinary texts, all at once."""
        found = self._automaton.find_matches_as_indexes(together.squeezed.text, overlapping=True)
        for views, hits in zip(together.ordinary, together.squeezed.spread(found), strict=True):
            views.memo[self._name] = hits
