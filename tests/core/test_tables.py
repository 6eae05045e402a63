"""Goal: the shipped tables hold what the judge relies on, whoever makes them anew.

Method: shape of every table; a few entries that any correct source has.
Blind spot: whether the tables are complete; their script (`tests/tables/make.py`) is not run, for its sources are not dependencies.
"""

from __future__ import annotations

from screener.judge import tables
from screener.judge.everyday import EVERYDAY
from screener.judge.lookalikes import NEAR, READ_AS, SKELETON
from screener.judge.sounds import FAMILY, HALVES, RARE, RARE_HALVES, SHAPE, SOUND, SYLLABLES, TWINS, is_word, mistaken, readings, signs, sound_alike


def test_every_table_has_keys_once_and_ends_with_a_newline() -> None:
    for name in tables.NAMES:
        text = tables.read(name)
        assert text.endswith("\n"), name
        keys = [line[0] for line in tables.lines(name)]
        assert len(keys) == len(set(keys)), name


def test_sounds_are_those_of_the_syllables() -> None:
    assert readings("维摩")[0] == ("wei", "mo")
    assert "维摩".translate(SOUND) == signs(("wei", "mo")) == "惟模".translate(SOUND)
    assert sound_alike("惟", "维")
    assert not sound_alike("惟", "摩")
    assert readings("x") == []
    assert {"wei", "mo", "lv"} <= SYLLABLES


def test_shapes_fold_once() -> None:
    for code, target in enumerate(SHAPE):
        assert target is not None
        assert SHAPE[target] == target or SHAPE[SHAPE[target] or 0] == SHAPE[target], f"U+{code:04X}"
    assert "i".translate(SHAPE) == "l"
    assert HALVES["鲜"] == "鱼羊"
    assert all(others for others in TWINS.values())
    assert not any(letter.encode("gb2312", "ignore") for letter in RARE)


def test_a_mask_has_a_half_that_tells_whose_it_is() -> None:
    halves = dict(RARE_HALVES)
    assert (halves["啴"], halves["滈"], halves["詻"]) == ("单", "高", "各")
    assert {half for _, half in RARE_HALVES} - {"."} <= {letter for letter in map(chr, range(0x4E00, 0xA000)) if letter.encode("gb2312", "ignore")}


def test_what_has_a_telling_half_in_common_is_one_family() -> None:
    assert "特妖端".translate(FAMILY) == "恃沃瑞".translate(FAMILY)
    assert mistaken("特", "恃")
    assert mistaken("罗", "萝")
    assert mistaken("维", "维")
    assert not mistaken("河", "海")  # water is in four hundred


def test_the_list_reads_as_the_skeleton() -> None:
    for code in range(NEAR):
        assert READ_AS[code] == SKELETON.get(code, code)


def test_words_explain_their_characters() -> None:
    assert is_word("手机")
    assert not is_word("手")
    assert not is_word("机x")
    assert {"苹果", "apple", "手机"} <= EVERYDAY
