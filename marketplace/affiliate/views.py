"""Every route of affiliate; the modules imported here hold them by who they are for."""

from marketplace.affiliate import redirect
from marketplace.affiliate.routes import blueprint

__all__ = ["blueprint", "redirect"]
