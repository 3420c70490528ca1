import pytest

from awards.feedback.composing import cleaned, drafted, leaks

NAMES = ["陈专家", "某大学"]


@pytest.mark.parametrize(
    "text",
    [
        *("评为80%。", "给了 45%", "得分偏低。", "只能打60分。", "本项 8.25 分", "处在50%档", "只值七十五分。"),
        *("陈专家认为", "某大学的意见", "陈 专 家 认为", "某 大学", "同意陈老师的看法。"),
    ],
)
def test_marks_and_names_are_found(text):
    assert leaks(text, NAMES) != []
    assert cleaned(text, NAMES) == ""


@pytest.mark.parametrize(
    "text",
    [
        *("准时交付率达到98%，连续三年上升。", "分析充分，分布合理。", "每班 15 分钟例会。", "部分分公司尚未展开。"),
        *("领导十分重视。", "二十分钟一次。", "王老师傅带徒。"),
    ],
)
def test_figures_of_the_firm_and_other_words_stay(text):
    assert leaks(text, NAMES) == []
    assert cleaned(text, NAMES) == text


def test_only_the_sentence_that_tells_is_left_out():
    assert cleaned("方法系统。得分应为 80%。展开充分；", NAMES) == "方法系统。展开充分；"


def test_a_draft_says_everything_once_and_in_order():
    assert drafted(["加强对比。", "", "补充三年趋势数据。", "加强对比。", "总分太高。"], NAMES) == (
        "加强对比。\n补充三年趋势数据。"
    )
