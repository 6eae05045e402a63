"""Goal: a way out of the marketplace is found and normalised in whatever spelling, and things that merely look like one are left in peace.

Method: a table of guilty spellings per class, each with the id it must come to, alone and inside a title; a table of innocent look-alikes; generated
ids written in every spelling and read back; ids split over title and description; the judge's own decision for a few; on real titles, every strong
signal is counted.
Blind spot: all names and ids are invented here. What sellers will think of next is not in the tables, and there are no labelled real adverts.
"""

from __future__ import annotations

import gzip
import re
from importlib import resources
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from screener.contracts import Brand, InForce, ListingPublished, Signal
from screener.judge.contacts.channels import NAMES
from screener.judge.contacts.finder import MAX_ADDRESSES, contacts_in
from screener.judge.contacts.identity import ContactId, contact_ids
from screener.judge.contacts.reading import reading_of
from screener.judge.detectors import contact_diversion
from screener.judge.explain.facts import in_chinese
from screener.judge.explain.readings import reading_of as innocent_reading
from screener.judge.listing_views import ListingViews, listing_views
from screener.judge.registry import Registry, compile_registry
from screener.judge.rulebook import parse_rulebook
from screener.judge.side import Side
from screener.judge.views import views_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MAKER = Brand(brand_id="velmora", name="Velmora", authorised_sellers=("maker",))


def side_of(registry: Registry) -> Side:
    in_force = InForce(offset=0, version="test")
    rulebook = parse_rulebook((resources.files("screener.judge") / "rulebook.toml").read_text(encoding="utf-8"))
    return Side(registry=registry, registry_in_force=in_force, rulebook=rulebook, rulebook_in_force=in_force)


SIDE = side_of(compile_registry((MAKER,)))


def signal_of(title: str, description: str = "", seller: str = "somebody") -> Signal | None:
    fields = {
        "type": "published", "event_id": "e", "occurred_at": "2026-01-01T00:00:00Z", "listing_id": "l", "revision": 1, "seller_id": seller,
        "title": title, "description": description, "category": [], "brand": None, "price": None, "condition": "new", "quantity": 1, "images": [],
        "attributes": {}, "locale": "zh-CN",
    }  # fmt: skip
    event = msgspec.convert(fields, ListingPublished)
    return contact_diversion.detect(event, listing_views(event, SIDE.registry), None, None, SIDE)


def ids_of(title: str, description: str = "") -> list[str]:
    return [str(one) for one in contact_ids(ListingViews(views_of(title), views_of(description), ()))]


# --- guilty


