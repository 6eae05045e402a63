"""Innocent readings of single words. A signal says which reading its kind has; for the best-known words more can be said than that."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, NamedTuple

from screener.contracts import Signal
from screener.judge.explain.words import Language


class Reading(NamedTuple):
    """The innocent reading of a word, why it fell, and what would have upheld it."""

    innocent: str
    fell: str
    cleared: str


class _Word(NamedTuple):
    pattern: re.Pattern[str]
    readings: Mapping[Language, Reading]


def _word(pattern: str, english: Reading, chinese: Reading) -> _Word:
    return _Word(re.compile(pattern), {"en": english, "zh": chinese})


_SLANG: Final = (
    _word(
        r"莆田(?!鞋|纯原)",
        Reading(
            "Putian is a city in Fujian", "nothing near it speaks of the place or its local goods", "words of the place or its local goods beside it"
        ),
        Reading("莆田是福建的一座城市", "附近没有提到这个地方或当地特产", "旁边写明是地名或当地特产"),
    ),
    _word(
        r"(?<!a)a货|超a",
        Reading(
            "grade A of jadeite, which means untreated stone", "nothing near it speaks of jade or of jewellery", "jade or jewellery named beside it"
        ),
        Reading("翡翠的“A货”，指未经处理的天然玉石", "附近没有提到玉石或珠宝", "旁边写明是玉石或珠宝"),
    ),
    _word(
        r"1\s*[:：比∶]\s*1|一比一",
        Reading(
            "a scale or a mixing ratio, as of a model, a lens or a liquid",
            "nothing near it is measured by such a scale",
            "a model, a lens or a mixture beside it",
        ),
        Reading("模型、镜头或液体配比的比例", "附近没有按这种比例计量的东西", "旁边写明是模型、镜头或配比"),
    ),
    _word(
        r"复刻|復刻",
        Reading(
            "a maker's own reissue of an old model, or a toy",
            "nothing near it speaks of a toy or a model, and nothing shows that the maker itself reissued it",
            "the brand's own shop, or a toy or model named beside it",
        ),
        Reading(
            "品牌自己推出的复刻款，或者玩具、模型", "附近没有提到玩具或模型，也看不出是品牌自己推出的", "由品牌授权店铺发布，或者写明是玩具、模型"
        ),
    ),
    _word(
        r"仿|彷",
        Reading(
            "a lifelike plant, an artificial fur, or a facsimile of a work of art",
            "nothing near it speaks of such goods",
            "the material or the kind of facsimile named beside it",
        ),
        Reading("仿真花草、人造皮毛，或者书画的仿制品", "附近没有提到这类商品", "旁边写明材质或仿制的是什么"),
    ),
    _word(
        r"[原尾跟]单",
        Reading(
            "left-over stock of an export order without a brand, or a flat shoe",
            "a protected brand is named in the same listing",
            "no protected brand in the listing, or proof of where the goods come from",
        ),
        Reading("不带品牌的外贸余货，或者“平跟单鞋”之类的说法", "同一商品里提到了受保护的品牌", "不涉及受保护的品牌，或者有进货凭证"),
    ),
    _word(
        r"批次|厂|batch|factory",
        Reading(
            "a maker's lot number, or the name of an ordinary factory",
            "the letters before it name no known maker, and a protected brand stands beside them",
            "the maker's full name, or no protected brand in the listing",
        ),
        Reading("普通厂家的名称或生产批号", "前面的字母不是已知厂家的名称，旁边又写着受保护的品牌", "写明厂家全称，或者不涉及受保护的品牌"),
    ),
    _word(
        r"纯原|原版.|真标|模具|开模|m(?:ou)?ld|materials|hardware",
        Reading(
            "something natural or pure, or a workshop that makes moulds to order",
            "what is said to be as the original's are parts of a protected brand's goods",
            "no protected brand in the listing, or proof of where the parts come from",
        ),
        Reading("天然纯正的东西，或者承接开模加工", "所说“与原版一样”的是受保护品牌商品的部件", "不涉及受保护的品牌，或者有部件的来源凭证"),
    ),
    _word(
        r"验|鉴定|柜|得物|过毒|check|inspection|authentic",
        Reading(
            "a shop that lets its genuine goods be inspected",
            "the promise is that the goods pass for genuine, not that they are",
            "an invoice or a warranty of the brand instead of the promise",
        ),
        Reading("愿意让买家验货的正规店铺", "保证的是“能通过查验”，而不是“就是正品”", "用品牌方的发票或质保代替这种保证"),
    ),
    _word(
        r"正品|原装|以假乱真|真假|original|genuine|оригинал",
        Reading(
            "a comparison with genuine goods in praise of one's own brand",
            "the brand that is named is the one the goods are compared with",
            "the goods' own brand named as their maker",
        ),
        Reading("与正品比较，以宣传自有品牌", "商品信息里写的正是用来比较的那个品牌", "写明商品自己的品牌和生产者"),
    ),
    _word(
        r"replica",
        Reading("a scale model, a prop, a coin or a fan's jersey", "no such article is named beside it", "the kind of model or prop named beside it"),
        Reading("模型、道具、纪念币或球迷服", "旁边没有提到这类商品", "旁边写明是哪一种模型或道具"),
    ),
    _word(
        r"mirror|aaa|[0-9]a |grade|quality|版本|级",
        Reading(
            "a grade of batteries, pearls or hair, or a mirror",
            "nothing near it is graded so, and none of it is a mirror",
            "the goods that are graded so named beside it",
        ),
        Reading("电池、珍珠、发制品的等级，或者镜子", "附近没有按这种等级划分的商品，也没有提到镜子", "旁边写明是哪一种按等级划分的商品"),
    ),
    _word(
        r"\b(?:cop(?:y|ies)|clones?|reps?|dupes?|fakes?|imitation)\b",
        Reading(
            "a book, paper, a drive, an exercise, an artificial fur or plant",
            "nothing near it speaks of such goods",
            "the kind of goods named beside it",
        ),
        Reading("图书、复印纸、硬盘、健身动作，或者人造毛、人造花", "附近没有提到这类商品", "旁边写明是哪一类商品"),
    ),
)
"""The first that fits counts, so the more particular stand first."""


_CONTACTS: Final = (
    _word(
        r"shaped like a telephone number",
        Reading(
            "an article number that happens to look like a telephone number",
            "no word near it says that it numbers an article, a part or a book",
            "the kind of number written before it, or the number left out",
        ),
        Reading("碰巧与电话号码相像的货号", "附近没有“货号”“型号”之类的说明", "在前面写明是货号、型号或条码，或者去掉这串数字"),
    ),
    _word(
        r"shaped like (?:a link|the address)",
        Reading(
            "the maker's own website, or a name that ends like one",
            "the seller is not authorised by a brand that is named here, or the address leads further than a maker's first page",
            "no address in the text",
        ),
        Reading("厂家自己的网站，或者结尾像网址的名称", "卖家并非所提品牌的授权卖家，或者网址指向的不只是厂家首页", "文字里不留网址"),
    ),
    _word(
        r"shaped like (?:an e-mail|a share)",
        Reading(
            "a mailbox for service, or a code of the marketplace itself",
            "questions and offers have their place in the marketplace's own messages and links",
            "no address and no code in the text",
        ),
        Reading("售后邮箱，或者平台自己的口令", "咨询和优惠都可以通过平台自己的聊天工具和链接进行", "文字里不留邮箱和口令"),
    ),
    _word(
        r"sends the buyer to a contact",
        Reading(
            "a manner of speaking, or the service of the marketplace itself",
            "it asks the buyer to look for a contact elsewhere or to write in private; by itself it is a weak sign",
            "the marketplace's own messages named as the place for questions",
        ),
        Reading(
            "只是一种说法，或者指平台自己的客服", "它让买家到别处找联系方式，或者私下联系；单凭这一点只是较弱的迹象", "写明请用平台自己的聊天工具咨询"
        ),
    ),
    _word(
        r", for \w+, beside",
        Reading(
            "a model number, an everyday word, or a shape of the goods",
            "a word of contact or the way it is written makes a messenger's name of it, and what follows is shaped like an account",
            "no account in the text, or the word model before a model's number",
        ),
        Reading(
            "型号、日常用语，或者商品的款式",
            "旁边的联系用语或这种写法表明它指聊天软件，后面的字符又形似账号",
            "文字里不留账号；如果是型号，请写明“型号”",
        ),
    ),
)
"""By what the fact says was found."""


def reading_of(signal: Signal, language: Language) -> Reading | None:
    """The innocent reading of the very word that was found; None when only the kind of signal is known."""
    if signal.name == "contact_diversion":
        return next((word.readings[language] for word in _CONTACTS if word.pattern.search(signal.fact)), None)
    if signal.name != "replica_slang":
        return None
    said = signal.fact.split("; beside it: ", 1)[0].removesuffix("is what sellers of copies write")
    named = unicodedata.normalize("NFKC", f"{said}\n{signal.quote}").casefold()
    return next((word.readings[language] for word in _SLANG if word.pattern.search(named)), None)
