"""Every route of affiliate; the modules imported here hold them by who they are for."""

from marketplace.affiliate import postback, redirect
from marketplace.affiliate.routes import blueprint

__all__ = ["blueprint", "postback", "redirect"]
