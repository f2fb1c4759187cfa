"""Who plays in the demo. Names, handles and brands are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Brand:
    """A brand and the person who runs it."""

    key: str
    email: str
    person: str
    name: str
    site: str
    category: str
    story: str
    values: str
    products: tuple[tuple[str, str, int], ...]  # name, description, value in cents
    team: tuple[tuple[str, str, str], ...] = ()  # e-mail, name, role


@dataclass(frozen=True)
class Creator:
    """A creator; accounts are platform, handle, followers, engagement in basis points."""

    key: str
    email: str
    name: str
    handle: str
    city: str
    bio: str
    niches: tuple[str, ...]
    values: str
    style: str
    accounts: tuple[tuple[str, str, int, int], ...]
    rates: tuple[tuple[str, str, int], ...]  # platform, format, cents
    sample: tuple[str, str]  # title, address
    country: str = "US"
    zone: str = "America/New_York"
    languages: tuple[str, ...] = ("en",)


@dataclass(frozen=True)
class DemoBrief:
    """A brief by its brand's key; `body` follows `briefs/parts.py`."""

    key: str
    brand: str
    body: dict[str, Any] = field(default_factory=dict)


BRANDS = (
    Brand(
        "harrow",
        "june@demo.example",
        "June Harrow",
        "Harrow Tea",
        "https://harrowtea.example",
        "Tea",
        "Whole-leaf tea from four gardens we visit every spring. Eleven people, one packing table.",
        "Named growers, plain ingredients, no wellness promises.",
        (
            ("First Flush Darjeeling", "80 g of the 2026 spring picking", 2400),
            ("The Long Morning set", "Three teas, a tin and a scoop", 5800),
        ),
        (("ravi@demo.example", "Ravi Menon", "reviewer"),),
    ),
    Brand(
        "northlight",
        "sol@demo.example",
        "Sol Brandt",
        "Northlight Records",
        "https://northlight.example",
        "Records",
        "A record shop with a mailing list. We have sold discs by post since 1996.",
        "Staff picks written by staff. Musicians paid on time.",
        (("Staff picks box", "Five discs chosen for one listener", 6000),),
    ),
    Brand(
        "fell",
        "ines@demo.example",
        "Ines Fell",
        "Fell & Co Outdoor",
        "https://fell.example",
        "Bags and outdoor gear",
        "Rucksacks that come back for repair. Sewn in one workshop, mended for life.",
        "Repair first, buy once.",
        (("Day pack 22", "22 litres, waxed canvas", 14800),),
    ),
)

CREATORS = (
    Creator(
        "maya", "maya@demo.example", "Maya Lindqvist", "mayalind", "Portland, Maine",
        "Slow mornings, small kitchens, long walks. I show how things are used on a Tuesday, not on a set.",
        ("food", "home"), "Only things I keep using.", "Natural light, handheld, no script.",
        (("instagram", "mayalind", 18400, 412), ("tiktok", "mayalind", 9200, 655)),
        (("instagram", "reel", 42000), ("instagram", "story", 12000), ("tiktok", "short_video", 36000)),
        ("A week of breakfasts", "https://www.instagram.com/p/demo-breakfasts"),
    ),
    Creator(
        "theo", "theo@demo.example", "Theo Okafor", "theospins", "Chicago",
        "One record a day, three sentences each. Jazz, soul, and what my uncle left me.",
        ("music",), "If I would not lend it to a friend I do not show it.", "Close-up, needle drop, honest.",
        (("youtube", "theospins", 31200, 388), ("instagram", "theospins", 12900, 441)),
        (("youtube", "long_video", 90000), ("instagram", "reel", 30000)),
        ("Ten records under ten dollars", "https://www.youtube.com/watch?v=demo-ten"), zone="America/Chicago",
    ),
    Creator(
        "ana", "ana@demo.example", "Ana Beltrán", "anabeltranhikes", "Santa Fe",
        "High desert trails with a bad knee and a good dog.",
        ("outdoor", "travel"), "Public land, leave no trace.", "Wide shots, maps, real pace.",
        (("instagram", "anabeltranhikes", 46800, 366),),
        (("instagram", "carousel", 38000), ("instagram", "reel", 55000)),
        ("Forty miles with a rescue dog", "https://www.instagram.com/p/demo-forty"), zone="America/Denver",
        languages=("en", "es"),
    ),
    Creator(
        "wren", "wren@demo.example", "Wren Castellanos", "wrenplayslow", "Austin",
        "Slow piano, loud opinions about album order.",
        ("music",), "Credit the session players.", "One take.",
        (("tiktok", "wrenplayslow", 64300, 701),),
        (("tiktok", "short_video", 60000),),
        ("Why side B matters", "https://www.tiktok.com/@wrenplayslow/video/demo"), zone="America/Chicago",
    ),
    Creator(
        "idris", "idris@demo.example", "Idris Vale", "valeandvinyl", "Oakland",
        "Crate digging with my daughter. She picks, I explain.",
        ("music", "family"), "No plastic toys, no hype.", "Two voices, one turntable.",
        (("instagram", "valeandvinyl", 8700, 498),),
        (("instagram", "reel", 24000),),
        ("She chose the cover, I chose the song", "https://www.instagram.com/p/demo-cover"),
        zone="America/Los_Angeles",
    ),
    Creator(
        "pia", "pia@demo.example", "Pia Rosander", "piapoursslow", "Minneapolis",
        "Tea and ceramics from a cold apartment.",
        ("food", "home"), "Say what it costs.", "Overhead, quiet, captions first.",
        (("instagram", "piapoursslow", 5300, 577),),
        (("instagram", "reel", 18000), ("instagram", "story", 6000)),
        ("Five cups, five clays", "https://www.instagram.com/p/demo-clays"), zone="America/Chicago",
    ),
)  # fmt: skip


