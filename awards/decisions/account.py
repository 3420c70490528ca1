"""The account of a ranking: what it was computed from, every step, and whether it still comes out the same. Pure.

Everything is plain values as they are stored, so that a ranking can be computed again from its own row and by
anybody: `inputs` are one dict a case, `scheme` the rules and the rubric, `rows` the places.
"""

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from awards.programmes.rules import BY_RESULTS, BY_SPREAD, SHARED, in_words
from awards.rubric.scoring import NOTHING, item_score, mean_of, sheet_total
from foshan_quality.lib.problems import Problem

from .ranking import VERSION, Case, Part, above_the_line, ranked

REVIEW, RESULTS = "资料评审", "results"
CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
TIE_WORDS = {
    SHARED: "总分相同的名次相同",
    BY_RESULTS: "总分相同的，结果类类目平均得分高者在前；仍相同的名次相同",
    BY_SPREAD: "总分相同的，评审组总分极差小者在前；仍相同的名次相同",
}


def scheme(rules: dict, basis: list[dict], items: list, total: int, places: int) -> dict:
    """What a ranking is computed by: the rules as values, what each rests on, and the rubric's items in order."""
    return {
        "version": VERSION,
        "trim_from": rules.get("trim_from", 0),
        "tie_rule": rules.get("tie_rule", SHARED),
        "threshold": str(rules["score_threshold"]),
        "places": places,
        "basis": basis,
        "total": total,
        "items": [[i.category.code, i.category.title, i.category.kind, i.code, i.title, i.points] for i in items],
    }


def as_inputs(application, sheets) -> dict:
    """One case of the review: `application` is (id, number, name), `sheets` are (id, marks in the rubric's order)."""
    pk, number, organisation = application
    return {
        "application": pk,
        "number": number,
        "organisation": organisation,
        "parts": None,
        "sheets": [{"sheet": sheet, "marks": marks} for sheet, marks in sheets],
    }


def with_parts(inputs: dict, parts: list[Part]) -> dict:
    """A case whose score has parts: the review's sheets stay under it, its totals come from the parts."""
    return inputs | {
        "parts": [
            {"label": p.label, "weight": str(p.weight), "totals": list(map(str, p.totals)), "trim_from": p.trim_from}
            for p in parts
        ]
    }


def digest(inputs: list[dict], scheme: dict) -> str:
    """The SHA-256 of everything a ranking is computed from, whatever the order of its cases."""
    found = hashlib.sha256(_text(scheme))
    for case in sorted(inputs, key=lambda case: case["application"]):
        found.update(_text(case))
    return found.hexdigest()


def _text(value):
    return CANONICAL.encode(value).encode()


def rows(inputs: list[dict], scheme: dict) -> list[dict]:
    """Every place as it is stored, computed from the marks: marks → totals → parts → places."""
    points = [item[5] for item in scheme["items"]]
    of_results = [worth if kind == RESULTS else 0 for _code, _title, kind, _item, _name, worth in scheme["items"]]
    by_key, cases = {}, []
    for case in inputs:
        sheets = [s | {"total": str(sheet_total(points, s["marks"]))} for s in case["sheets"]]
        by_key[case["application"]] = case, sheets
        results = mean_of([sheet_total(of_results, s["marks"]) for s in sheets]) if sheets else NOTHING
        cases.append(Case(case["application"], _parts(case, sheets, scheme), results))
    placings = ranked(cases, scheme["tie_rule"])
    above = above_the_line(placings, scheme["places"], Decimal(scheme["threshold"]))
    return [_row(placing, *by_key[placing.key], placing.key in above) for placing in placings]


def _parts(case, sheets, scheme):
    if case["parts"] is None:
        totals = tuple(Decimal(s["total"]) for s in sheets)
        return (Part(REVIEW, Fraction(1), totals, scheme["trim_from"]),)
    return tuple(
        Part(p["label"], Fraction(p["weight"]), tuple(map(Decimal, p["totals"])), p["trim_from"]) for p in case["parts"]
    )


