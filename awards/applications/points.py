"""The points of a return: the places of a dossier, what is wrong with such a list, what has been mended. Pure."""

from dataclasses import dataclass

from foshan_quality.lib.problems import Problem

from .sections import DOCUMENTS, INDICATORS, PROFILE

LONGEST = 500  # characters that one point may say


@dataclass(frozen=True)
class Place:
    """One place of the dossier that can be named: its key, its words, the section of the form it stands in."""

    key: str
    label: str
    section: str
    group: str


@dataclass(frozen=True)
class NamedPoint:
    """One point of a return with its place, whether what stands there differs from what was returned,
    and the page where it is mended."""

    place: Place
    text: str
    is_changed: bool = False
    url: str = ""


def places(items, documents=DOCUMENTS) -> dict[str, Place]:
    """Every place of the dossier by key, in the order of the form.

    `items` are (category code, category title, code, title) of the self-report, in order.
    """
    found = [
        *(Place(field.key, str(field.label), "profile", "单位信息") for field in PROFILE),
        *(Place(field.key, str(field.label), "indicators", "经营数据") for field in INDICATORS),
        *(Place(code, f"{code} {title}", category, f"自评报告 {category} {of}") for category, of, code, title in items),
        *(Place(line.key, str(line.label), "documents", "证明材料") for line in documents),
    ]
    return {place.key: place for place in found}


def faults(points: list[dict], places: dict[str, Place]) -> list[Problem]:
    """Everything wrong with the points of a return: none, an unknown place, one twice, nothing said."""
    if not points:
        return [Problem("no_points", "请至少指明一处需要补正的内容。没有改动任何内容。")]
    problems, seen = [], set()
    for point in points:
        key, text = point["place"], point["text"].strip()
        if key not in places:
            problems.append(Problem("unknown", "补正事项里有申报书中没有的位置。没有改动任何内容。"))
        elif key in seen:
            problems.append(Problem("twice", f"“{places[key].label}”列了两次。没有改动任何内容。", key))
        elif not text or len(text) > LONGEST:
            said = f"请写明“{places[key].label}”有什么问题，不超过 {LONGEST} 字。没有改动任何内容。"
            problems.append(Problem("text", said, key))
        seen.add(key)
    return problems


def named(points: list[dict], places: dict[str, Place], before: dict, now: dict) -> list[NamedPoint]:
    """The points in the order of the form, each marked changed or not. `before` and `now` are frozen contents."""
    said = {point["place"]: point["text"] for point in points}
    return [
        NamedPoint(place, said[key], _content(before, place) != _content(now, place))
        for key, place in places.items()
        if key in said
    ]


def _content(dossier, place):
    """What a frozen dossier holds at a place."""
    if place.section == "profile":
        return dossier["profile"].get(place.key, "").strip()
    if place.section == "indicators":
        return [
            (cell["year"], cell["value"], cell["absent"]) for cell in dossier["indicators"] if cell["key"] == place.key
        ]
    if place.section == "documents":
        return sorted(paper["sha256"] for paper in dossier["documents"] if paper["kind"] == place.key)
    return dossier["report"].get(place.key, "").strip()