def _body(**changes: Any) -> dict[str, Any]:
    """A brief's body with what most briefs share."""
    return {
        "currency": "USD",
        "language": "en",
        "products": [],
        "must_haves": [],
        "key_messages": [],
        "hashtags": [],
        "avoid": [],
        "disclosure": "#ad",
        "freedom": "Everything else is yours: the setting, the words, the music.",
        "audience": {"countries": ["US"], "languages": ["en"]},
        "head_count": 3,
        "rounds": 2,
        "clocks": {},
        "rights": [
            {"use": "organic_repost", "territory": "US", "days": 90, "exclusive": False, "price": 0},
        ],
        "exclusivity": None,
    } | changes


BRIEFS = (
    DemoBrief("morning", "harrow", _body(
        title="Show us your slow morning",
        summary="One reel of a real breakfast with our spring tea in it. Your kitchen, your pace.",
        objective="awareness", kpi="saves", category="food and drink",
        parts=[{"kind": "fee", "amount": 45000}],
        deliverables=[{"platform": "instagram", "format": "reel", "count": 1, "due_days": 10}],
        must_haves=["The tea is brewed on camera", "The tin is visible once"],
        key_messages=["Picked in March, in four gardens we can name"],
        hashtags=["#harrowmornings"], avoid=["Health claims of any kind"],
    )),
    DemoBrief("tasting", "harrow", _body(
        title="Three cups, three honest sentences",
        summary="A gift for content: taste the set and say what you think, good or bad.",
        objective="ugc", kpi="content", category="food and drink",
        parts=[{"kind": "gift", "mode": "for_content", "value": 5800}],
        deliverables=[{"platform": "instagram", "format": "story", "count": 3, "due_days": 14}],
        must_haves=["Name each tea once"], head_count=8,
    )),
    DemoBrief("trail", "fell", _body(
        title="One bag, one real day outside",
        summary="Wear it, load it, get it dirty. A carousel with what went in and what you would change.",
        objective="traffic", kpi="clicks", category="outdoor",
        parts=[{"kind": "fee", "amount": 52000}, {"kind": "gift", "mode": "no_strings", "value": 14800}],
        deliverables=[{"platform": "instagram", "format": "carousel", "count": 1, "due_days": 21}],
        must_haves=["The repair tag is shown"],
        rights=[
            {"use": "organic_repost", "territory": "US", "days": 90, "exclusive": False, "price": 0},
            {"use": "site_email", "territory": "US", "days": 180, "exclusive": False, "price": 12000},
        ],
    )),
    DemoBrief("mender", "fell", _body(
        title="A year of mending with us",
        summary="Ambassador: one repair story a month, paid monthly, with a commission on what you sell.",
        objective="sales", kpi="revenue", category="outdoor",
        parts=[
            {"kind": "retainer", "amount": 30000, "months": 12, "per_month": "one repair story"},
            {"kind": "commission", "program_id": None, "rate_bps": 800, "hold_days": 30},
        ],
        deliverables=[{"platform": "instagram", "format": "reel", "count": 1, "due_days": 30}],
        head_count=2,
    )),
    DemoBrief("sleeve", "northlight", _body(
        title="Design our winter slipcase with us",
        summary="Creative partnership: a drawing, a song list, a printed edition of 500 with your name on it.",
        objective="awareness", kpi="sales", category="music",
        parts=[
            {"kind": "milestones", "items": [
                {"title": "Sketches", "amount": 40000}, {"title": "Final art", "amount": 80000}]},
            {"kind": "royalty", "share_bps": 0, "per_unit": 150, "credit_line": "Artwork by the creator, on the spine"},
        ],
        deliverables=[{"platform": "instagram", "format": "feed_post", "count": 1, "due_days": 60}],
        head_count=1,
    )),
)  # fmt: skip