GUILTY = {
    "wechat:abc12345": (
        "加V：abc12345", "➕V abc12345", "+v abc12345", "+vabc12345", "V➕abc12345", "V: abc12345", "V信：abc12345", "VX abc12345",
        "v x : abc12345", "v.x.abc12345", "威信abc12345", "薇信：abc12345", "薇：abc12345", "加薇abc12345", "卫星号abc12345",
        "加卫星 abc12345", "绿色软件：abc12345", "绿泡泡 abc12345", "weixin: abc12345", "We Chat: abc12345", "w3chat abc12345",
        "wechat id abc12345", "ＷｅＣｈａｔ：ａｂｃ①②③④⑤", "微❤信：abc12345", "微.信.号 abc12345", "徽信 a b c 1 2 3 4 5",
        "微信 abc 12345 看款", "微信：abc一二三四五", "微信：abc❶❷❸❹❺", "微信：abc1️⃣2️⃣3️⃣4️⃣5️⃣", "🛰：abc12345", "Ⅴ信 abc12345",
        "Vχ：abc12345", "VX😀abc12345", "v我 abc12345", "微xin：abc12345", "味芯：abc12345", "wei xin hao abc12345",
        "w e i x i n abc12345", "w-e-c-h-a-t: abc12345", "我的V是abc12345",
    ),
    "wechat:abc123": (
        "微信：a🔥b🔥c🔥1🔥2🔥3",
    ),
    "wechat:abc_12345": (
        "拍前私薇abc_12345", "下单前联系vabc_12345", "手机同Vabc_12345",
    ),
    "kuaishou:abc12345": (
        "快shou搜：abc1️⃣2️⃣3️⃣4️⃣5️⃣", "kuai手搜abc12345",
    ),
    "wechat-channel:abc12345": (
        "公众号搜：abc12345",
    ),
    "code:abc_12345": (
        "暗号:abc_12345", "号码看图片abc_12345",
    ),
    "qq:abc_12345": (
        "QQ号:abc_12345", "扣扣：abc_①②③④⑤",
    ),
    "telegram:a*c_1*345": (
        "Telegram:@a*c_1*345", "TG @a*c_1*345",
    ),
    "phone:abc_12345": (
        "📱abc_12345", "📞abc_１２３４５",
    ),
    "account:abc12345": (
        "👗号：abc12345", "加我 abc12345",
    ),
    "wechat:13812345678": (
        "微信同号 13812345678", "13812345678 微信同号", "13812345678（微信）", "微信 一三八一二三四五六七八", "V：幺三八幺二三四五六七八",
        "微信 壹叁捌壹贰叁肆伍陆柒捌", "微信 138-1234-5678", "微信 1 3 8 1 2 3 4 5 6 7 8", "微信 1.3.8.1.2.3.4.5.6.7.8",
        "微信 l38l2345678", "微信 1⃣3⃣8⃣1⃣2⃣3⃣4⃣5⃣6⃣7⃣8⃣", "微信 ①③⑧①②③④⑤⑥⑦⑧",
        "微信：one three eight one two three four five six seven eight", "加微信：yao san ba yi er san si wu liu qi ba",
        "加微信：医散吧医而散思舞溜起吧",
    ),
    "wechat:13800345678": (
        "微信 138OO345678",
    ),
    "wechat:wxid_a1b2c3d4e5f6": (
        "wxid_a1b2c3d4e5f6",
    ),
    "qq:123456789": (
        "QQ123456789", "扣扣：123456789", "抠抠 123456789", "秋秋：123456789", "企鹅：123456789", "🐧123456789", "加Q 123456789",
        "Q：123456789", "联系QQ一二三四五六七八九", "123456789@qq.com", "QQ微信同号 123456789",
    ),
    "qq:1234567": (
        "q.q：1234567",
    ),
    "whatsapp:+8613812345678": (
        "whatsapp +86 138 1234 5678", "WhatsApp:008613812345678", "wa.me/8613812345678", "WhatsApp/WeChat: +86 13812345678",
    ),
    "whatsapp:+447911123456": (
        "whats app: +44 7911 123456",
    ),
    "whatsapp:+12025550143": (
        "watsapp +1 (202) 555-0143",
    ),
    "telegram:shopseller": (
        "telegram @shopseller", "TG: @shopseller", "t.me/shopseller", "飞机号 @shopseller", "电报 @shopseller", "✈️ @shopseller",
    ),
    "telegram:shop_seller": (
        "telegram: shop_seller", "shop_seller on telegram",
    ),
    "telegram:shopseller88": (
        "纸飞机：shopseller88",
    ),
    "line:shop_123": (
        "Line id: shop_123", "加line: shop_123",
    ),
    "line:shop123": (
        "LINE @shop123",
    ),
    "kakao:shop123": (
        "KakaoTalk: shop123", "kakao id shop123",
    ),
    "viber:+447911123456": (
        "Viber +447911123456",
    ),
    "signal:+447911123456": (
        "Signal: +447911123456",
    ),
    "instagram:shop.name": (
        "ins: @shop.name",
    ),
    "instagram:shopname88": (
        "IG: @shopname88",
    ),
    "instagram:shop_name88": (
        "instagram: shop_name88",
    ),
    "instagram:shop_name": (
        "instagram.com/shop_name",
    ),
    "facebook:shopname": (
        "FB: @shopname",
    ),
    "facebook:shop.name": (
        "facebook.com/shop.name",
    ),
    "xiaohongshu:123456789": (
        "小红书号：123456789",
    ),
    "xiaohongshu:abc12345": (
        "小红书号 abc12345", "小红薯：abc12345",
    ),
    "douyin:abc12345": (
        "抖音号：abc12345", "某音搜：abc12345", "dou音搜 abc12345",
    ),
    "douyin:12345678901": (
        "抖音号 12345678901",
    ),
    "taobao-token:abc12defg34": (
        "￥AbC12dEfG34￥",
    ),
    "yupoo:shop88": (
        "https://shop88.x.yupoo.com/albums", "shop88.x.yupoo.com",
    ),
    "weidian:1234567": (
        "https://weidian.com/?userid=1234567",
    ),
    "email:shop88@gmail.com": (
        "邮箱 shop88@gmail.com", "shop88 at gmail dot com", "shop88(at)gmail(dot)com",
    ),
    "email:shop88@qq.com": (
        "shop88艾特qq点com",
    ),
    "url:fakeshop88.com/bags": (
        "www.fakeshop88.com/bags", "fakeshop88。com/bags",
    ),
    "phone:13812345678": (
        "联系电话：13812345678", "电话一三八一二三四五六七八", "tel: +86 13812345678", "📱13812345678", "T:13812345678", "call 13812345678",
        "①③⑧①②③④⑤⑥⑦⑧", "１３８１２３４５６７８", "13812345六七八", "138 壹贰叁肆 5678", "1-3-8-1-2-3-4-5-6-7-8", "电微同号13812345678",
    ),
    "phone:+12025550143": ("text +1 202-555-0143", "ph: +1 (202) 555-0143", "whatsapp +1 202 555 0143"),
    "wechat:shop_2345": (
        "加薇❤shop_2345", "私加V shop_2345", "＋Ｖ：shop_2345", "VX（shop_2345）", "【微信shop_2345】", "w.x：shop_2345", "W❤X shop_2345",
        "微-信-号：shop_2345",
        "薇❤信：shop_2345", "搜V：shop_2345", "我V：shop_2345", "想要的加V：shop_2345", "微你shop_2345", "联系微: shop_2345", "+薇 shop_2345",
        "歪信：shop_2345",
    ),
    "telegram:shop_2345": ("TG：shop_2345", "TG@shop_2345", "telegram me at shop_2345", "t.me∕shop_2345", "电报号 shop_2345"),
    "instagram:shop_2345": ("insta shop_2345", "IG shop_2345", "ig➡️shop_2345", "ins搜shop_2345", "find us on instagram @shop_2345"),
    "line:shop_2345": ("加赖 shop_2345", "LINE加shop_2345", "赖ID：shop_2345"),
    "kakao:shop_2345": ("카카오톡 아이디 shop_2345", "카톡 shop_2345"),
    "xiaohongshu:shop_2345": ("小红书搜shop_2345", "📕号shop_2345", "🍠shop_2345"),
    "yupoo:shop2345": ("yupoo: shop2345", "shop2345.x.yupoo.com/albums"),
    "weidian:1234567890": ("微店ID 1234567890", "weidian.com/item.html?itemID=1234567890"),
    "email:fakeshop@163.com": ("fakeshop#163.com", "fakeshop @ 163 . com", "fakeshop(at)163点com", "fakeshop@163。com"),
    "url:fakeshop.com": ("fakeshop.c0m/", "fakeshop[.]com", "fakeshop(.)com", "fakeshop，com", "fakeshop 。com", "hxxps://fakeshop.com"),
    "url:fakeshop88.com": (
        "https://www.fakeshop88.com", "fakeshop88 dot com", "fakeshop88点com",
    ),
    "url:bit.ly/3abcde": (
        "bit.ly/3abcde",
    ),
    "url:dwz.cn/abc123": (
        "dwz.cn/abc123",
    ),
    "account:abc_12345": (
        "联系我：abc_12345", "contact us: abc_12345",
    ),
    "wechat:abc-12345": (
        "加威：abc-12345",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "text"), [(expected, text) for expected, texts in GUILTY.items() for text in texts])
