"""Facts that nobody is told of, each with the reason. The house test reads this list."""

from __future__ import annotations

QUIET = {
    "accounts.signed_up": "she is looking at the page that says so",
    "accounts.set_up": "the administrator is looking at the page that says so",
    "accounts.role_changed": "the page she opens next is the answer",
    "deadlines.passed": "the package that owns the clock acts, and its own fact is told",
}
