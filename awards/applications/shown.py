"""A dossier with its labels, ready for a page: what the enterprise wrote, in the order of the form. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from foshan_quality.lib.identity import in_groups

from . import markup
from .sections import INDICATORS, PROFILE

WHOLE_UNITS = {"件"}
ABSENT = "/"
ORGANISATION = {
    "name": "单位名称",
    "credit_code": "统一社会信用代码",
    "district": "所在区",
    "industry": "所属行业",
    "size": "企业规模",
    "registered_on": "成立日期",
    "legal_representative": "法定代表人",
    "address": "注册地址",
}
WHEN_PRESENT = {"parent": "上级单位", "quality_officer": "首席质量官"}


@dataclass(frozen=True)
class ShownRow:
    """One indicator over the years asked. `note` holds the reasons for the cells that say “/”."""

    label: str
    unit: str
    cells: list[str]
    note: str


@dataclass(frozen=True)
class ShownDocument:
    """One handed-in file. `id` is the Document to download, or None when it is not kept here."""

    kind: str
    name: str
    pages: int | None
    size: int
    digest: str
    id: int | None


@dataclass(frozen=True)
class ShownItem:
    """One item of the self-report. `points` is its full score; `pictures` are those its text may show, by file name."""

    code: str
    title: str
    points: int
    text: str
    pictures: dict[str, ShownDocument]

    @property
    def blocks(self):
        """The text as it is laid out: each block with the document of its picture, if it is one that is here."""
        return [(block, self.pictures.get(block.text)) for block in markup.blocks(self.text)]


@dataclass(frozen=True)
class ShownCategory:
    """One category of the self-report with its items."""

    code: str
    title: str
    points: int
    items: list[ShownItem]


@dataclass(frozen=True)
class ShownDossier:
    """Everything in a dossier, labelled. The last four are of the snapshot, empty for a draft.

    `scan` is the stamped page that belongs to it, as (id, file name).
    """

    edition: str
    organisation: list[tuple[str, str]]
    profile: list[tuple[str, str]]
    years: list[int]
    indicators: list[ShownRow]
    report: list[ShownCategory]
    documents: list[ShownDocument]
    version: int | None = None
    digest: str = ""
    taken_at: datetime | None = None
    scan: tuple[int, str] | None = None

    @property
    def digest_groups(self):
        """The SHA-256 in groups of eight, to be read aloud or compared by eye."""
        return in_groups(self.digest, 8)


def labelled(
    content: dict, *, years, items, catalogue, document_ids, version=None, digest="", taken_at=None, scan=None
) -> ShownDossier:
    """Put labels to a dossier's frozen content.

    `items` are (category code, category title, code, title, points) in order; `catalogue` are the papers asked for;
    `document_ids` maps (kind, name, sha256) to the Document's id.
    """
    documents = _documents(content["documents"], catalogue, document_ids)
    return ShownDossier(
        edition=content["edition"],
        organisation=_organisation(content["organisation"]),
        profile=[(field.label, content["profile"].get(field.key, "")) for field in PROFILE],
        years=list(years),
        indicators=_rows(content["indicators"], years),
        report=_categories(content["report"], items, _pictures(documents)),
        documents=documents,
        version=version,
        digest=digest,
        taken_at=taken_at,
        scan=scan,
    )


def _organisation(facts):
    present = {key: label for key, label in WHEN_PRESENT.items() if key in facts}
    return [(label, facts.get(key, "")) for key, label in (ORGANISATION | present).items()]


def figure(value: Decimal, unit: str) -> str:
    """1234.5 → 1,234.50; things that are counted in pieces go without decimals."""
    text = f"{value:,.2f}"
    return text.removesuffix(".00") if unit in WHOLE_UNITS else text


def cells(figures: dict, years) -> dict[str, str]:
    """What the cells of the indicators show, by name: “key-year” for figures, “key-reason” for why there is none.

    `figures` are {(key, year): (Decimal or None, reason)}. An empty cell is left out or shows nothing;
    the one reason field of a row shows the first reason in it.
    """
    units, texts = {field.key: field.unit for field in INDICATORS}, {}
    for key in units:
        found = {year: figures[key, year] for year in years if (key, year) in figures}
        for year, (value, reason) in found.items():
            texts[f"{key}-{year}"] = figure(value, units[key]) if value is not None else ABSENT if reason else ""
        reasons = [reason for value, reason in found.values() if value is None and reason]
        if reasons:
            texts[f"{key}-reason"] = reasons[0]
    return texts


def _rows(figures, years):
    cells = {(cell["key"], cell["year"]): cell for cell in figures}
    return [_row(field, [cells.get((field.key, year)) for year in years]) for field in INDICATORS]


def _row(field, cells):
    reasons = dict.fromkeys(cell["absent"] for cell in cells if cell and cell["absent"])
    return ShownRow(field.label, field.unit, [_cell(cell, field.unit) for cell in cells], "；".join(reasons))


def _cell(cell, unit):
    if cell is None:
        return ""
    return ABSENT if cell["value"] is None else figure(Decimal(cell["value"]), unit)


def _pictures(documents):
    return {d.name: d for d in reversed(documents) if d.name.lower().endswith(markup.PICTURES)}


def _categories(report, items, pictures):
    grouped = {}
    for category, heading, code, title, points in items:
        item = ShownItem(code, title, points, report.get(code, ""), pictures)
        grouped.setdefault((category, heading), []).append(item)
    return [ShownCategory(code, title, sum(i.points for i in rows), rows) for (code, title), rows in grouped.items()]


def _documents(papers, catalogue, ids):
    labels = {line.key: line.label for line in catalogue}
    order = list(labels)
    return [
        ShownDocument(
            labels[p["kind"]],
            p["name"],
            p["pages"],
            p["size"],
            p["sha256"],
            ids.get((p["kind"], p["name"], p["sha256"])),
        )
        for p in sorted(papers, key=lambda p: order.index(p["kind"]))
    ]