def test_spelling_comes_to_its_id(expected: str, text: str) -> None:
    for title in (text, f"耐用双肩包 大容量 {text}", f"{text} 现货包邮"):
        assert expected in ids_of(title)
        signal = signal_of(title)
        assert signal is not None
        assert signal.strength >= 0.6
        assert signal.span is not None
        assert title[slice(*signal.span)] == signal.quote
        assert in_chinese(signal) is not None


def test_description_is_read_as_well() -> None:
    signal = signal_of("双肩包", "好看 加V：abc12345")
    assert signal is not None
    assert (signal.field, signal.quote) == ("description", "加V：abc12345")
    assert ids_of("双肩包", "好看 加V：abc12345") == ["wechat:abc12345"]


@pytest.mark.parametrize(
    ("title", "description", "expected"),
    [
        ("包包 加V：", "abc12345 正品", "wechat:abc12345"),
        ("包包 加V：abc1", "2345", "wechat:abc12345"),
        ("包包 微信", "13812345678", "wechat:13812345678"),
        ("电话 1381234", "5678", "phone:13812345678"),
        ("包包 扣扣", "123456789 看货", "qq:123456789"),
        ("包包 V:", "abc12345", "wechat:abc12345"),
    ],
)
def test_id_split_over_title_and_description(title: str, description: str, expected: str) -> None:
    assert ids_of(title) == []
    assert expected in ids_of(title, description)
    signal = signal_of(title, description)
    assert signal is not None
    assert signal.field == "title"
    assert signal.span is not None
    assert title[slice(*signal.span)] == signal.quote != ""


