"""Who is told of what: people and clocks here, deals and programs in modules of their own. Facts that nobody needs to be told of are in `quiet.py`, each with its reason."""

from __future__ import annotations

from uuid import UUID

from marketplace import db, deadlines, events
from marketplace.accounts import codes, legal, members, undo
from marketplace.accounts import queries as people
from marketplace.accounts.events import (
    CodeAsked,
    EmailChanged,
    Invited,
    Joined,
    LegalTextPublished,
    LegalTextTold,
    PasswordChanged,
)
from marketplace.accounts.models import EmailChange, EmailCode, Invitation, LegalText, Party, User
from marketplace.authz import CLOCK
from marketplace.brands.events import BrandVerified, RenameAsked, Renamed, RenameRefused
from marketplace.brands.models import BrandRename
from marketplace.deadlines import Deadline, DeadlineNear
from marketplace.notifications import (
    affiliate_words,
    approval_words,
    deal_words,
    loss_words,
    payment_words,
    service,
    tell,
)

A_PAGE = 100  # people told in one transaction


def send_code(fact: CodeAsked) -> None:
    """A code to prove an address; whoever has an account already is told so instead."""
    row = db.session.get_one(EmailCode, fact.code_id)
    known = people.user_by_email(row.email)
    if row.purpose == "reset" and known is None:
        return
    if row.purpose != "reset" and known is not None:
        tell.mail(row.email, "accounts.known_address", "/sign-in", language=known.language)
        return
    pages = {"sign_up": "/sign-up/code", "reset": "/reset/code", "change_email": "/settings/e-mail/code"}
    language = row.payload.get("account", {}).get("language") or (known.language if known else "en")
    tell.mail(
        row.email,
        "accounts.code_asked",
        pages[row.purpose],
        language=language,
        purpose=row.purpose,
        code=codes.digits(row),
    )


def send_invitation(fact: Invited) -> None:
    """The link with which an invited person joins."""
    row = db.session.get_one(Invitation, fact.invitation_id)
    party = db.session.get_one(Party, row.party_id)
    inviter = db.session.get_one(User, row.invited_by_id)
    tell.mail(
        row.email, "accounts.invited", members.link(row), language=party.language, name=inviter.name, party=party.name
    )


def warn_of_password(fact: PasswordChanged) -> None:
    """A changed password is always mailed, so that nobody changes it behind her back."""
    user = db.session.get_one(User, fact.user_id)
    if user.email:
        tell.mail(user.email, "accounts.password_changed", "/reset", language=user.language)


def confirm_email(fact: EmailChanged) -> None:
    """The new address hears that it counts, the old one how to undo it."""
    user = db.session.get_one(User, fact.user_id)
    if user.email:
        tell.mail(user.email, "accounts.email_changed", "/settings/sign-in", language=user.language)
    change = db.session.get(EmailChange, fact.change_id) if fact.change_id else None
    if change is not None and change.old_email and change.undone_at is None:
        link = f"/undo/e-mail/{undo.token('e-mail', change.id)}"
        tell.mail(change.old_email, "accounts.email_changed.old", link, language=user.language)


def tell_team_of_joining(fact: Joined) -> None:
    """The owners hear who has joined."""
    name = db.session.get_one(User, fact.user_id).name
    party = db.session.get_one(Party, fact.party_id)
    link = "/staff/team" if party.kind == "operator" else "/brand/team"
    tell.party(fact.party_id, "accounts.joined", link, roles=("owner", "admin"), name=name)


def remind(fact: DeadlineNear) -> None:
    """A clock with less than a day left is mailed at once, unless she is away."""
    row = db.session.get_one(Deadline, fact.deadline_id)
    if row.state != "running":
        return
    kind = deadlines.KINDS[fact.kind]
    words, link = deal_words.of_clock(row)
    tell.party(
        fact.owner_party_id,
        "deadlines.near",
        link,
        urgent=True,
        can_wait=True,
        asks=kind.asks,
        silence=kind.silence,
        due=row.due_at,
        deadline=row,
        **words,
    )


def tell_of_verification(fact: BrandVerified) -> None:
    """The brand hears that it may publish."""
    party = db.session.get_one(Party, fact.party_id)
    tell.party(party.id, "brands.verified", "/brand/briefs", brand=party.name)


def tell_of_rename(fact: Renamed | RenameRefused) -> None:
    """The brand hears what the operator answered; what it changed by itself it has seen."""
    if settings := people.instance():
        service.done(settings.operator_party_id, "brands.rename_asked", link=_of_brand(fact.party_id))
    if isinstance(fact, Renamed) and not fact.by_operator:
        return
    row = db.session.get_one(BrandRename, fact.rename_id)
    event = "brands.renamed" if isinstance(fact, Renamed) else "brands.rename_refused"
    tell.party(fact.party_id, event, "/brand/profile", roles=("owner",), old=row.old_name, new=row.new_name)


def tell_staff_of_rename(fact: RenameAsked) -> None:
    """Who may vouch for brands."""
    settings, row = people.instance(), db.session.get_one(BrandRename, fact.rename_id)
    if settings is not None and row.decided_at is None:
        tell.party(
            settings.operator_party_id, "brands.rename_asked", _of_brand(row.party_id),
            roles=("admin", "support"), old=row.old_name, new=row.new_name,
        )  # fmt: skip


def tell_of_new_words(fact: LegalTextPublished | LegalTextTold) -> None:
    """Everybody who agreed to an earlier version, a page of people at a time; a version that was replaced meanwhile
    leaves the rest to its successor."""
    row = db.session.get_one(LegalText, fact.text_id)
    if legal.in_force().get(legal.Kind(row.kind)) != row.id:
        return
    after = fact.after_user_id if isinstance(fact, LegalTextTold) else None
    told = legal.agreed_to_earlier(row, after=after, limit=A_PAGE)
    for user in told:
        link = f"/{row.kind}/{row.number}"
        tell.user(user, "accounts.legal_text_published", link, urgent=True, kind=row.kind, since=row.published_at)
    if len(told) == A_PAGE:
        events.emit(LegalTextTold(row.id, told[-1].id), by=CLOCK)


def _of_brand(party_id: UUID) -> str:
    return f"/staff/brands/{db.short(party_id)}"


REACTIONS = {
    CodeAsked: (send_code,),
    Invited: (send_invitation,),
    PasswordChanged: (warn_of_password,),
    EmailChanged: (confirm_email,),
    Joined: (tell_team_of_joining,),
    DeadlineNear: (remind,),
    BrandVerified: (tell_of_verification,),
    LegalTextPublished: (tell_of_new_words,),
    LegalTextTold: (tell_of_new_words,),
    Renamed: (tell_of_rename,),
    RenameRefused: (tell_of_rename,),
    RenameAsked: (tell_staff_of_rename,),
    **deal_words.REACTIONS,
    **affiliate_words.REACTIONS,
    **payment_words.REACTIONS,
    **loss_words.REACTIONS,
    **approval_words.REACTIONS,
}
