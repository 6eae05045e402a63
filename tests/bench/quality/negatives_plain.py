"""Hard negatives that name no brand of the registry: jade, plants, places, scales, models, promotions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tests.bench.quality.cases import HardNegative, Maker, listing
from tests.bench.quality.scene import Scene

Kind = Callable[[Scene], Iterator[HardNegative]]


def one(scene: Scene, title: str, category: str, price: float | None = None, maker: Maker | None = None, **content: object) -> HardNegative:
    event = listing(str(content.pop("seller", scene.seller())), "l-1", title, category=category.split("/"), price=price, **content)  # type: ignore[arg-type]
    return HardNegative(kind=scene.family, events=(event,), brand_id=maker.brand_id if maker else None)


def _plain(kind: str, category: str, low: int, high: int, *patterns: str) -> Kind:
    """A kind whose titles name no brand of the registry."""

    def negatives(scene: Scene) -> Iterator[HardNegative]:
        colours = ("黑色", "白色", "绿色", "红色", "原木色", "灰色", "蓝色")
        while True:
            number = str(scene.chance.randrange(10, 9999))
            text = scene.say(*patterns, n=number, m=str(scene.chance.randrange(2, 60)), c=scene.chance.choice(colours))
            yield one(scene, text, category, scene.chance.choice((None, round(scene.chance.uniform(low, high)))))

    negatives.__name__ = kind
    return negatives


_JADE = "[天然|缅甸|正宗|老坑|]{of}翡翠[A货|a货|A 货]"
KINDS: Final = (
    _plain(
        "jade_grade_a",
        "钟表/珠宝/翡翠",
        99,
        9000,
        _JADE + "[手镯|挂件|吊坠|平安扣|戒面|佛公] [冰种|糯种|飘花|满绿|] {m}mm [附证书|送礼|]",
        "A货翡翠[挂件|手串|貔貅] 男女款 玉[坠|佩] {n} [证书|保真]",
    ),
    _plain(
        "lifelike_plants",
        "家居家装/家装软饰/仿真花",
        9,
        300,
        "[高仿真|仿真|超仿真]{of}[绿植|花艺|假花|树叶|多肉|藤条] [客厅|阳台|吊顶|装饰] {c} {m}枝",
        "[高仿|仿真]{of}[蛋糕|水果|食物|面包]模型 道具 摆件 {n}",
        "高仿[兔毛|貂毛|羊羔绒] 耳罩 [保暖|可爱] {c}",
    ),
    _plain(
        "putian_the_place",
        "食品/特产",
        9,
        900,
        "[福建|]莆田[特产|桂圆干|兴化米粉|枇杷|荔枝干] {m}00g [包邮|送礼|]",
        "莆田[联通|移动] [宽带|流量卡|靓号] {n}",
        "[福建莆田|莆田仙游]红木[家具|茶盘|佛珠] 雕刻 {c}",
        "莆田[荔城区|秀屿|机场] [同城|配送|接送] 鲜花",
    ),
    _plain(
        "one_to_one_scale",
        "数码/摄影摄像/镜头",
        19,
        4000,
        "[百微|微距镜头|{m}mm F2.8] 1:1放大 [全画幅|口] {n}",
        "1:1[车模|合金汽车模型|枪模玩具|人体骨骼模型] {c} 儿童礼物",
        "[1:1|一比一][纸样|打印|实物大小]图纸 [裁剪|沙发] {n}",
        "AB胶 1:1[配比|混合] 环氧树脂 {m}0ml",
    ),
    _plain(
        "model_numbers",
        "数码/数码配件",
        19,
        900,
        "[vx{m}e|VX{n}|wx{n}|WX-{n}] [机芯|显卡|电池|传感器|路由器] [原装|进口|通用] {c}",
        "QQ{m} [汽车脚垫|雨刮|座套] [专车专用|]",
        "MVX{n} [摄像机电池|充电器]",
        "V{m} [加厚|升级]收纳箱 {c} AA{m}",
    ),
    _plain(
        "messenger_promotion",
        "健康运动、户外/健身",
        19,
        600,
        "【[微信专享|微信下单立减|QQ会员专享]】[跑步机|瑜伽垫|哑铃] {c} {m}kg",
        "儿童电话手表 [微信聊天|QQ微信] 4G {c}",
        "[微信|支付宝]收款[音响|二维码牌|播报器] {c} {n}",
        "关注公众号领券 [四件套|抱枕] {c}",
    ),
    _plain(
        "battery_aaa",
        "家用电器/生活电器",
        9,
        99,
        "AAA[电池|充电电池|7号电池] {m}粒装 [遥控器|玩具]",
        "AA/AAA [通用充电器|镍氢电池] {n}mAh",
        "[3A级|AAA级][景区门票|酒店|蓝莓|茶叶] {m}",
    ),
    _plain(
        "export_leftovers",
        "服饰、鞋、包/女装",
        29,
        300,
        "外贸[原单|尾单][纯棉|亚麻|]衬衫 [宽松|文艺] {c} {n}",
        "[出口日本|日单]尾货 [毛衣|围巾|袜子] {c}",
        "[平跟单鞋|坡跟单鞋|粗跟单鞋] 女 {c} {m}",
    ),
)