def test_description_that_does_not_go_on_makes_no_id_of_a_name() -> None:
    assert ids_of("儿童手表 支持微信", "视频通话，2014 年新款 a12345") == []


# --- innocent


INNOCENT = (
    "机芯 vx12e 石英",
    "VX12E 机芯 男士手表",
    "瑞士机芯VX42E",
    "wx-7000 显卡",
    "WX123059 童装",
    "【微信专享】手机壳",
    "微信支付 满100减10",
    "微信小程序开发 源码",
    "关注微信公众号 领优惠券",
    "支持微信 iphone6 plus",
    "QQ糖 500000g",
    "QQ弹弹 果冻",
    "奇瑞QQ 2013款 脚垫",
    "QQ飞车手游 10000点券",
    "QQ音乐绿钻 12个月",
    "奇瑞QQ3 308 雨刮器",
    "fishing line 100m 0.12mm",
    "A-line dress size 12345",
    "clothes line 20m",
    "line drawing print A1234",
    "signal booster 4G 12345678",
    "telegram vintage paper 1912345",
    "手机壳 适用iPhone 13812345678",
    "ISBN 9787553716459",
    "EAN 4006381333931",
    "条码 6901234567892",
    "尺寸 1200*600*550",
    "36 37 38 39 40 41 42 43",
    "100 120 140 160 180",
    "13 14 15 16 17 18 19 20 码",
    "2013.12.25 2014.01.01",
    "旺旺客服在线",
    "详情请咨询客服",
    "有问题联系客服",
    "facebook portal mini 10 inch",
    "ins风 连衣裙 2023新款",
    "ins: 北欧风 A12345",
    "抖音同款 网红",
    "小红书推荐 面膜",
    "TikTok viral lip gloss",
    "as seen on Instagram",
    "LINE FRIENDS 布朗熊 公仔 30cm",
    "飞机模型 A380 1:200",
    "儿童飞机杯 500ml",
    "纸飞机 100只",
    "企鹅公仔 30cm",
    "QQ企鹅公仔 30cm",
    "小球球 10000个",
    "卫星锅 天线 dt12345",
    "卫星电视接收器 abc12345",
    "电报机 1940",
    "电话机 TCL HCD868",
    "儿童电话手表 Z6 4G",
    "威信 XD-105 水壶",
    "薇姿 89 精华",
    "威士忌 12345678ml",
    "扫码枪 1900GHD",
    "二维码查询防伪",
    "asp.net mvc5 教程",
    "node.js 实战",
    "Booking.com 礼品卡",
    "ac220v: 50hz 12000w",
    "5V: 3000mA",
    "V领: 2013新款 a12345",
    "V: 5401",
    "Q: 12345",
    "Q版 abc123",
    "加V领 连衣裙 a12345",
    "加绒 v123456",
    "whatsapp phone 4g",
    "smart watch WhatsApp Facebook Instagram notifications",
    "小号 4243381414",
    "大号121954",
    "t恤 19214000008",
    "T035.407.36.051.00",
    "适用 186/156/1055/1085",
    "客服热线 400-820-8820",
    "全国联保 400 820 8820",
    "联系方式在描述里面",
    "call of duty 2 12345678",
    "cell phone case 12345678",
    "mobile no frills",
    "tel aviv 12345678",
    "wa 12345678",
    "ws 2812 5050 led 12345678",
    "signal: 12345678",
    "wechat pay accepted",
    "WeChat pay: alipay",
    "USB type-c: usb31234",
    "dy2020a 连衣裙",
    "ig0107 衬衫",
    "FB-DL601B",
    "tg7707",
    "ws2812b: ledstrip5050",
    "Line: A12345 fishing",
    "微波炉 abc12345",
    "微单相机 a6000_kit",
    "单号: sf1234567890123",
    "型号：abc12345",
    "货号：abc_12345",
    "Signal 绿色牙膏 12345678",
    "加我店铺收藏 abc12345",
    "收藏加购 2023new",
    "加V型号 vip888",
    "加vip888",
    "加微胖 xl2023",
    "iphone6 (微信)",
    "搜我喜欢",
    "Instagram style dress 2023new",
    "3 in 1: one two three four colors",
    "五一 一二三四五六七八九十 早教卡片",
    "数字 0123456789 气球",
    "12345678910 数字磁贴",
    "玩具 1 2 3 4 5 6 7 8 9 10 数字",
    "10 11 12 13 14 15 16 17 18 19 20",
    "1 3 5 7 9 11 13 15 17 19",
    "电话 12345678 玩具",
    "price $129.00 $a1b2c3d4e5",
    "e.l.f. cosmetics",
    "L.A. Girl",
    "Dr.Martens 1460",
    "St.Ives",
    "U.S. Polo Assn.",
    "No.5 perfume",
    "H&M co. kids",
    "g.mon.ton.son",
    "mr.me 9329129",
    "wx2023新款 a12345",
    "VX6 12345678",
    "vx 880 无线鼠标 12345",
    "旺旺仙贝 520g",
    "套餐号码-4000021536",
    "企业号码 95588",
    "口令红包 88个",
    "老客户回购 3件8折",
    "📱A2634 手机壳",
    "📞HCD007 座机",
    "公众号代运营 2024",
    "电话 HCD868 座机",
    "at gmail dot",
    "sold at shop.com 12",
)


