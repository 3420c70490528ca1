"""How long a text is, counted the way the rule on the page says. Pure; static/js/counting.js counts the same.

Both use the one pattern below, which names its characters by number: a newer list of Unicode
characters on either side must not make page and server disagree.
"""

import re

RULE = "每个汉字计 1 字；连写的西文字母和数字（如 ISO9001、1,234.56）计 1 字；标点和空格不计；表格中的文字同样计入。"

_HAN = "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_DIGIT = "0-9\uff10-\uff19"
_LETTER = f"{_DIGIT}A-Za-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\uff21-\uff3a\uff41-\uff5a"
_WORD = f"[{_DIGIT}]+(?:[.,][{_DIGIT}]+)*[{_LETTER}]*|[{_LETTER}]+"
_COUNTED = re.compile(f"[{_HAN}]|{_WORD}")
_TOKEN = re.compile(f"[{_HAN}]|{_WORD}|\\s+|.", re.DOTALL)


def count(text: str) -> int:
    """The length of a text in 字: Han characters, words and groups of digits, by `RULE`."""
    return len(_COUNTED.findall(text))


def tokens(text: str) -> list[str]:
    """A text cut into Han characters, words, blanks and signs; joined again they are the text."""
    return _TOKEN.findall(text)
