"""Former texts: which are worth keeping, how two differ, how two become one. Pure."""

import re
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from .counting import tokens

SITTING = timedelta(minutes=10)  # autosaves of one person within it are one sitting and need no version each
SLIGHT = 50  # characters; an autosave that takes away more keeps what it took
FINEST = 2_000  # tokens; longer passages are compared as wholes, to be done in time
_SENTENCE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+$")


def worth_keeping(old: str, new: str, *, is_own: bool, written_at: datetime, kept_at: datetime | None, now: datetime):
    """Whether an autosave must keep the text it replaces.

    Yes for somebody else's text, for what stood before a sitting, and when much of the text goes away.
    `kept_at` is when a version of this text was last kept.
    """
    if not is_own or now - (kept_at or written_at) > SITTING or now - written_at > SITTING:
        return True
    return taken_away(old, new) > SLIGHT


def taken_away(old: str, new: str) -> int:
    """How many characters of the old text lie between the beginning and the end it shares with the new one."""
    shortest, head, tail = min(len(old), len(new)), 0, 0
    while head < shortest and old[head] == new[head]:
        head += 1
    while tail < shortest - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return len(old) - head - tail


def merged(mine: str, theirs: str) -> str:
    """Both texts in one: lines they share once, lines that differ both, mine before theirs."""
    ours, others, lines = mine.split("\n"), theirs.split("\n"), []
    for kind, a, b, c, d in SequenceMatcher(None, ours, others).get_opcodes():
        lines += ours[a:b]
        if kind != "equal":
            lines += others[c:d]
    return "\n".join(lines)


def compare(old: str, new: str) -> list[tuple[str, str]]:
    """The way from the old text to the new one as ("same" | "del" | "ins", passage), word by word.

    Sentences are matched first, words only inside the sentences that differ. Leaving out what is
    inserted gives the old text, leaving out what is deleted the new one.
    """
    passages = []
    before, after = _SENTENCE.findall(old), _SENTENCE.findall(new)
    for kind, a, b, c, d in SequenceMatcher(None, before, after).get_opcodes():
        gone, come = "".join(before[a:b]), "".join(after[c:d])
        passages += [("same", gone)] if kind == "equal" else _by_words(gone, come)
    return _joined(passages)


def _by_words(gone, come):
    old, new = tokens(gone), tokens(come)
    if not old or not new or max(len(old), len(new)) > FINEST:
        return [("del", gone), ("ins", come)]
    passages = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal" and (b - a > 1 or (a, c) == (0, 0) or (b, d) == (len(old), len(new))):
            passages.append(("same", "".join(old[a:b])))
        else:  # a single word shared between two changes only makes the comparison harder to read
            passages += [("del", "".join(old[a:b])), ("ins", "".join(new[c:d]))]
    return passages


def _joined(passages):
    """Neighbours of one kind in one passage; between two unchanged passages deletions before insertions."""
    result, gone, come = [], "", ""
    for kind, text in [*passages, ("same", "")]:
        if kind == "del":
            gone += text
        elif kind == "ins":
            come += text
        elif text or (kind, text) == ("same", ""):
            result += [(k, t) for k, t in (("del", gone), ("ins", come)) if t]
            gone = come = ""
            if result and result[-1][0] == "same":
                result[-1] = ("same", result[-1][1] + text)
            elif text:
                result.append(("same", text))
    return result
