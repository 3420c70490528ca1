"""The words of a certificate: a template's sentences with their placeholders filled in. Pure."""

import re
import unicodedata

from foshan_quality.lib.problems import Problem

from .rendering import Wording

PLACEHOLDERS = {
    "resolution": "批准文件的文号",
    "edition": "届次，例如 第七届（2026年）",
    "honour": "荣誉名称",
    "year": "年度",
    "issuer": "发证机关",
}
MARK = re.compile(r"\{([^{}]*)\}")


def filled(sentence: str, values: dict[str, str]) -> str:
    """The sentence with each known {placeholder} replaced by its value; anything else stays as it is written."""
    return MARK.sub(lambda found: values.get(found[1], found[0]), sentence)


def explained(sentence: str) -> str:
    """The sentence with what each placeholder stands for, for people."""
    return MARK.sub(lambda found: f"【{PLACEHOLDERS.get(found[1], found[1])}】", sentence)


def worded(template, values: dict[str, str], *, issued_on, is_rehearsal: bool, is_demo_key: bool) -> Wording:
    """A template's words with the placeholders filled in, as they are printed."""
    return Wording(
        title=filled(template.title, values),
        opening=filled(template.opening, values),
        middle=filled(template.middle, values),
        honour=filled(template.honour_line, values),
        issuer=values["issuer"] if template.shows_issuer else "",
        date=f"{issued_on.year}年{issued_on.month}月{issued_on.day}日" if template.shows_date else "",
        note=template.note,
        is_rehearsal=is_rehearsal,
        is_demo_key=is_demo_key,
        layout=template.layout,
    )


def problems_of(sentences: dict[str, str]) -> list[Problem]:
    """What is wrong with a template's sentences: placeholders nobody knows, and braces that are none."""
    found = []
    for name, sentence in sentences.items():
        unknown = [mark for mark in MARK.findall(sentence) if mark not in PLACEHOLDERS]
        rest = MARK.sub("", sentence)
        if unknown or "{" in rest or "}" in rest:
            known = "、".join(f"{{{mark}}}（{meaning}）" for mark, meaning in PLACEHOLDERS.items())
            found.append(Problem("placeholder", f"“{sentence}”里有不认识的占位符。可用：{known}。", name))
    return found


def key_of(number: str) -> str:
    """A certificate number as compared: half width, upper case, letters and digits only, however it was typed."""
    return "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum())
