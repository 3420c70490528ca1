import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.applications.dossier import Dossier, Figure, Paper, frozen, problems
from awards.applications.sections import DOCUMENTS, INDICATORS, PROFILE, REPORT_LIMIT

TODAY = date(2026, 3, 18)
YEARS = (2023, 2024, 2025)
REQUIRED = [kind for kind in DOCUMENTS if kind.is_required]


def papers():
    return tuple(Paper(n, kind.key, f"{kind.key}.pdf", 1, 100, f"{n:064d}") for n, kind in enumerate(REQUIRED))


COMPLETE = Dossier(
    edition="2026年第七届佛山市政府质量奖",
    organisation={"name": "某公司"},
    items=(("4.1.2", "高层领导的作用"), ("4.1.3", "组织治理")),
    years=YEARS,
    profile={field.key: "文" for field in PROFILE},
    report={"4.1.2": "文", "4.1.3": "文"},
    figures={(field.key, year): Figure(Decimal("1.00")) for field in INDICATORS for year in YEARS},
    papers=papers(),
    registered_on=date(2005, 6, 18),
    years_registered=3,
)


def named(dossier, today=TODAY):
    return [(problem.code, problem.where) for problem in problems(dossier, today)]


def test_a_complete_dossier_has_no_problem():
    assert named(COMPLETE) == []


def test_a_picture_named_in_the_report_must_be_among_the_papers_under_just_this_name():
    curve = Paper(9, "evidence", "曲线.png", 1, 100, "9" * 64)
    report = COMPLETE.report | {"4.1.3": "见图。\n[图：曲线.png]"}

    assert named(replace(COMPLETE, report=report)) == [("missing_picture", "4.1.3")]
    assert named(replace(COMPLETE, report=report, papers=(*COMPLETE.papers, curve))) == []


@pytest.mark.parametrize(
    ("registered", "years", "today", "may_apply"),
    [
        (date(2023, 3, 18), 3, TODAY, True),
        (date(2023, 3, 19), 3, TODAY, False),
        (date(2026, 3, 18), 0, TODAY, True),
        (date(2024, 2, 29), 3, date(2027, 2, 27), False),
        (date(2024, 2, 29), 3, date(2027, 2, 28), True),
        (date(2024, 2, 29), 4, date(2028, 2, 28), False),
        (date(2024, 2, 29), 4, date(2028, 2, 29), True),
    ],
)
def test_years_since_registration_are_counted_to_the_day(registered, years, today, may_apply):
    dossier = replace(COMPLETE, registered_on=registered, years_registered=years)

    assert named(dossier, today) == ([] if may_apply else [("too_young", "conditions")])


@pytest.mark.parametrize("field", PROFILE, ids=lambda field: field.key)
def test_a_profile_text_of_blanks_is_missing_and_one_beyond_its_limit_too_long(field):
    blank = replace(COMPLETE, profile=COMPLETE.profile | {field.key: " \n　"})
    full = replace(COMPLETE, profile=COMPLETE.profile | {field.key: "字" * field.limit})
    over = replace(COMPLETE, profile=COMPLETE.profile | {field.key: "字" * (field.limit + 1)})

    assert (named(blank), named(full)) == ([("missing", f"profile#id_{field.key}")], [])
    assert [p.text for p in problems(over, TODAY)] == [
        f"“{field.label}”有 {field.limit + 1} 字，超过 {field.limit} 字。"
    ]


def test_missing_figures_are_named_year_by_year():
    figures = {
        key: figure for key, figure in COMPLETE.figures.items() if key not in {("revenue", 2024), ("exports", 2024)}
    }

    found = [(problem.text, problem.where) for problem in problems(replace(COMPLETE, figures=figures), TODAY)]
    none = [problem.text for problem in problems(replace(COMPLETE, figures={}, years=(2024,)), TODAY)]

    assert found == [("2024 年经营数据缺 2 项：主营业务收入、出口创汇。", "indicators#id_revenue-2024")]
    assert none == ["2024 年的 20 项经营数据都还没有填写。"]


def test_a_figure_that_is_explained_away_is_not_missing():
    figures = COMPLETE.figures | {("exports", 2024): Figure(None, "无出口")}

    assert named(replace(COMPLETE, figures=figures)) == []


def test_every_item_of_the_report_must_be_written_and_all_together_stay_within_the_limit():
    empty = replace(COMPLETE, report={"4.1.2": " ", "4.1.3": "文"})
    full = replace(COMPLETE, report={"4.1.2": "字" * (REPORT_LIMIT - 1), "4.1.3": "字"})
    over = replace(COMPLETE, report={"4.1.2": "字" * REPORT_LIMIT, "4.1.3": "字"})

    assert named(empty) == [("missing", "4.1.2")]
    assert named(full) == []
    assert named(over) == [("too_long", "report")]


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: kind.key)
def test_only_required_papers_are_missed(kind):
    without = replace(COMPLETE, papers=tuple(paper for paper in papers() if paper.kind != kind.key))

    assert named(without) == ([("missing", f"documents#{kind.key}")] if kind.is_required else [])


def test_the_frozen_form_does_not_depend_on_the_order_things_were_filled_in():
    shuffled = replace(
        COMPLETE,
        profile=dict(reversed(COMPLETE.profile.items())),
        report=dict(reversed(COMPLETE.report.items())),
        figures=dict(reversed(COMPLETE.figures.items())),
    )

    assert frozen(shuffled) == frozen(COMPLETE)


@settings(deadline=None, database=None)
@given(st.sampled_from([field.key for field in PROFILE]), st.text(min_size=1, max_size=20))
def test_any_other_text_gives_another_digest_and_reads_back_exactly(key, text):
    changed = replace(COMPLETE, profile=COMPLETE.profile | {key: text})

    content, digest = frozen(changed)

    assert json.loads(content)["profile"][key] == text
    assert (digest == frozen(COMPLETE)[1]) is (text == "文")


def test_any_other_figure_paper_or_name_gives_another_digest():
    figure = COMPLETE.figures | {("revenue", 2025): Figure(Decimal("1.01"))}
    variants = [
        COMPLETE,
        replace(COMPLETE, figures=figure),
        replace(COMPLETE, figures=COMPLETE.figures | {("revenue", 2025): Figure(None, "1.00")}),
        replace(COMPLETE, papers=COMPLETE.papers[::-1]),
        replace(COMPLETE, papers=(replace(COMPLETE.papers[0], digest="f" * 64), *COMPLETE.papers[1:])),
        replace(COMPLETE, organisation={"name": "某公司 "}),
        replace(COMPLETE, edition="另一届"),
    ]

    assert len({frozen(variant)[1] for variant in variants}) == len(variants)