def _row(placing, case, sheets, is_above):
    first = placing.parts[0].panel
    return {
        "place": placing.place,
        "application": placing.key,
        "number": case["number"],
        "organisation": case["organisation"],
        "totals": list(map(str, first.totals)),
        "mean": str(placing.score),
        "spread": str(placing.spread),
        "is_tied": placing.is_tied,
        "above_line": is_above,
        "parts": [_part(part, source) for part, source in zip(placing.parts, _sources(case, placing), strict=True)],
        "is_given": case["parts"] is not None,
        "sheets": sheets,
        "tie_value": None if placing.tie_value is None else str(placing.tie_value),
        "is_parted": placing.is_parted,
    }


def _sources(case, placing):
    return case["parts"] or [None] * len(placing.parts)


def _part(part, source):
    return {
        "label": part.label,
        "weight": str(part.weight),
        "totals": list(map(str, part.panel.totals)),
        "trim_from": source["trim_from"] if source else None,
        "dropped": list(map(str, part.panel.dropped)),
        "kept": list(map(str, part.panel.kept)),
        "mean": str(part.panel.mean),
    }


def inputs_of(rows: list[dict]) -> list[dict]:
    """What stored places say they were computed from."""
    return [
        {
            "application": row["application"],
            "number": row["number"],
            "organisation": row["organisation"],
            "parts": [{key: part[key] for key in ("label", "weight", "totals", "trim_from")} for part in row["parts"]]
            if row["is_given"]
            else None,
            "sheets": [{"sheet": s["sheet"], "marks": s["marks"]} for s in row["sheets"]],
        }
        for row in rows
    ]


def differences(stored: list[dict], scheme: dict, kept_digest: str) -> list[Problem]:
    """Where a stored ranking is not what its own marks and rules come to; one problem a case."""
    inputs = inputs_of(stored)
    fresh = {row["application"]: row for row in rows(inputs, scheme)}
    problems = [
        Problem("recomputed", f"{row['number']} 重新计算的结果与存档不一致。", str(row["application"]))
        for row in stored
        if row != fresh[row["application"]]
    ]
    if digest(inputs, scheme) != kept_digest:
        problems.append(Problem("digest", "排名存档的摘要与内容不一致。"))
    return problems


RELATIVE = {"place", "is_tied", "is_parted", "above_line"}  # what a place has from the others


def own_differences(stored: list[dict], scheme: dict) -> list[Problem]:
    """Some of a ranking's places whose totals or score are not what their own marks come to."""
    fresh = {row["application"]: row for row in rows(inputs_of(stored), scheme)}
    return [
        Problem("recomputed", f"{row['number']} 重新计算的结果与存档不一致。", str(row["application"]))
        for row in stored
        if any(row[key] != fresh[row["application"]][key] for key in row.keys() - RELATIVE)
    ]


def drifted(stored: list[dict], now: dict[int, tuple[tuple[int, ...], Decimal | None]]) -> list[Problem]:
    """Sheets that are not any more what the ranking was computed from; `now` is (marks, total) by sheet."""
    problems = []
    for row in stored:
        for place, sheet in enumerate(row["sheets"], 1):
            marks, total = now.get(sheet["sheet"], ((), None))
            if list(marks) != list(sheet["marks"]) or total != Decimal(sheet["total"]):
                text = f"{row['number']} 第 {place} 份评分表现为 {total or '未提交'}，排名依据的是 {sheet['total']}。"
                problems.append(Problem("drifted", text, str(row["application"])))
    return problems


def parts_drifted(stored: list[dict], now: dict[int, tuple[Part, ...]]) -> list[Problem]:
    """Cases whose parts are not any more what an overall ranking was computed from."""
    was = {case["application"]: case["parts"] for case in inputs_of(stored)}
    return [
        Problem("drifted", f"{row['number']} 的各部分得分与排名所依据的不一致。", str(row["application"]))
        for row in stored
        if row["is_given"] and with_parts({}, now.get(row["application"], ()))["parts"] != was[row["application"]]
    ]


def basis_said(scheme: dict) -> list[dict]:
    """The rules of a scheme with what each rests on, their values as a page says them."""
    return [row | {"value": in_words(row["label"], row["value"])} for row in scheme["basis"]]