@pytest.mark.parametrize("text", INNOCENT)
def test_look_alikes_are_left_in_peace(text: str) -> None:
    for title in (text, f"现货包邮 {text} 黑色"):
        assert ids_of(title) == []
        signal = signal_of(title)
        assert signal is None or signal.strength <= 0.45


def test_bare_mobile_number_is_weak_and_links_nobody() -> None:
    signal = signal_of("针织连帽连衣裙 13812345678")
    assert signal is not None
    assert signal.strength == 0.4
    assert ids_of("针织连帽连衣裙 13812345678") == []
    assert signal_of("针织连帽连衣裙 货号13812345678") is None


def test_fixed_line_and_hotline_of_a_company_are_no_strong_sign() -> None:
    fixed = signal_of("激光打印机 咨询电话010-62345678")
    assert fixed is not None
    assert fixed.strength == 0.6
    assert signal_of("激光打印机 咨询电话400-234-5678") is None


def test_authorised_seller_may_name_a_site_but_not_a_messenger() -> None:
    assert signal_of("Velmora velmora.com 口红", seller="maker") is None
    stranger = signal_of("Velmora velmora.com 口红")
    assert stranger is not None
    assert stranger.strength == 0.45
    assert signal_of("Velmora 口红 加V：abc12345", seller="maker") is not None


# --- hints


@pytest.mark.parametrize(
    "title",
    [
        "高端包包 扫码加微信", "高端包包 主页联系方式", "图片里有联系方式", "看图加V", "懂的加",
        "联系方式见主图", "私我", "加微信看款", "扫 码 加 我",
        "designer bag DM me", "link in bio", "contact in picture", "WhatsApp number in photo", "Link. in. bio", "order on whatsapp",
    ],
)  # fmt: skip
def test_hint_without_an_id_is_weak(title: str) -> None:
    signal = signal_of(title)
    assert signal is not None
    assert 0.3 <= signal.strength <= 0.5
    assert "does not give" in signal.fact
    assert in_chinese(signal) is not None
    assert ids_of(title) == []


@pytest.mark.parametrize("title", ["二维码扫码枪", "二维码查询防伪", "联系客服", "照片墙 相框", "look in the picture", "biography of a linguist"])
def test_no_hint(title: str) -> None:
    assert signal_of(title) is None


