"""The places of a dossier in words, as a letter names them. Pure: the criteria's items are an argument."""

from awards.applications.sections import DOCUMENTS, INDICATORS, PROFILE

SECTIONS = {
    "profile": "单位信息",
    "indicators": "经营数据",
    "report": "自评报告",
    "documents": "证明材料",
    "conditions": "申报条件",
}


def names(items, years=()):
    """What each key of a dossier is called: {"4.1.2": "自评报告“4.1.2 高层领导的作用”"}.

    `items` are the criteria's as (category code, category title, code, title).
    """
    words = dict(SECTIONS)
    words |= {field.key: f"单位信息“{field.label}”" for field in PROFILE}
    words |= {field.key: f"经营数据“{field.label}”" for field in INDICATORS}
    words |= {f"{field.key}-{year}": f"经营数据“{field.label}”{year}年" for field in INDICATORS for year in years}
    words |= {kind.key: f"证明材料“{kind.label}”" for kind in DOCUMENTS}
    for category, category_title, code, title in items:
        words[category] = f"自评报告“{category} {category_title}”"
        words[code] = f"自评报告“{code} {title}”"
    return words


def point_said(point, words):
    """One point to correct: the place in words and what is wrong there; a place nobody knows is left out."""
    place, text = words.get(point.get("place", ""), ""), tidy(point.get("text", ""))
    return f"{place}：{text}" if place and text else place or text


def tidy(text):
    """One line of text without tabs, line ends and doubled spaces."""
    return " ".join(str(text).split())


def lines(text):
    """The lines of a text that hold something, each tidy."""
    return [line for line in map(tidy, str(text).splitlines()) if line]
