"""Goal: reading many listings at once changes nothing but the time it takes: not a view, not a brand, not a decision.

Method: properties over arbitrary and hard texts in any company; the demo's market, attackers included, judged with and without looking ahead.
Blind spot: a table that comes to depend on what stands before a text in a way that none of these texts shows.
"""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from screener import topics
from screener.catalog import JUDGE
from screener.codecs import canonical
from screener.contracts import Brand, ListingPublished
from screener.demo.generator import generate
from screener.intake import milliseconds
from screener.judge import judge
from screener.judge.claims.finder import claims_in
from screener.judge.contacts.finder import contacts_in
from screener.judge.listing_views import ListingViews, listing_views, listing_views_of_all
from screener.judge.registry import compile_registry
from screener.judge.together import END, MAX_TOGETHER, read_together
from screener.judge.views import Views, views_of
from screener.offline import MemoryState
from screener.processor import Compiled, Incoming, Input, Origin, SideVersion
from screener.sidelog import shipped
from screener.step import read_ahead, step

BRANDS = (
    Brand(brand_id="velmora", name="Velmora", aliases=("维摩拉",)),
    Brand(brand_id="mandor", name="Mandor Tal", aliases=("曼多",)),
    Brand(brand_id="odd", name=f"od{END}d", aliases=(f"{END}",)),
)
REGISTRY = compile_registry(BRANDS)

_PIECES = (
    *(
        "Velmora",
        "Ｖｅｌ",
        "mora",
        "维摩拉",
        "维",
        "魔",
        "拉",
        "曼多",
        "慢 多",
        "wei",
        "mo la",
        "Mandor",
        "Tal",
        "n1ke",
        "b00ts",
        "氵良",
        "亻",
        "鱼羊",
    ),
    *("高仿", "1:1", "复 刻", "莆田", "加微信", "v信", "vx: abc_12", "QQ 1234567", "1 3 8 1 2 3 4 5 6 7 8", "shop", ".com", "+49 151 2345678", "("),
    *(
        "abc123def4567",
        ")",
        "¥",
        "&amp;",
        "&",
        "\u0301",
        "\u3099",
        "\u200b",
        "🔥",
        "Νκ",
        "а",
        "\ud800",
        END,
        "\x1e",
        "某大牌",
        "C家",
        "不是",
        " ",
        "x" * 40,
    ),
)
_TEXT = st.one_of(st.lists(st.sampled_from(_PIECES), max_size=9).map("".join), st.text(max_size=60), st.just("长" * (MAX_TOGETHER + 1)))


def _value(views: Views) -> tuple[object, ...]:
    return views.text, views.plain, views.squeezed, views.truncated, views.decoded, views.strange


def _listing(title: str, description: str) -> ListingPublished:
    return ListingPublished(event_id="e", occurred_at=_TIME, listing_id="l", revision=1, seller_id="s", title=title, description=description)


_TIME = next(event.occurred_at for event in generate(1, 10).events if isinstance(event, ListingPublished))


@settings(max_examples=300, deadline=None)
@given(st.lists(_TEXT, max_size=6))
@example(["v", "x: abc_12"])
@example(["加", "v", "号"])
@example(["Velmo", "ra"])
@example(["a\u0301", "\u0301b"])
@example(["ﷺ" * MAX_TOGETHER, "a"])
def test_every_text_reads_as_if_alone(texts: list[str]) -> None:
    together = read_together(texts)
    assert [_value(one) for one in together.views] == [_value(views_of(text)) for text in texts]
    assert len(together.plain.ends) == len(together.squeezed.ends) == len(together.ordinary)
    assert all(any(one is other for other in together.views) for one in together.ordinary)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_TEXT, _TEXT), min_size=1, max_size=4))
@example([("新款 Velmora 包", "加"), ("v号 abc_12", "")])
@example([("od", ""), ("d", "")])
@example([("维摩", "拉"), (f"od{END}d", "曼"), ("多", "1 3 8 1 2"), ("3 4 5 6 7 8", "高"), ("仿", "")])
def test_every_listing_is_read_as_if_alone(texts: list[tuple[str, str]]) -> None:
    events = [_listing(title, description) for title, description in texts]
    for event, ahead in zip(events, listing_views_of_all(events, REGISTRY), strict=True):
        alone = listing_views(event, REGISTRY)
        assert ahead.mentions == alone.mentions
        for one, other in ((ahead.title, alone.title), (ahead.description, alone.description)):
            assert _value(one) == _value(other)
            assert claims_in(one) == claims_in(other)
            assert contacts_in(one) == contacts_in(other)


def test_a_whole_market_is_judged_as_if_one_by_one() -> None:
    market = generate(11, 600)
    versions: dict[str, SideVersion] = {topics.REGISTRY: shipped(topics.REGISTRY, tuple(msgspec.to_builtins(brand) for brand in market.brands))}
    compiled = JUDGE.compile_side(versions)
    assert isinstance(compiled, Compiled)
    incoming = [
        Incoming(Origin(topics.LISTING, 0, number, milliseconds(event.occurred_at)), event.seller_id.encode(), canonical(event), ())
        for number, event in enumerate(market.events)
    ]
    ahead = [item for at in range(0, len(incoming), 50) for item in read_ahead(JUDGE, incoming[at : at + 50], compiled.side)]
    assert sum(isinstance(item, Input) and item.ahead is not None for item in ahead) > 500
    one, other = MemoryState(), MemoryState()
    decided: set[str] = set()
    for sequence, (record, item) in enumerate(zip(incoming, ahead, strict=True)):
        alone = step(JUDGE, one, record, compiled.side, compiled.in_force, sequence)
        together = step(JUDGE, other, record, compiled.side, compiled.in_force, sequence, item)
        assert together == alone
        one.write(dict(alone.outcome.writes))
        other.write(dict(together.outcome.writes))
        decided.update(msgspec.json.decode(decision)["decision"] for decision in alone.outcome.decisions)
    assert decided == {"allow", "hold", "block"}


def test_a_bug_in_reading_together_is_left_to_each_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_events: object, _registry: object) -> list[ListingViews]:
        raise RuntimeError("planted")

    monkeypatch.setattr(judge, "listing_views_of_all", broken)
    items = [Input(_listing("Velmora", ""), Origin(topics.LISTING, 0, number, 0), 0, False, ()) for number in range(3)]
    versions: dict[str, SideVersion] = {topics.REGISTRY: shipped(topics.REGISTRY, (msgspec.to_builtins(BRANDS[0]),))}
    compiled = JUDGE.compile_side(versions)
    assert isinstance(compiled, Compiled)
    assert judge.look_ahead(items, compiled.side) is items