def test_one_phrase_is_one_sign() -> None:
    """What `coded_hint` reports already is not reported here a second time."""
    assert signal_of("包包 懂的私") is None


# --- explanations


@pytest.mark.parametrize("title", ["加V：abc12345", "13812345678 女包", "fakeshop88点com", "shop88@gmail.com", "看图加V"])
def test_reading_of_the_finding_not_of_the_kind(title: str) -> None:
    signal = signal_of(title)
    assert signal is not None
    english, chinese = innocent_reading(signal, "en"), innocent_reading(signal, "zh")
    assert english is not None
    assert chinese is not None


def test_fact_does_not_repeat_the_account() -> None:
    for expected, texts in GUILTY.items():
        value = expected.partition(":")[2].removeprefix("+86")
        for text in texts:
            signal = signal_of(text)
            assert signal is not None
            assert value not in signal.fact


# --- ids


def test_telephone_behind_a_messenger_is_the_telephone_too() -> None:
    assert ids_of("微信同号 13812345678") == ["wechat:13812345678", "phone:13812345678"]
    assert ids_of("whatsapp +86 138 1234 5678") == ["whatsapp:+8613812345678", "phone:13812345678"]
    assert ids_of("123456789@qq.com") == ["email:123456789@qq.com", "qq:123456789"]


def test_id_leaves_the_judge_as_a_keyed_hash() -> None:
    one = ContactId("wechat", "abc12345")
    assert re.fullmatch("[0-9a-f]{64}", one.digest(b"key"))
    assert one.digest(b"key") == ContactId("wechat", "abc12345").digest(b"key") != one.digest(b"other")
    assert "abc12345" not in one.digest(b"key")


HAN = ("零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
PINYIN = ("ling", "yi", "er", "san", "si", "wu", "liu", "qi", "ba", "jiu")


def _spelt(number: str, spelling: str) -> str:
    digits = [int(digit) for digit in number]
    match spelling:
        case "plain":
            return number
        case "han":
            return "".join(HAN[0][digit] for digit in digits)
        case "cheque":
            return "".join(HAN[1][digit] for digit in digits)
        case "full width":
            return "".join(chr(0xFF10 + digit) for digit in digits)
        case "circled":
            return "".join("⓪①②③④⑤⑥⑦⑧⑨"[digit] for digit in digits)
        case "black":
            return "".join("⓿❶❷❸❹❺❻❼❽❾"[digit] for digit in digits)
        case "mathematical":
            return "".join(chr(0x1D7D8 + digit) for digit in digits)
        case "keycap":
            return "".join(f"{digit}\ufe0f\u20e3" for digit in digits)
        case "letters":
            return number.replace("0", "O").replace("1", "l")
        case "dotted":
            return ".".join(number)
        case "spaced":
            return " ".join(number)
        case "emoji":
            return "🔥".join(number)
        case "invisible":
            return "\u200b".join(number)
        case "grouped":
            return f"{number[:3]}-{number[3:7]}-{number[7:]}"
        case "english":
            return " ".join(WORDS[digit] for digit in digits)
        case "pinyin":
            return " ".join(PINYIN[digit] for digit in digits)
        case _:
            raise ValueError(spelling)


SPELLINGS = (
    "plain", "han", "cheque", "full width", "circled", "black", "mathematical", "keycap", "letters", "dotted", "spaced", "emoji", "invisible",
    "grouped", "english", "pinyin",
)  # fmt: skip
MOBILES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True).filter(lambda number: number.count("0") + number.count("1") <= 4)
NAMED = ("微信", "加V：", "V信 ", "联系QQ ", "WhatsApp: +86 ", "电话：", "薇：", "🛰：", "vx ", "Viber +86")


@given(number=MOBILES, spelling=st.sampled_from(SPELLINGS), name=st.sampled_from(NAMED), behind=st.sampled_from(("", " 现货", "，看图", "（老板）")))
@example("13800001111", "han", "微信", "")
def test_mobile_number_in_any_spelling_comes_back(number: str, spelling: str, name: str, behind: str) -> None:
    assert f"phone:{number}" in ids_of(f"手提包 {name}{_spelt(number, spelling)}{behind}")


