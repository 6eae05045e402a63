"""Goal: every form of a text is what detectors may rely on, and every offset leads back to the seller's own characters.

Method: tables of disguises; properties over arbitrary Unicode text (offsets are monotone, cover what they stand for, and never fall outside).
Blind spot: whether the look-alike table is complete; it is a small one of our own.
"""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from screener.judge.fingerprint import MAX_TITLE_CHARACTERS, comparable_title, title_fingerprint, title_overlap
from screener.judge.lookalikes import SKELETON
from screener.judge.views import MAX_VIEWED_CHARACTERS, ViewName, views_of

# Text that stresses the offsets: combining marks, ligatures, jamo, voicing marks, full width, emoji, zero width, Arabic presentation forms.
_HARD = st.text(
    alphabet="aZ1 .ßİﬁ½ﷺ\u0301\u0308\u0338éÅ가각\u1100\u1161\u11a8ｶﾞガ\u3099Ａ（！漢蘋果\u200b\u200d\ufe0f🔥🅽🇳\U000e0041Νκ§€$0", max_size=60
)
_TEXT = st.one_of(_HARD, st.text(max_size=80))


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("VELMORA", "velmora"),
        ("ＶＥＬＭＯＲＡ", "velmora"),
        ("V e-l.m·o_r*a", "velmora"),
        ("Ve\u200blm\u2060ora\ufeff", "velmora"),
        ("Vеlmоrа", "velmora"),  # Cyrillic e, o, a
        ("VΕLΜΟRΑ", "velmora"),  # Greek capitals
        ("Vélmöra", "velmora"),
        ("v\u0336e\u0336lmora", "velmora"),
        ("VELM0RA", "velmora"),
        ("ve1mora", "veimora"),  # i and l are told apart by the registry
        ("🆅🅴🅻🅼🅾🆁🅰", "velmora"),
        ("🇻🇪🇱🇲🇴🇷🇦", "velmora"),
        ("𝓥𝓮𝓵𝓶𝓸𝓻𝓪", "velmora"),
        ("維摩拉", "维摩拉"),
        ("维🔥摩❤️拉", "维摩拉"),
        ("105 cm", "105cm"),
        ("¥100", "100"),
        ("GX16-2", "gx162"),
        ("", ""),
    ],
)
def test_squeezed_is_what_a_buyer_reads(text: str, squeezed: str) -> None:
    assert views_of(text).squeezed == squeezed


def test_plain_is_nfkc_and_case_folding() -> None:
    assert views_of("ＮＥＷ １００ｍｌ Straße").plain == "new 100ml strasse"
    assert views_of("ABC def").plain == "abc def"


@given(_TEXT)
def test_plain_of_any_text_is_nfkc_and_case_folding(text: str) -> None:
    assert views_of(text).plain == unicodedata.normalize("NFKC", text).casefold()


@pytest.mark.parametrize(
    ("text", "wanted", "view", "original"),
    [
        ("买 V-E-L-M-O-R-A 包", "velmora", "squeezed", "V-E-L-M-O-R-A"),
        ("（Ｖｅｌｍｏｒａ）", "velmora", "plain", "Ｖｅｌｍｏｒａ"),
        ("½ velmora", "velmora", "plain", "velmora"),
        ("ﬁn velmora", "fin", "plain", "ﬁn"),
        ("Ve\u0301lmora!", "velmora", "squeezed", "Ve\u0301lmora"),
        ("x維摩拉y", "维摩拉", "squeezed", "維摩拉"),
        ("ßß velmora", "velmora", "squeezed", "velmora"),
        ("ガ ｶﾞ 維摩拉", "维摩拉", "squeezed", "維摩拉"),
    ],
)
def test_offsets_lead_back_to_the_original(text: str, wanted: str, view: ViewName, original: str) -> None:
    views = views_of(text)
    form = views.plain if view == "plain" else views.squeezed
    start = form.index(wanted)
    span = views.original_span(start, start + len(wanted), view)
    assert text[slice(*span)] == original
    assert views.quote(span) == original


