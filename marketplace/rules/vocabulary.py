"""The field's words, in one place: platforms, formats, niches, kinds of deals and what people call them.

Keys are stored and never change; names are for people and go through gettext.
"""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

PLATFORMS = {
    "instagram": _("Instagram"),
    "tiktok": _("TikTok"),
    "youtube": _("YouTube"),
    "x": _("X"),
    "linkedin": _("LinkedIn"),
    "pinterest": _("Pinterest"),
    "twitch": _("Twitch"),
    "blog": _("Blog"),
    "podcast": _("Podcast"),
}
FORMATS = {
    "feed_post": _("feed post"),
    "carousel": _("carousel"),
    "story": _("story"),
    "reel": _("reel"),
    "short_video": _("short video"),
    "long_video": _("long video"),
    "live": _("live"),
    "review": _("review"),
    "tutorial": _("tutorial"),
    "article": _("article"),
    "audio": _("audio"),
    "thread": _("thread"),
    "newsletter": _("newsletter"),
}
KINDS = {
    "gifting": _("Gifting"),
    "pay_per_post": _("Pay per post"),
    "affiliate": _("Affiliate"),
    "ambassador": _("Ambassador"),
    "creative_partnership": _("Creative partnership"),
}
PARTS = {
    "gift": _("Gift"),
    "fee": _("Fee"),
    "commission": _("Commission"),
    "retainer": _("Monthly retainer"),
    "milestones": _("Milestones"),
    "royalty": _("Royalty"),
}
CODE_POLICIES = {
    "code_wins": _("Where one affiliate’s link meets another’s code, the code wins."),
    "link_wins": _("Where one affiliate’s link meets another’s code, the link wins."),
}
NICHES = {
    "art": _("Art and design"),
    "beauty": _("Beauty"),
    "books": _("Books"),
    "business": _("Business"),
    "cars": _("Cars and bikes"),
    "crafts": _("Crafts"),
    "education": _("Education"),
    "family": _("Family"),
    "fashion": _("Fashion"),
    "film": _("Film and series"),
    "finance": _("Money"),
    "fitness": _("Fitness"),
    "food": _("Food and drink"),
    "games": _("Games"),
    "garden": _("Garden and plants"),
    "health": _("Health"),
    "home": _("Home"),
    "music": _("Music"),
    "outdoors": _("Outdoors"),
    "pets": _("Pets"),
    "photography": _("Photography"),
    "science": _("Science"),
    "software": _("Software"),
    "sport": _("Sport"),
    "sustainability": _("Sustainability"),
    "technology": _("Technology"),
    "travel": _("Travel"),
    "wellbeing": _("Wellbeing"),
}
LANGUAGES = {
    "en": _("English"),
    "es": _("Spanish"),
    "fr": _("French"),
    "de": _("German"),
    "it": _("Italian"),
    "pt": _("Portuguese"),
    "nl": _("Dutch"),
    "pl": _("Polish"),
    "sv": _("Swedish"),
    "tr": _("Turkish"),
    "ar": _("Arabic"),
    "hi": _("Hindi"),
    "ja": _("Japanese"),
    "ko": _("Korean"),
    "zh": _("Chinese"),
}
TIERS = {
    "starting": _("under 1k followers"),
    "nano": _("1k to 10k"),
    "micro": _("10k to 100k"),
    "mid": _("100k to 500k"),
    "macro": _("500k to 1M"),
    "mega": _("1M and more"),
}
OBJECTIVES = {
    "awareness": _("Be known by new people"),
    "traffic": _("Bring visitors to a page"),
    "content": _("Get content to use"),
    "subscribers": _("Win newsletter readers"),
    "sales": _("Sell"),
    "launch": _("Launch something new"),
}
KPIS = {
    "engagement": _("engagement rate"),
    "reach": _("reach"),
    "clicks": _("clicks"),
    "orders": _("orders"),
    "content": _("pieces of content"),
    "subscribers": _("new subscribers"),
    "sentiment": _("what the comments say"),
    "brand_lift": _("brand lift by survey"),
}
USES = {
    "organic_repost": _("organic repost"),
    "paid_brand": _("ads from the brand’s account"),
    "paid_creator": _("ads from the creator’s account"),
    "site_email": _("site and e-mail"),
    "print_ooh": _("print and out of home"),
    "sublicence": _("passing it on to others"),
    "exclusivity": _("exclusivity"),
}
MULTIPLIERS = {
    "paid_use": _("Paid use, per month"),
    "whitelisting": _("Ads from your account, per month"),
    "exclusivity": _("Exclusivity, per month"),
    "raw_files": _("Raw files, once"),
}
SOURCES = {
    "typed": _("typed by the creator"),
    "screenshot": _("from a screenshot"),
    "csv": _("from a file"),
    "api": _("from the platform"),
}


def piece_name(platform: str, format: str) -> str:
    """`Instagram reel`: a piece of work by where it appears and what it is."""
    names = {"platform": str(PLATFORMS[platform]), "format": str(FORMATS[format])}
    return gettext("%(platform)s %(format)s", **names)
