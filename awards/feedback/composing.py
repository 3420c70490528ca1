"""The first draft of a feedback report from the words of the sheets, and what must not stand in it. Pure."""

import re

SENTENCES = re.compile(r"[^。！？；\n]+[。！？；]?")
SCORING = re.compile(  # words of marking; 98% of deliveries on time may stay, 评为 80% may not
    r"得分|评分|打分|扣分|总分|均分|满分|分值|分数"
    r"|\d+(?:\.\d+)?\s*分(?![钟之公析布类为])"
    r"|[给评打定](?:为|了|到|在)?\s*\d+\s*[%％]|\d+\s*[%％]\s*(?:档|区间)|档次"
)


def leaks(text: str, names) -> list[str]:
    """What in a text tells of marks or names somebody who must stay unnamed, each as it stands there."""
    found = [match.group() for match in SCORING.finditer(text)]
    return found + [name for name in names if name and name in text]


def cleaned(text: str, names) -> str:
    """The text without the sentences that tell of marks or name somebody."""
    kept = [sentence for sentence in SENTENCES.findall(text) if not leaks(sentence, names)]
    return "".join(kept).strip()


def drafted(texts, names) -> str:
    """One text from many, a line each, in their order and none twice."""
    return "\n".join(dict.fromkeys(line for text in texts if (line := cleaned(text, names))))