@given(_TEXT)
@example("\u212b\uff9e\u0301")  # the accent joins the letter over a half-width voicing mark
def test_every_part_of_a_view_has_its_place(text: str) -> None:
    views = views_of(text)
    forms: tuple[tuple[ViewName, str], ...] = (("plain", views.plain), ("squeezed", views.squeezed))
    for view, form in forms:
        before = 0
        for at in range(len(form)):
            start, end = views.original_span(at, at + 1, view)
            assert before <= start < end <= len(text)
            before = start
            # What the span holds has the character in its own view (alone, a sign between letters is no letter).
            if view == "plain":
                assert form[at] in views_of(text[start:end]).plain
        if form:
            whole = views.original_span(0, len(form), view)
            assert 0 <= whole[0] < whole[1] <= len(text)


@given(_TEXT)
def test_squeezing_twice_changes_nothing(text: str) -> None:
    once = views_of(text).squeezed
    assert views_of(once).squeezed == views_of(once.casefold()).squeezed


def test_the_skeleton_maps_each_character_to_one_final_character() -> None:
    for code, target in SKELETON.items():
        if target is not None:
            assert SKELETON.get(target, target) == target, f"U+{code:04X}"


@pytest.mark.parametrize("text", ["a" * (MAX_VIEWED_CHARACTERS + 1), "ﷺ" * 5_000, "½" * MAX_VIEWED_CHARACTERS, "维" * 30_000])
def test_long_text_is_judged_on_its_beginning_and_says_so(text: str) -> None:
    views = views_of(text)
    assert views.truncated
    assert len(views.plain) == MAX_VIEWED_CHARACTERS
    start, end = views.original_span(MAX_VIEWED_CHARACTERS - 1, MAX_VIEWED_CHARACTERS)
    assert 0 <= start < end <= min(len(text), MAX_VIEWED_CHARACTERS)


def test_text_at_the_limit_is_whole() -> None:
    assert not views_of("a" * MAX_VIEWED_CHARACTERS).truncated


def test_quotes_are_bounded() -> None:
    views = views_of("a" * 1_000)
    assert len(views.quote((0, 1_000))) == 200


def test_fingerprint_survives_dressing_up_and_changes_with_the_words() -> None:
    plain = title_fingerprint(views_of("Velmora 手提包 2024"))
    assert len(plain) == 8
    for dressed in ("VELMORA手提包2024", "【Vеlmоrа】 手·提·包 ２０２４", "velm0ra 手提包 2024"):
        assert title_fingerprint(views_of(dressed)) == plain
    assert title_fingerprint(views_of("Velmora 手提包 2023")) != plain


@given(_TEXT)
def test_comparable_title_is_the_start_of_the_plain_title(text: str) -> None:
    views = views_of(text)
    assert comparable_title(views) == views.plain[:MAX_TITLE_CHARACTERS]


def test_overlap_tells_an_addition_from_another_title() -> None:
    old = comparable_title(views_of("夏季新款纯棉短袖T恤男士圆领"))
    added = comparable_title(views_of("夏季新款纯棉短袖T恤男士圆领 包邮 清仓特价"))
    other = comparable_title(views_of("Velmora 机械手表 全自动 钢带"))
    assert title_overlap(old, added) == 1.0
    assert title_overlap(old, other) < 0.1
    assert title_overlap("", "") == 1.0
    assert title_overlap("", old) == 0.0


@settings(max_examples=50)
@given(st.text(alphabet="abc 维摩拉", max_size=300), st.text(alphabet="abd 维摩中", max_size=300))
def test_overlap_is_symmetric_and_bounded(one: str, other: str) -> None:
    a, b = comparable_title(views_of(one)), comparable_title(views_of(other))
    assert 0.0 <= title_overlap(a, b) <= 1.0
    assert title_overlap(a, b) == title_overlap(b, a)
    assert title_overlap(a, a) == 1.0
