"""What stands in the address of every route: one value of tenant `brand` and `creator` for each argument.

A route with an argument that is not here fails the house tests by name: add it. `endpoint argument`
(`affiliate.follow slug`) wins over the bare argument, where one name means two things. Every value
belongs to the first tenants of the world, so strangers must not see it, unless `VISIBLE` says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

from marketplace.accounts import members, undo
from marketplace.affiliate import invites
from tests.house.world import World

SUBJECTS: dict[str, Callable[[World], Any]] = {
    # ground, accounts, notifications, admin
    "digest": lambda w: "0000",
    "name": lambda w: "app.css",
    "token": lambda w: members.link(w.invitation).rpartition("/")[2],
    "session_id": lambda w: w.session_id,
    "membership_id": lambda w: w.membership_id,
    "invitation_id": lambda w: w.invitation.id,
    "notification_id": lambda w: w.notification.id,
    "mail_id": lambda w: w.mail.id,
    "delivery_id": lambda w: w.delivery.id,
    "party_id": lambda w: w.brand.party.id,
    # brands, briefs, creators
    "brief_id": lambda w: w.sides.brief.id,
    "product_id": lambda w: w.product.id,
    "domain_id": lambda w: w.domain.id,
    "rename_id": lambda w: w.rename.id,
    "handle": lambda w: w.creator_profile.handle,
    "briefs.of_brand slug": lambda w: w.brand_profile.slug,
    "brands.logo file_id": lambda w: w.logo.id,
    "creators.picture file_id": lambda w: w.photo.id,
    "account_id": lambda w: w.account_id,
    "rate_id": lambda w: w.rate_id,
    "sample_id": lambda w: w.sample_id,
    "holiday_id": lambda w: w.holiday.id,
    # deals
    "application_id": lambda w: w.application_id,
    "deal_id": lambda w: w.deal.id,
    "number": lambda w: w.piece.number,
    "content.media file_id": lambda w: w.media_id,
    # payments
    "funding_id": lambda w: w.funding.id,
    "setup_id": lambda w: w.card_setup.id,
    "subject_id": lambda w: w.funding.subject_id,
    "payout_id": lambda w: w.payout_id,
    "direct_payment_id": lambda w: w.direct_payment.id,
    "lot_id": lambda w: w.lot_id,
    "chargeback_id": lambda w: w.chargeback_id,
    "journal_id": lambda w: w.journal_id,
    "difference_id": lambda w: w.difference.id,
    "refund_id": lambda w: w.refund.id,
    "operation_id": lambda w: w.operation_id,
    "approval_id": lambda w: w.approval.id,
    "thread_id": lambda w: w.thread.id,
    # affiliate
    "program_id": lambda w: w.affiliate.program.id,
    "slug": lambda w: w.affiliate.program.slug,
    "affiliate.follow slug": lambda w: w.affiliate.link.slug,
    "enrolment_id": lambda w: w.affiliate.enrolment.id,
    "invite_id": lambda w: w.affiliate.invite.id,
    "accounts.show_undo_email token": lambda w: undo.token("e-mail", w.email_change.id),
    "accounts.undo_email token": lambda w: undo.token("e-mail", w.email_change.id),
    "payments.show_undo_account_change token": lambda w: undo.token("payout account", w.account_change.id),
    "payments.undo_account_change token": lambda w: undo.token("payout account", w.account_change.id),
    "affiliate.invited token": lambda w: invites.link(w.affiliate.invite).rpartition("/")[2],
    "affiliate.claim token": lambda w: invites.link(w.affiliate.invite).rpartition("/")[2],
    "form_id": lambda w: w.tax_form.id,
    "payments.staff_tax_form party_id": lambda w: w.creator.party.id,
    "terms_id": lambda w: w.affiliate.newer.id,
    "link_id": lambda w: w.affiliate.link.id,
    "code_id": lambda w: w.affiliate.code.id,
    "shop_id": lambda w: w.affiliate.shop.id,
    "key_id": lambda w: w.affiliate.key.id,
    "import_id": lambda w: w.affiliate.file.id,
    "statement_id": lambda w: w.affiliate.statement.id,
    "line_id": lambda w: w.affiliate.line_id,
    "move": lambda w: "pause",
    "kind": lambda w: "csv",
    "accounts.legal_text kind": lambda w: w.legal_text.kind,
    "accounts.legal_version kind": lambda w: w.legal_text.kind,
    "accounts.legal_version number": lambda w: w.legal_text.number,
    "accounts.edit_legal_text kind": lambda w: w.legal_text.kind,
    "accounts.publish_legal_text kind": lambda w: w.legal_text.kind,
}

# Routes whose object a stranger may see, and why.
VISIBLE: dict[str, str] = {
    "briefs.work_with": "a media kit is public, and any brand may ask its creator",
    "briefs.begin_with": "a media kit is public, and any brand may ask its creator",
}

# Routes that answer without a refusal when the token is missing, because there was nothing to do, and why.
HARMLESS: dict[str, str] = {
    "accounts.confirm_sign_up": "no code was asked for: back to sign-up",
    "accounts.replace_password": "no code was asked for: back to the beginning",
    "accounts.change_email": "no code was asked for: back to the beginning",
    "briefs.autosave": "the preview says that nothing was kept",
}

# Routes that change something and are open to every role of the party, and why.
ANY_ROLE: dict[str, str] = {
    "messaging.send": "everybody of the team may write in the deal's conversation",
}

# The team page serves a brand's owner and the operator's administrator alike.
BOTH_TEAMS = {"accounts.team", "accounts.invite", "accounts.staff_team", "accounts.invite_staff"}


def maker(rule: Rule, argument: str) -> Callable[[World], Any] | None:
    """What makes the value of a route's argument."""
    return SUBJECTS.get(f"{rule.endpoint} {argument}") or SUBJECTS.get(argument)


def missing(rule: Rule) -> list[str]:
    """The route's arguments without a sample."""
    return sorted(argument for argument in rule.arguments if maker(rule, argument) is None)


def values(rule: Rule, world: World) -> dict[str, Any]:
    """The arguments of a route, for this world."""
    return {argument: make(world) for argument in rule.arguments if (make := maker(rule, argument))}
