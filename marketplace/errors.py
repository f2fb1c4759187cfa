"""Refusals are sentences: one class a verb raises, shown the same on page, fragment and JSON."""

from __future__ import annotations


class Refused(Exception):
    """A move the rules forbid, said in a sentence the person can act on.

    `status` is the HTTP status of the answer: 409 unless the verb knows better. `field` names the
    form field the sentence belongs beside, if there is one.
    """

    def __init__(self, sentence: str, status: int = 409, field: str | None = None):
        super().__init__(str(sentence))
        self.sentence = sentence
        self.status = status
        self.field = field


class NotThere(Refused):
    """What is asked for does not exist, or not for the one who asks; the two look the same."""

    def __init__(self, sentence: str = "There is nothing here, or it is not yours to see."):
        super().__init__(sentence, status=404)


class NotYourRole(Refused):
    """The person belongs here but lacks the role for this."""

    def __init__(self, sentence: str = "This step is for somebody else: another role on the team, or the other side."):
        super().__init__(sentence, status=403)
