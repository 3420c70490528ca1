"""What stands above a form that was refused: that nothing was kept, how many places, and the way to each."""

import re

from django import forms
from django.template.loader import render_to_string

from foshan_quality.lib.problems import Problem


class Asked(forms.Form):
    name = forms.CharField(label="名称")
    way = forms.ChoiceField(label="方式", choices=[("a", "甲")], widget=forms.RadioSelect)
    seen = forms.CharField(widget=forms.HiddenInput)


class Handed(Asked):
    paper = forms.FileField(label="扫描件")


def shown(**context):
    """The summary's title, its sentence, and its lines as (where it leads, words)."""
    html = render_to_string("components/error_summary.html", context)
    title, *said = re.findall(r"<p[^>]*>(.*?)</p>", html)
    lines = [re.fullmatch(r'(?:<a href="(.*?)">)?(.*?)(?:</a>)?', line) for line in re.findall("<li>(.*?)</li>", html)]
    return title, "".join(said), [(line[1] or "", line[2]) for line in lines]


def test_it_says_that_nothing_was_saved_how_many_places_and_leads_to_each():
    title, said, lines = shown(form=Asked({}))

    assert title == "有 3 处需要修改"
    assert said == "没有办理成功，填的内容没有保存。请按下列各条修改后再提交一次。"
    assert lines == [
        ("#id_name", "名称：这个字段是必填项。"),
        ("#id_way_0", "方式：这个字段是必填项。"),
        ("", "这个字段是必填项。"),
    ]


def test_a_chosen_file_has_to_be_chosen_again():
    assert "文件须重新选择" in shown(form=Handed({}, {}))[1]


def test_a_refusal_that_is_about_no_field_counts_no_places():
    form = Asked({"name": "名", "way": "a", "seen": "x"})
    form.add_error(None, "该单位已经申报。")

    assert shown(form=form) == (
        "没有办理成功",
        "填的内容没有保存，原因如下。",
        [("", "该单位已经申报。")],
    )


def test_a_page_that_saves_in_another_way_says_so_itself():
    assert shown(form=Asked({}), said="此前已保存的不受影响。")[1] == "此前已保存的不受影响。"
    problems = [Problem("step", "每 5% 一档。", "4.1")]
    assert shown(problems=problems, prefix="#percentage_") == (
        "有 1 处需要修改",
        "",
        [("#percentage_4.1", "每 5% 一档。")],
    )
    assert shown(problems=["试算结果已失效。"])[0] == "没有办理成功"


def test_a_form_without_errors_has_none():
    form = Asked({"name": "名", "way": "a", "seen": "x"})

    assert render_to_string("components/error_summary.html", {"form": form}).strip() == ""
