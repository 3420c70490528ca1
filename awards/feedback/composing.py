"""The first draft of a feedback report from the words of the sheets, and what must not stand in it. Pure."""

import re
import unicodedata

SENTENCES = re.compile(r"[^。！？；\n]+[。！？；]?")
SCORING = re.compile(  # words of marking; 98% of deliveries on time may stay, 评为 80% may not
    r"得分|评分|打分|扣分|总分|均分|满分|分值|分数"
    r"|(?:\d+(?:\.\d+)?\s*|[一二三四五六七八九]十[一二三四五六七八九]?)分(?![钟之公析布类为])"
    r"|[给评打定](?:为|了|到|在)?\s*\d+\s*[%％]|\d+\s*[%％]\s*(?:档|区间)|档次"
)
TITLES = ("教授", "老师", "专家")


def leaks(text: str, names) -> list[str]:
    """What in a text tells of marks or names somebody who must stay unnamed, also spelled wide or by the surname."""
    found, plain = [match.group() for match in SCORING.finditer(text)], _plain(text)
    return found + [said for name in map(_plain, names) for said in _calls(name) if said in plain]


def _plain(text):
    """Without gaps and in ordinary widths, as names are told apart."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _calls(name):
    """What a person (of up to four characters) is called among experts; an employer has its one name."""
    return [name, *(name[0] + title for title in TITLES if len(name) <= 4)] if name else []


def cleaned(text: str, names) -> str:
    """The text without the sentences that tell of marks or name somebody."""
    kept = [sentence for sentence in SENTENCES.findall(text) if not leaks(sentence, names)]
    return "".join(kept).strip()


def drafted(texts, names) -> str:
    """One text from many, a line each, in their order and none twice."""
    return "\n".join(dict.fromkeys(line for text in texts if (line := cleaned(text, names))))
