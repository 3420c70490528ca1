"""The points of a return: the places of a dossier, what is wrong with such a list, what has been mended. Pure."""

from dataclasses import dataclass

from foshan_quality.lib.problems import Problem

from . import markup
from .sections import DOCUMENTS, INDICATORS, PROFILE, DocumentKind

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


@dataclass(frozen=True)
class ReopenedPictures:
    """What a return lets be done with pictures though their line is shut: those that only reopened items name.

    `line` is the line of the catalogue that takes them, `names` their file names, `items` the codes of those items.
    """

    KINDS = ("jpeg", "png")

    line: DocumentKind
    names: tuple[str, ...]
    items: tuple[str, ...]


def reopened_pictures(points, report: dict[str, str], catalogue) -> ReopenedPictures | None:
    """The pictures that may be put in or taken out; None where no item of the `report` is among the points.

    `report` holds the present text of every item by code. The line is the last one for several pictures without a
    stamp; where that is among the points itself, it is open for everything and nothing special is to be said.
    """
    items = tuple(code for code in report if code in points)
    kinds = set(ReopenedPictures.KINDS)
    lines = [line for line in catalogue if line.takes_many and not line.is_stamped and kinds & set(line.accepted)]
    if not items or not lines or lines[-1].key in points:
        return None
    named = {code: set(markup.pictures(text)) for code, text in report.items()}
    ours = set().union(*(named[code] for code in items))
    others = set().union(*(names for code, names in named.items() if code not in items))
    return ReopenedPictures(lines[-1], tuple(sorted(ours - others)), items)


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
    text = dossier["report"].get(place.key, "").strip()
    shown = set(markup.pictures(text))
    return text, sorted(paper["sha256"] for paper in dossier["documents"] if paper["name"] in shown)
