"""What is not right yet, said in Chinese, with the place to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is not right: a stable code, a sentence, the field or section it is about."""

    code: str
    text: str
    where: str = ""
    blocks: bool = True

    def __str__(self):
        return self.text


class Refused(Exception):
    """The act exists and is permitted, but the record is not ready. Carries every reason at once."""

    def __init__(self, problems):
        self.problems = [Problem("refused", p) if isinstance(p, str) else p for p in problems]
        super().__init__(" ".join(p.text for p in self.problems))


class WrongState(Exception):
    """The record is not where the act starts: somebody else was faster. Nothing was changed."""
