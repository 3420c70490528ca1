from datetime import date

import pytest

from awards.screening.judgement import Answered, Reviewed, problems, report_problem, stands_against

TODAY = date(2026, 4, 16)
CLEAR = (Answered("check", "名称一致", "met"), Answered("veto", "生产安全事故", "clear", has_level=True))
WHOLE = Reviewed(CLEAR, opinions=1, report_issued_on=date(2026, 4, 1))


def found(reviewed, **rules):
    rules = {"report_days": 30, "least_level": "重大", "today": TODAY} | rules
    return [(problem.code, problem.text, problem.blocks) for problem in problems(reviewed, **rules)]


@pytest.mark.parametrize(
    ("issued_on", "said"),
    [
        (date(2026, 4, 16), ""),
        (date(2026, 3, 17), ""),
        (date(2026, 3, 16), "公共信用信息报告 2026-03-16 出具，至今 31 天，超过 30 天，须重新下载。"),
        (date(2026, 4, 17), "公共信用信息报告的出具日期 2026-04-17 晚于今天。"),
        (None, "公共信用信息报告还没有登记出具日期。"),
    ],
)
def test_a_credit_report_may_be_so_many_days_old_and_not_one_more(issued_on, said):
    assert report_problem(issued_on, 30, TODAY) == said


@pytest.mark.parametrize(
    ("level", "least", "vetoes"),
    [
        ("特别重大", "重大", True),
        ("重大", "重大", True),
        ("较大", "重大", False),
        ("较大", "较大", True),
        ("一般", "较大", False),
        ("一般", "一般", True),
    ],
)
def test_an_accident_vetoes_from_the_level_the_edition_has_settled(level, least, vetoes):
    assert stands_against(Answered("veto", "生产安全事故", "found", level, has_level=True), least) is vetoes


def test_what_has_no_level_vetoes_whenever_it_is_found():
    assert stands_against(Answered("veto", "监督抽查不合格", "found"), "特别重大") is True
    assert stands_against(Answered("veto", "监督抽查不合格", "clear"), "一般") is False


def test_nothing_stands_in_the_way_of_a_whole_review():
    assert found(WHOLE) == []


def test_everything_that_is_missing_or_stands_against_is_named_at_once():
    items = (
        Answered("check", "名称一致"),
        Answered("check", "年限达到", "unmet"),
        Answered("check", "承诺书盖章", "inapplicable"),
        Answered("veto", "生产安全事故", "found", "重大", has_level=True),
        Answered("veto", "质量事故", "found", "一般", has_level=True),
        Answered("veto", "监督抽查不合格"),
    )

    assert found(Reviewed(items, opinions=0, report_issued_on=date(2026, 1, 1))) == [
        ("check", "检查清单还有 1／3 项没有答复。", True),
        ("veto", "一票否决事项还有 1／3 项没有答复。", True),
        ("unmet", "检查清单“年限达到”不符合。", True),
        ("veto", "存在一票否决事项“生产安全事故”（重大）。", True),
        ("report", "公共信用信息报告 2026-01-01 出具，至今 105 天，超过 30 天，须重新下载。", True),
        ("opinions", "还没有登记部门意见。", False),
    ]
