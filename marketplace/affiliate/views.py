"""Every route of affiliate; the modules imported here hold them by who they are for."""

from marketplace.affiliate import (
    budget_views,
    creator_views,
    direct_views,
    import_views,
    invite_views,
    postback,
    program_views,
    redirect,
    refund_views,
)
from marketplace.affiliate.routes import blueprint

__all__ = [
    "blueprint",
    "budget_views",
    "creator_views",
    "direct_views",
    "import_views",
    "invite_views",
    "postback",
    "program_views",
    "redirect",
    "refund_views",
]
