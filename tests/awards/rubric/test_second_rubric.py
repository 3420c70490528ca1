"""Another set of criteria, from the data file to the last export, without a line of code for it."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from awards.models import Assignment, Rubric
from awards.programmes import actions as calling
from awards.reviews import actions as reviewing
from awards.rubric.loading import load_rubric
from awards.rubric.queries import items_of
from foshan_quality.lib import clock
from tests import given
from tests.desk import office, record_url
from tests.steps import refused

SCHOOLS = {
    "code": "schools-1",
    "title": "教育机构评价准则（试行）",
    "total": 500,
    "step_percent": 10,
    "bands": [[0, 20], [30, 60], [70, 100]],
    "band_descriptions": {"process": {"0-20": "没有系统的方法"}, "results": {"70-100": "结果优秀"}},
    "note": "",
    "categories": [
        {
            "code": "A",
            "title": "育人",
            "points": 200,
            "kind": "process",
            "items": [{"code": "A1", "title": "课程", "points": 125}, {"code": "A2", "title": "师资", "points": 75}],
        },
        {
            "code": "B",
            "title": "成效",
            "points": 300,
            "kind": "results",
            "items": [{"code": "B1", "title": "学生发展", "points": 300}],
        },
    ],
}


@pytest.fixture
def rubric(db, tmp_path):
    path = tmp_path / "schools.json"
    path.write_text(json.dumps(SCHOOLS), "utf-8")
    assert load_rubric(path) == "教育机构评价准则（试行）：2 个类目、3 个评分项、500 分"
    return Rubric.objects.get(code="schools-1")


def test_criteria_are_loaded_by_a_command_and_bad_ones_are_refused_in_words(db, tmp_path):
    path, out = tmp_path / "schools.json", StringIO()
    doubled = json.loads(json.dumps(SCHOOLS))
    doubled["categories"][1]["items"][0]["code"] = "A1"
    for text, said in (
        (json.dumps(doubled), "评分项条款重复：A1"),
        ("{}", "不是准则数据文件"),
        ("[", "不是准则数据文件"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(CommandError, match=said):
            call_command("load_rubric", str(path))
    with pytest.raises(CommandError):
        call_command("load_rubric", str(tmp_path / "none.json"))

    path.write_text(json.dumps(SCHOOLS), "utf-8")
    call_command("load_rubric", str(path), stdout=out)

    assert "3 个评分项、500 分" in out.getvalue()
    assert Rubric.objects.filter(code="schools-1").count() == 1


def test_a_threshold_beyond_the_full_score_is_refused(rubric):
    with pytest.raises(calling.Refused, match=r"入围最低总分 500\.5 超过准则总分 500"):
        given.prepared_edition(rubric="schools-1", score_threshold="500.5")
    edition = given.prepared_edition(rubric="schools-1", score_threshold="300")
    with refused("score_threshold", untouched=[edition]):
        calling.set_rule(edition, by=given.secretary(), key="score_threshold", value="501", document="细则", article="")


def test_another_rubric_is_applied_for_scored_ranked_and_shown_to_the_last_export(rubric):
    season = given.walk_to("panelled", firms=2, experts=1, experts_per_application="1", rubric="schools-1")
    first, second = Assignment.objects.order_by("pk")
    with clock.at(given.REVIEW + timedelta(days=1)):
        reviewing.declare_free(first, by=first.expert)
        sheet = office(first.expert).get(f"/office/awards/assignment/{first.pk}/sheet/").content.decode()
        with refused("range"):
            reviewing.save_marks(first, by=first.expert, marks={"A1": (65, "", "")}, version=0)
        marks = {"A1": (70, "好", "改"), "A2": (90, "好", "改"), "B1": (50, "好", "改")}
        reviewing.save_marks(first, by=first.expert, marks=marks, version=0)
        reviewing.submit_sheet(first, by=first.expert)
        given.score(second, 100)
    given.WALK["ranked"](season)

    dossier = office(season.secretary).get(record_url(season.applications[0])).content.decode()
    ranking = season.ranking
    dashboard = office(season.secretary).get("/leadership/").content.decode()

    assert [item.code for item in items_of(rubric)] == ["A1", "A2", "B1"]
    assert "没有系统的方法" in sheet
    assert "A2" in dossier
    assert [(row["place"], row["mean"]) for row in ranking.rows] == [(1, "500.00"), (2, "305.00")]
    assert "满分 500；最高 500.00" in dashboard
    assert "每 25 分一档" in dashboard
