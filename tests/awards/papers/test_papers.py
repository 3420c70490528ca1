"""Official papers: from the template, two people, numbers without gaps, a sample until the sealed scan is there."""

import pytest

from awards.models import Paper
from awards.papers import actions as papers
from foshan_quality.lib import clock
from tests import given
from tests.desk import begin, buttons, office, press, record_url
from tests.steps import check_duty, check_step, copy_of, put, refused, refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def season():
    return given.walk_to("publicised", firms=1, experts=1, members=1, experts_per_application="1")


def test_a_request_waits_for_the_notice_and_is_numbered_by_a_second_person(season):
    with clock.at(given.NOTICE), refused("window"):
        papers.draft_paper(season.edition, by=season.secretary, kind="request")
    with clock.at(given.AFTER_NOTICE):
        paper = begin(season.secretary, Paper, "draft", edition=season.edition.pk, kind="request")
        name = season.applications[0].organisation.name
        assert f"1.{name}（南海区）" in paper.body
        assert "2026年7月14日至2026年7月20日" in paper.body
        assert "issue_paper" not in buttons(season.secretary, paper)
        with refused("two_people", untouched=[paper]):
            papers.issue(paper, by=season.secretary)
        press(season.second, paper, "issue_paper")
        other = papers.draft_paper(season.edition, by=season.secretary, kind="announcement")
        other = papers.issue(
            papers.edit(other, by=season.secretary, title="通知", to="各单位", body="一、时间"), by=season.second
        )
        told = papers.draft_paper(season.edition, by=season.secretary, kind="commendation")
        told = papers.issue(told, by=season.second)

    assert (paper.number.partition("〔")[2], other.number.partition("〔")[2]) == ("2026〕1号", "2026〕2号")
    assert told.number == ""
    client = office(season.secretary)
    for form, head in (("pdf", b"%PDF"), ("docx", b"PK\x03\x04")):
        answer = client.get(record_url(paper).replace("change", f"download/{form}"))
        assert (answer.status_code, answer.content[:4]) == (200, head)
    assert client.get(record_url(paper).replace("change", "download/scan")).status_code == 404
    press(season.secretary, paper, "seal_paper", upload=given.upload("用印件.pdf"))
    assert client.get(record_url(paper).replace("change", "download/scan")).status_code == 200
    assert office(given.expert()).get(record_url(paper)).status_code == 403


def test_a_step_of_a_paper_goes_from_its_source_and_from_no_other_state(season):
    with clock.at(given.AFTER_NOTICE):
        paper = papers.issue(
            papers.draft_paper(season.edition, by=season.secretary, kind="announcement"), by=season.second
        )
        paper = papers.seal(paper, by=season.secretary, upload=given.upload())
        acts = {
            "edit_paper": lambda by: papers.edit(paper, by=by, title="x", to="y", body="z"),
            "issue_paper": lambda by: papers.issue(paper, by=by),
            "seal_paper": lambda by: papers.seal(paper, by=by, upload=given.upload()),
            "drop_paper": lambda by: papers.drop(paper, by=by, reason="重复"),
        }
        third = given.secretary()
        for name, act in acts.items():
            check_step(paper, Paper.workflow, name, lambda act=act: act(third))
            check_duty("awards.write_paper", act, paper)

    put(paper, "sealed")
    with refused_by("one_paper_per_number"):
        copy_of(paper)
    for constraint, changes in (
        ("paper_two_people", {"drafted_by": season.second}),
        ("paper_issued_whole", {"issued_at": None}),
        ("paper_sealed_with_its_scan", {"scan": None}),
    ):
        with refused_by(constraint):
            Paper.objects.update(**changes)