# --- explained, for the page and the paper -------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """An item a later phase has set anew: what it stood at, in words, what it stands at, and why."""

    code: str
    title: str
    before: str
    after: int
    why: str


@dataclass(frozen=True)
class Later:
    """What a later phase of the review made of a case.

    A phase in which the panel marks together has every item's `percentages` by code as they stand at its end, with the
    `changes` it made and where the `others` come from; any other has the sum its score is, in words.
    """

    label: str
    percentages: dict[str, int]
    changes: list[Change]
    others: str = ""
    said: str = ""


@dataclass(frozen=True)
class Line:
    """One item with every sheet's (percentage, score), then every later phase's."""

    code: str
    title: str
    points: int
    marks: list[tuple[int, Decimal]]
    later: list[tuple[int, Decimal]]


@dataclass(frozen=True)
class Group:
    """One category with its lines, every sheet's sum in it and every later phase's."""

    code: str
    title: str
    points: int
    lines: list[Line]
    sums: list[Decimal]
    later_sums: list[Decimal]


@dataclass(frozen=True)
class Account:
    """One place explained. `later` are the phases that have items, `later_sums` what these come to."""

    row: dict
    groups: list[Group]
    sums: list[str]
    score: str
    place: str
    later: list[Later]
    later_sums: list[Decimal]


def explained(row: dict, rows: list[dict], scheme: dict, later: list[Later] = ()) -> Account:
    """One place in full: the marks by category, each mean as a sum, the score, and why it is this place.

    `later` are the later phases that are parts of the score, in order.
    """
    said, by_item = {phase.label: phase.said for phase in later}, [phase for phase in later if phase.percentages]
    groups = _groups(row, scheme, by_item)
    return Account(
        row,
        groups,
        [said.get(part["label"]) or _mean_said(part) for part in row["parts"]],
        _score_said(row),
        _place(row, rows),
        by_item,
        [sum((group.later_sums[n] for group in groups), NOTHING) for n in range(len(by_item))],
    )


def _groups(row, scheme, later):
    groups = {}
    for n, (category, heading, _kind, code, title, points) in enumerate(scheme["items"]):
        marks = [(s["marks"][n], item_score(points, s["marks"][n])) for s in row["sheets"]]
        after = [(phase.percentages[code], item_score(points, phase.percentages[code])) for phase in later]
        groups.setdefault((category, heading), []).append(Line(code, title, points, marks, after))
    return [
        Group(
            category,
            heading,
            sum(line.points for line in lines),
            lines,
            [sum((line.marks[n][1] for line in lines), NOTHING) for n in range(len(row["sheets"]))],
            [sum((line.later[n][1] for line in lines), NOTHING) for n in range(len(later))],
        )
        for (category, heading), lines in groups.items()
    ]


def _mean_said(part):
    dropped = f"去掉最低 {part['dropped'][0]}、最高 {part['dropped'][1]}；" if part["dropped"] else ""
    kept = part["kept"]
    if len(kept) == 1:
        return f"{part['label']}：{dropped}{part['mean']}"
    return f"{part['label']}：{dropped}（{' + '.join(kept)}）÷ {len(kept)} = {part['mean']}"


def _score_said(row):
    parts = row["parts"]
    if len(parts) == 1:
        return f"得分 = {row['mean']}"
    weighted = " + ".join(f"{part['weight']} × {part['mean']}" for part in parts)
    return f"得分 = {weighted} = {row['mean']}"


def _place(row, rows):
    ahead = row["place"] - 1
    said = [f"名次排在前面的有 {ahead} 家，因此为第 {row['place']} 名" if ahead else "没有排在前面的，因此为第 1 名"]
    tied = [o["number"] for o in rows if o["place"] == row["place"] and o["application"] != row["application"]]
    if tied:
        said.append(f"与 {'、'.join(tied)} 并列")
    if row["is_parted"]:
        equal = [o["number"] for o in rows if o["mean"] == row["mean"] and o["place"] != row["place"]]
        said.append(f"得分与 {'、'.join(equal)} 相同，按并列规则区分（比较值 {row['tie_value']}）")
    return "；".join(said) + "。"
