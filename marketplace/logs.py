"""What the portal writes to its log: one line a happening, JSON in production, readable elsewhere.

A traceback names lines and errors and never the values of variables: those hold addresses and secrets.
"""

from __future__ import annotations

import structlog


def install(*, production: bool) -> None:
    """Set up structlog for this process; lines go to standard output."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    shown: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if production
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(processors=[*shared, *shown])
