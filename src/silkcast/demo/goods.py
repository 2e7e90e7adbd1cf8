"""What the demo base sells; invented products of invented merchants."""

from __future__ import annotations

from dataclasses import dataclass

from silkcast.domains.catalog.contracts import ProductRole


@dataclass(frozen=True, slots=True)
class DemoSku:
    code: str
    name: str
    name_zh: str
    price_minor: int
    cost_minor: int
    weight_g: int
    units: int


@dataclass(frozen=True, slots=True)
class DemoProduct:
    merchant: int
    role: ProductRole
    image: str
    title: str
    title_zh: str
    description: str
    description_zh: str
    offer_percent: int
    skus: tuple[DemoSku, ...]


MERCHANTS = (("Suzhou Silk House (simulated)", 800), ("Jingdezhen Clay Works (simulated)", 1000))
MARKETS = ("US", "GB", "DE", "FR", "ES", "IT", "JP", "SG", "AU", "CA")
PRODUCTS = (
    DemoProduct(
        0,
        ProductRole.PROFIT,
        "scarf",
        "Mulberry silk scarf",
        "桑蚕丝围巾",
        "Hand-rolled edges, 90 × 90 cm, 14 momme.",
        "手工卷边，90 × 90 厘米，14 姆米。",
        66,
        (
            DemoSku("SCARF-R", "Vermilion", "朱红", 5900, 11200, 80, 600),
            DemoSku("SCARF-B", "Indigo", "靛蓝", 5900, 11200, 80, 450),
        ),
    ),
    DemoProduct(
        1,
        ProductRole.TRAFFIC,
        "teacup",
        "Celadon tea cup",
        "青瓷茶杯",
        "Thrown by hand, food-safe glaze, 120 ml.",
        "手工拉坯，食品级釉面，120 毫升。",
        60,
        (
            DemoSku("CUP-1", "Single", "单只", 1500, 1800, 260, 900),
            DemoSku("CUP-4", "Set of four", "四只装", 4900, 6800, 980, 240),
        ),
    ),
    DemoProduct(
        0,
        ProductRole.IMAGE,
        "robe",
        "Silk robe with peonies",
        "牡丹真丝睡袍",
        "Printed by hand, one size, with belt.",
        "手工印花，均码，含腰带。",
        80,
        (DemoSku("ROBE-1", "Ivory", "象牙白", 18900, 39000, 420, 60),),
    ),
    DemoProduct(
        1,
        ProductRole.PROFIT,
        "teapot",
        "Zisha teapot, 200 ml",
        "紫砂壶 200 毫升",
        "Unglazed clay that grows darker with use.",
        "原矿紫砂，越用越润。",
        75,
        (DemoSku("POT-1", "Round", "圆壶", 7900, 15500, 520, 180),),
    ),
    DemoProduct(
        0,
        ProductRole.TRAFFIC,
        "eyemask",
        "Silk sleep mask",
        "真丝眼罩",
        "Both sides silk, adjustable band.",
        "双面真丝，可调节带。",
        50,
        (DemoSku("MASK-1", "Grey", "灰色", 1900, 2600, 40, 800),),
    ),
    DemoProduct(
        1,
        ProductRole.IMAGE,
        "vase",
        "Porcelain vase, blue and white",
        "青花瓷瓶",
        "Painted by hand, 32 cm, numbered.",
        "手绘青花，高 32 厘米，限量编号。",
        90,
        (DemoSku("VASE-1", "32 cm", "32 厘米", 24900, 52000, 2400, 30),),
    ),
)
RATES = (
    ("USD", "CNY", "7.12"),
    ("USD", "EUR", "0.92"),
    ("USD", "GBP", "0.79"),
    ("USD", "JPY", "151.3"),
    ("USD", "SGD", "1.34"),
)