@given(number=MOBILES, spelling=st.sampled_from(("han", "cheque", "black", "keycap", "dotted", "spaced", "emoji", "english")))
def test_mobile_number_that_hides_needs_no_name(number: str, spelling: str) -> None:
    assert f"phone:{number}" in ids_of(f"手提包 {_spelt(number, spelling)}")


HANDLES = st.from_regex(r"[a-hj-km-np-z]{2,6}[_]?[2-9]{3,6}", fullmatch=True).filter(
    lambda handle: not re.match(r"v?ip|iphone|vivo|usb|size|mate|[vq][0-9]|(?:vx|wx|id|me|us|at|on|is|no|my|add)[0-9_]|wechat|line", handle)
)
DRESSES = {
    "plain": lambda handle: handle,
    "capitals": str.upper,
    "full width": lambda handle: "".join(chr(ord(letter) + 0xFEE0) for letter in handle),
    "mathematical": lambda handle: re.sub("[a-z]", lambda letter: chr(0x1D5BA + ord(letter.group()) - 97), handle),
    "invisible": lambda handle: "\u200d".join(handle),
    "emoji": lambda handle: "😀".join(handle),
    "digits circled": lambda handle: re.sub("[0-9]", lambda digit: "⓪①②③④⑤⑥⑦⑧⑨"[int(digit.group())], handle),
    "digits in Han": lambda handle: re.sub("[0-9]", lambda digit: HAN[0][int(digit.group())], handle),
    "spaced": lambda handle: " ".join(handle),
}


NAMES_OF_ONE = ("微信：", "加V：", "薇信:", "V➕", "卫星号：", "徽信号 ", "wechat id: ")


@given(handle=HANDLES, dress=st.sampled_from(sorted(DRESSES)), name=st.sampled_from(NAMES_OF_ONE))
def test_handle_in_any_spelling_comes_back(handle: str, dress: str, name: str) -> None:
    assert f"wechat:{handle}" in ids_of(f"手提包 {name}{DRESSES[dress](handle)}")


@given(st.text(max_size=200), st.text(max_size=80))
@example("微信" * 40, "1" * 80)
@example("\u200b" * 50 + "v:", "\ufe0f")
@example("+", "加v")
@example("abc.com " * 20, "a@b.c")
def test_any_text_has_spans_within_it(title: str, description: str) -> None:
    signal = signal_of(title, description)
    contact_ids(ListingViews(views_of(title), views_of(description), ()))
    if signal is not None:
        text = title if signal.field == "title" else description
        assert signal.span is not None
        assert 0 <= signal.span[0] < signal.span[1] <= len(text)
        assert text[signal.span[0] : signal.span[1]][:200] == signal.quote


@given(st.text(max_size=120))
def test_reading_keeps_every_place(text: str) -> None:
    plain = views_of(text).plain
    assert len(reading_of(plain, spelt=True)) == len(reading_of(plain)) == len(plain)


def test_every_name_is_found_beside_an_account() -> None:
    accounts = {"qq": "123456789", "phone": "13812345678"} | dict.fromkeys(("whatsapp", "viber", "zalo", "signal"), "+8613812345678")
    missed = []
    for name in NAMES:
        title = f"手提包 {name.text}号：{accounts.get(name.channel, 'shop_2345')}"
        if not any(one.channel == name.channel for one in contacts_in(views_of(title)).found):
            missed.append(name.text)
    assert missed == []


def test_decoys_are_cut_off() -> None:
    assert len(contacts_in(views_of("fakeshop88.com/a " * 500)).found) == MAX_ADDRESSES


# --- real titles

MAX_STRONG_PER_10000 = 1.0
"""Signals of at least 0.7 on titles of ordinary shops. Measured: 4 of 108,714, all of which lead away (a QQ account thrice, a link to a shop)."""


@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data with real listings is not here")
def test_real_titles_have_hardly_a_strong_signal() -> None:
    rows = strong = 0
    for name in ("listings-taobao", "listings-priced"):
        with gzip.open(DATA / f"{name}.jsonl.gz") as lines:
            for line in lines:
                rows += 1
                found = contacts_in(views_of(msgspec.json.decode(line)["title"])).found
                strong += any(one.strength >= 0.7 for one in found)
    assert rows > 10_000
    assert strong / rows * 10_000 <= MAX_STRONG_PER_10000
