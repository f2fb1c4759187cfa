"""State machines of programs, enrolments and imports. Lines and orders have none: theirs is derived."""

from __future__ import annotations

import enum

from flask_babel import lazy_gettext as _

from marketplace.lifecycle import Lifecycle, Move


class ProgramState(enum.StrEnum):
    """Whether a program takes new affiliates and new orders' commissions."""

    OPEN = "open"
    CLOSED = "closed"


class EnrolmentState(enum.StrEnum):
    """Where a creator stands in a program."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class ImportState(enum.StrEnum):
    """A CSV of orders: looked at, being written, written."""

    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"


PROGRAM = Lifecycle(
    "program",
    ProgramState,
    {
        "close": Move((ProgramState.OPEN,), ProgramState.CLOSED, _("This program is closed already.")),
        "reopen": Move((ProgramState.CLOSED,), ProgramState.OPEN, _("This program is open already.")),
    },
    {
        ProgramState.OPEN: _("Takes affiliates and pays for orders."),
        ProgramState.CLOSED: _("Takes nobody new; what was earned is still paid."),
    },
)

ENROLMENT = Lifecycle(
    "enrolment",
    EnrolmentState,
    {
        "approve": Move((EnrolmentState.PENDING,), EnrolmentState.ACTIVE, _("Only a request can be approved.")),
        "pause": Move((EnrolmentState.ACTIVE,), EnrolmentState.PAUSED, _("Only an active affiliate can be paused.")),
        "resume": Move((EnrolmentState.PAUSED,), EnrolmentState.ACTIVE, _("This affiliate is not paused.")),
        "end": Move(
            (EnrolmentState.PENDING, EnrolmentState.ACTIVE, EnrolmentState.PAUSED),
            EnrolmentState.ENDED,
            _("This has ended already."),
        ),
        "return": Move((EnrolmentState.ENDED,), EnrolmentState.ACTIVE, _("This affiliate has not left.")),
    },
    {
        EnrolmentState.PENDING: _("Asked to join; the brand has not answered yet."),
        EnrolmentState.ACTIVE: _("Links and codes earn."),
        EnrolmentState.PAUSED: _("Links and codes earn nothing for now; what came before stays."),
        EnrolmentState.ENDED: _("Left the program; what was earned before is still paid."),
    },
)

IMPORT = Lifecycle(
    "order_import",
    ImportState,
    {
        "begin": Move((ImportState.CHECKED,), ImportState.IMPORTING, _("This file is being imported already.")),
        "finish": Move((ImportState.IMPORTING,), ImportState.IMPORTED, _("This file is not being imported.")),
    },
    {
        ImportState.CHECKED: _("Looked at; nothing is written yet."),
        ImportState.IMPORTING: _("The orders are being written."),
        ImportState.IMPORTED: _("The orders are in."),
    },
)
