"""An answer that a package needs and only a package above it can give.

Imports go down, so the lower package keeps a place for the answer and says what it must look like; the upper one
fills it once, where it is imported. `app.py` imports every package, so in a running portal each place is filled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Lent(Generic[T]):
    """A place for the answers lent from above: one, or one of each lender. A second from the same lender replaces its first."""

    def __init__(self) -> None:
        self._answers: dict[str, T] = {}

    def lend(self, answer: T, *, by: str = "") -> None:
        """Answer with this from now on; `by` names the lender where there are several."""
        self._answers[by] = answer

    def __iter__(self) -> Iterator[T]:
        """All answers, as they were lent."""
        return iter(self._answers.values())

    def __bool__(self) -> bool:
        """Whether somebody answers."""
        return bool(self._answers)

    @property
    def the_one(self) -> T:
        """The only answer. Raises LookupError where nobody, or more than one, lent any."""
        if len(self._answers) != 1:
            raise LookupError(f"{len(self._answers)} packages answer here, not one.")
        return next(iter(self))
