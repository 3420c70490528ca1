from dataclasses import replace
from datetime import date

import pytest

from awards.letters.composing import BLANK_NUMBER, Facts, compose, recommendation
from awards.letters.lines import lines_of

FACTS = {
    "organisation": "佛山市试样机械有限公司",
    "application": "FSZLJ202607-001",
    "edition": "2026年第七届佛山市政府质量奖",
    "approval": "佛评办〔2026〕1号",
    "agency": "佛山市市场监督管理局",
    "hotline": "0757-00000000",
    "submitted_on": date(2026, 3, 8),
    "decided_on": date(2026, 4, 2),
    "dated": date(2026, 4, 2),
    "number": "某受〔2026〕3号",
}
RECEIVED = "你单位2026年3月8日提交的2026年第七届佛山市政府质量奖申报材料（申报编号：FSZLJ202607-001）收悉。"


def test_lines_of_a_reason_are_tidied_and_empty_ones_left_out():
    assert lines_of("　一、缺审计报告\r\n\r\n\t二、 缺  执照 ") == ["一、缺审计报告", "二、 缺 执照"]


def test_an_acceptance_names_the_days_unpadded_and_the_approval():
    letter = compose("acceptance", "受理通知书", Facts(**FACTS))

    assert letter["opening"][0] == (
        f"{RECEIVED}经审查，申报材料符合本届申报公告（批准文号：佛评办〔2026〕1号）的要求，"
        "我局决定自2026年4月2日起予以受理，进入评审程序。"
    )
    assert (letter["to"], letter["matters"], letter["closing"]) == (FACTS["organisation"], [], ["特此通知。"])
    assert (letter["number"], letter["contact"]) == ("某受〔2026〕3号", "（联系电话：0757-00000000）")


def test_everything_to_correct_is_told_at_once_with_the_last_day():
    facts = Facts(**FACTS, matters=["甲。", "乙。"], last_day=date(2026, 4, 9), days=5, days_basis="某办法第三条")

    letter = compose("told", "一次性告知书", facts)
    remarked = compose("told", "一次性告知书", replace(facts, remark="材料不齐。"))

    opening = f"{RECEIVED}经审查，下列2处需要补正，现将需要补正的全部内容一次性告知如下："
    assert (letter["opening"], letter["matters"]) == ([opening], ["甲。", "乙。"])
    until = "请自退回次日起5个工作日内，即2026年4月9日前（含当日），登录佛山市政府质量奖申报平台补正并重新提交"
    consequence = "（依据：某办法第三条）。逾期未提交的，视为放弃本次申报。"
    assert letter["closing"] == [until + consequence, "特此告知。"]
    assert remarked["closing"] == ["退回补正的理由：材料不齐。", until + consequence, "特此告知。"]


def test_a_further_correction_names_the_letter_before_it():
    facts = Facts(**FACTS, matters=["甲。"], last_day=date(2026, 4, 9), days=5, earlier="某告〔2026〕1号")

    [opening] = compose("correction", "补正告知书", facts)["opening"]

    assert opening == f"{RECEIVED}对照此前发出的《一次性告知书》（某告〔2026〕1号），经审查，下列内容仍需补正："


def test_a_refusal_names_reason_basis_and_remedy():
    facts = Facts(**FACTS, matters=["登记未满三年。"], basis="某办法第八条", remedy="可以向本机关书面提出。")

    letter = compose("refusal", "不予受理通知书", facts)

    assert letter["opening"] == [f"{RECEIVED}经审查，我局于2026年4月2日决定不予受理。理由如下："]
    assert letter["closing"] == ["依据：某办法第八条。", "可以向本机关书面提出。", "特此通知。"]


def test_a_corrected_letter_names_the_one_it_replaces():
    facts = Facts(**FACTS, replaced="某受〔2026〕1号", replaced_on=date(2026, 4, 1))

    first, *_rest = compose("acceptance", "受理通知书", facts)["opening"]

    assert (
        first == "我局2026年4月1日发出的《受理通知书》（某受〔2026〕1号）内容有误，现予更正，以本文书为准，原文书作废。"
    )


def recommended(**changes):
    given = {
        "organisation": FACTS["organisation"],
        "credit_code": "91440605MA00000009",
        "application": FACTS["application"],
        "edition": FACTS["edition"],
        "agency": "佛山市南海区市场监督管理局",
        "to": "佛山市市场监督管理局",
        "number": "",
        "dated": date(2026, 4, 16),
        "is_rehearsal": False,
        "checks": [("名称一致", "符合", "")],
        "vetoes": [("质量事故", "无", "")],
        "looked": (date(2023, 3, 2), date(2026, 4, 16)),
        "report_issued_on": date(2026, 4, 1),
        "opinions": [],
        "reason": "同意推荐。",
    }
    return recommendation(**given | changes)


def test_a_district_says_what_it_found_and_leaves_room_for_its_own_number():
    letter = recommended(
        checks=[("名称一致", "符合", ""), ("认证证书一致", "不适用", "未认证")],
        vetoes=[("质量事故", "无", ""), ("生产安全事故", "有（一般）", "一人轻伤")],
        opinions=[("某局", date(2026, 4, 3), "某函〔2026〕1号", "没有意见。"), ("某办", date(2026, 4, 4), "", "同意")],
    )

    assert letter["number"] == BLANK_NUMBER
    assert letter["matters"] == [
        "检查清单2项，符合1项；“认证证书一致”不适用（未认证）。",
        "一票否决事项2项，回溯期间2023年3月2日至2026年4月16日：“生产安全事故”有（一般）（一人轻伤）。",
        "公共信用信息报告：2026年4月1日出具。",
        "某局意见（2026年4月3日，某函〔2026〕1号）：没有意见。",
        "某办意见（2026年4月4日）：同意。",
    ]


@pytest.mark.parametrize(
    ("name", "lines_of_name"),
    [
        ("佛山市试样机械有限公司", ["佛山市试样机械有限公司"]),
        (
            "佛山市南海区大沥镇某某精密智能装备制造（集团）股份有限公司",
            ["佛山市南海区大沥镇某某精密智能装备制造", "（集团）股份有限公司"],
        ),
        ("甲" * 30, ["甲" * 15, "甲" * 15]),
    ],
)
def test_a_long_name_in_a_title_is_parted_where_a_reader_pauses(name, lines_of_name):
    assert recommended(organisation=name)["title_lines"][1:-1] == lines_of_name
