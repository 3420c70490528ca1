"""A dossier as plain values, its completeness, and its frozen form. Pure: no database, the date is an argument."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from foshan_quality.lib.problems import Problem

from .counting import count
from .markup import PICTURES, pictures
from .sections import DOCUMENTS, INDICATORS, PROFILE, REPORT_LIMIT, DocumentKind


@dataclass(frozen=True)
class Figure:
    """One indicator of one year: a value, or the reason why there is none."""

    value: Decimal | None
    absent_because: str = ""


@dataclass(frozen=True)
class Paper:
    """One handed-in file."""

    pk: int
    kind: str
    name: str
    pages: int | None
    size: int
    digest: str


@dataclass(frozen=True)
class Dossier:
    """Everything an enterprise hands in. `report` is keyed by item code, `figures` by (indicator, year).

    `catalogue` is what the edition asks for; `scans` are the contents (digests) of which a stamped scan lies here,
    which are no part of the content themselves, nor is how many `versions` of it were handed in, nor whether the
    firm `has_bars`, of this edition or another.
    """

    edition: str
    organisation: dict
    items: tuple[tuple[str, str], ...]
    years: tuple[int, ...]
    profile: dict[str, str]
    report: dict[str, str]
    figures: dict[tuple[str, int], Figure]
    papers: tuple[Paper, ...]
    registered_on: date
    years_registered: int
    catalogue: tuple[DocumentKind, ...] = tuple(DOCUMENTS)
    needs_scan: bool = False
    scans: frozenset[str] = frozenset()
    versions: int = 0
    has_bars: bool = False


def problems(dossier: Dossier, today: date) -> list[Problem]:
    """Everything that still stands between this dossier and its submission, in the order of the form.

    Each is about a section or an item, followed after a # by the place on its page, where there is one to go to.
    """
    return [
        *_conditions(dossier, today),
        *_profile(dossier),
        *_figures(dossier),
        *_report(dossier),
        *_papers(dossier),
        *_scan(dossier),
    ]


def _conditions(dossier, today):
    try:
        since = dossier.registered_on.replace(year=dossier.registered_on.year + dossier.years_registered)
    except ValueError:  # 29 February
        since = dossier.registered_on.replace(year=dossier.registered_on.year + dossier.years_registered, day=28)
    if since > today:
        yield Problem("too_young", f"登记注册未满 {dossier.years_registered} 年，不符合申报条件。", "conditions")


def _profile(dossier):
    for field in PROFILE:
        text, where = dossier.profile.get(field.key, "").strip(), f"profile#id_{field.key}"
        if field.is_required and not text:
            yield Problem("missing", f"“{field.label}”还没有填写。", where)
        if len(text) > field.limit and (length := field.length(text)) > field.limit:
            yield Problem("too_long", f"“{field.label}”有 {length} 字，超过 {field.limit} 字。", where)


def _figures(dossier):
    for year in dossier.years:
        missing = [f for f in INDICATORS if (f.key, year) not in dossier.figures]
        if missing:
            names = "、".join(str(f.label) for f in missing)
            text = f"{year} 年经营数据缺 {len(missing)} 项：{names}。"
            if len(missing) == len(INDICATORS):
                text = f"{year} 年的 {len(missing)} 项经营数据都还没有填写。"
            yield Problem("missing", text, f"indicators#id_{missing[0].key}-{year}")


def _report(dossier):
    for code, title in dossier.items:
        if not dossier.report.get(code, "").strip():
            yield Problem("missing", f"自评报告 {code} {title} 还没有填写。", code)
    yield from _pictures(dossier)
    if sum(map(len, dossier.report.values())) <= REPORT_LIMIT:
        return  # a text never counts more than its characters, and counting them all takes a while
    length = sum(count(text) for text in dossier.report.values())
    if length > REPORT_LIMIT:
        yield Problem("too_long", f"自评报告共 {length} 字，超过 {REPORT_LIMIT} 字。", "report")


def _pictures(dossier):
    """A picture named in the report must be among the papers, or its readers would look for it in vain."""
    handed_in = {paper.name for paper in dossier.papers}
    for code, text in dossier.report.items():
        if "图" in text:
            for name in pictures(text):
                if name not in handed_in or not name.lower().endswith(PICTURES):
                    said = f"自评报告 {code} 引用的图片“{name}”不在证明材料里。请上传同名图片，或者删去这一行。"
                    yield Problem("missing_picture", said, code)


def _papers(dossier):
    handed_in = {paper.kind for paper in dossier.papers}
    for kind in dossier.catalogue:
        if kind.is_required and kind.key not in handed_in:
            yield Problem("missing", f"还没有上传“{kind.label}”。", f"documents#{kind.key}")


def _scan(dossier):
    if not dossier.needs_scan:
        return
    if not dossier.scans:
        yield Problem("missing", "还没有上传申报书签章页的盖章扫描件。", "stamped")
    elif frozen(dossier)[1] not in dossier.scans:
        text = "盖章扫描件与当前内容不一致：内容在打印之后改过。请重新生成申报书，打印签章页盖章后再上传。"
        yield Problem("scan_differs", text, "stamped")


def scan_state(dossier: Dossier) -> tuple[str, str]:
    """Where the stamped scan stands, in words, and how loud they are."""
    if frozen(dossier)[1] in dossier.scans:
        return "与当前内容一致", "good"
    if dossier.scans:
        return "与当前内容不一致", "stop"
    return ("未上传", "act") if dossier.needs_scan else ("本届不要求", "wait")


def frozen(dossier: Dossier) -> tuple[str, str]:
    """The dossier as canonical JSON and its SHA-256: the same dossier always gives the same digest."""
    content = {
        "edition": dossier.edition,
        "organisation": dossier.organisation,
        "profile": dossier.profile,
        "report": dossier.report,
        "indicators": [
            {"key": key, "year": year, "value": None if f.value is None else str(f.value), "absent": f.absent_because}
            for (key, year), f in sorted(dossier.figures.items())
        ],
        "documents": [
            {"kind": p.kind, "name": p.name, "pages": p.pages, "size": p.size, "sha256": p.digest}
            for p in dossier.papers
        ],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()
