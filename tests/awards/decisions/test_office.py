"""Ranking, shortlist and the secret ballot as pages."""

import re

import pytest

from awards.decisions.attendance_actions import record_recusal
from awards.decisions.meeting_actions import open_vote
from awards.decisions.tasks import draw_minutes
from awards.models import CommitteeTerm, Meeting, Ranking, Voter
from awards.process import State
from foshan_quality.lib import clock
from foshan_quality.permissions import Role
from tests import given
from tests.desk import act_url, begin, begin_url, buttons, errors, office, press, record_url

pytestmark = pytest.mark.django_db


def ballot_url(meeting):
    return f"/office/awards/meeting/{meeting.pk}/ballot/"


@pytest.fixture
def season(db):
    """The vote is open on two firms, three members attend."""
    return given.walk_to("voting", firms=2)


def test_a_ranking_is_refused_while_a_sheet_is_missing_and_names_the_cases():
    season = given.walk_to("panelled", firms=1)

    answer = office(season.secretary).post(begin_url(Ranking, "make"), {"edition": season.edition.pk})

    number = season.applications[0].number
    assert answer.status_code == 409
    assert errors(answer) == [f"{number} 已评 0／应评 3，评分未齐，不能排名。"]


def test_the_ranking_shows_every_place_and_makes_the_shortlist_once():
    season = given.walk_to("ranked", firms=2)

    page = office(season.secretary).get(record_url(season.ranking)).content.decode()
    assert buttons(season.secretary, season.ranking) == ["shortlist"]
    press(season.secretary, season.ranking, "shortlist", note="")

    assert [a.number in page and a.organisation.name in page for a in season.applications] == [True, True]
    assert " ".join(['<span class="total">850.00</span>'] * 3) in page
    assert {a.state for a in season.applications} == {State.SHORTLISTED}
    assert buttons(season.secretary, season.ranking) == []


def paper(approved=(), against=(), **more):
    """A filled-in ballot as the page posts it."""
    marks = {f"choice-{a.pk}": "aye" for a in approved} | {f"choice-{a.pk}": "nay" for a in against}
    return marks | more


def look(client, meeting, **marks):
    """Hand a ballot in for the page that asks once more; its receipt."""
    page = client.post(ballot_url(meeting), paper(**marks, look=""))
    return re.search(r'name="receipt" value="([A-Z2-7-]+)"', page.content.decode())[1]


def test_the_ballot_is_looked_at_again_before_it_is_cast(season):
    client, [one, two] = office(season.members[0]), season.applications

    check = client.post(ballot_url(season.meeting), paper([one], [two], look="")).content.decode()
    back = client.post(ballot_url(season.meeting), paper([one], [two], change="")).content.decode()

    assert "同意 1 家" in check
    assert "<strong>不同意</strong>" in check
    assert f'name="choice-{one.pk}" value="aye" checked' in back
    assert not Voter.objects.filter(has_voted=True).exists()


def test_a_double_click_gets_the_same_receipt_and_afterwards_it_is_shown_to_nobody(season):
    client, [one, _two] = office(season.members[0]), season.applications
    receipt = look(client, season.meeting, approved=[one])

    first, second = [client.post(ballot_url(season.meeting), paper([one], receipt=receipt, cast="")) for _ in "ab"]
    other = client.post(ballot_url(season.meeting), paper([], cast=""))
    later = client.get(ballot_url(season.meeting))

    assert [(answer.status_code, receipt in answer.content.decode()) for answer in (first, second)] == [(200, True)] * 2
    assert "no-store" in first["Cache-Control"]
    assert (other.status_code, "您已经投过票" in other.content.decode()) == (409, True)
    assert ("您已投票" in later.content.decode(), receipt in later.content.decode()) == (True, False)
    for person in (season.members[0], season.secretary):
        assert receipt not in office(person).get(record_url(season.meeting)).content.decode()


def test_every_ballot_makes_pages_of_one_length(season):
    """An access log notes who asked, when, and how long the answer was."""
    client, both = office(season.members[0]), season.applications
    ballots = [paper(both), paper([], both), paper(both[:1], both[1:]), paper()]

    lengths = {
        name: {len(client.post(ballot_url(season.meeting), ballot | {name: ""}).content) for ballot in ballots}
        for name in ("look", "change")
    }

    assert [len(found) for found in lengths.values()] == [1, 1]


def test_more_approvals_than_places_are_told_before_the_check_page():
    season = given.walk_to("voting", firms=2, quota="1", shortlist_per_place="2")

    answer = office(season.members[0]).post(ballot_url(season.meeting), paper(season.applications, look=""))

    assert (answer.status_code, "最多同意 1 家，您选了 2 家" in answer.content.decode()) == (409, True)


def test_the_page_says_who_has_voted_and_never_what(season):
    office(season.members[0]).post(ballot_url(season.meeting), paper(season.applications[:1], cast=""))

    page = office(season.secretary).get(record_url(season.meeting))
    member = office(season.members[1]).get(record_url(season.meeting)).content.decode()

    roll = {str(line.attendance.member): line.has_voted for line in page.context_data["roll"]}
    assert roll == {str(member): member == season.members[0] for member in season.members}
    assert "已投 1／应投 3" in page.content.decode()
    assert ("data-waiting" in page.content.decode(), "data-waiting" in member) == (True, False)


def test_a_member_recused_on_a_firm_finds_it_barred_with_the_reason():
    season = given.walk_to("shortlisted", firms=2)
    season.members = [given.member() for _ in range(3)]
    with clock.at(given.VOTE):
        meeting = given.meeting(season)
        barred = season.applications[0]
        record_recusal(meeting, by=season.secretary, member=season.members[0], application=barred, reason="曾任职")
        open_vote(meeting, by=season.secretary)
    client = office(season.members[0])

    page = client.get(ballot_url(meeting)).content.decode()
    forced = client.post(ballot_url(meeting), paper([barred], cast=""))

    assert f'name="choice-{barred.pk}"' not in page
    assert "您已回避，不参加这一项表决：曾任职" in page
    assert forced.status_code == 409
    assert not Voter.objects.filter(has_voted=True).exists()


def test_only_members_who_were_called_vote(season):
    url = ballot_url(season.meeting)

    assert office(season.secretary).get(url).status_code == 403
    assert office(given.member()).get(url).status_code == 404
    assert office(given.expert()).post(url, {"cast": ""}).status_code == 403


def test_votes_are_counted_looked_up_by_receipt_and_released_by_another(season):
    early = office(season.secretary).post(act_url(season.meeting, "count"))
    receipts = []
    for member in season.members:
        receipts.append(look(office(member), season.meeting, approved=season.applications))
        office(member).post(ballot_url(season.meeting), paper(season.applications, receipt=receipts[-1], cast=""))
    press(season.secretary, season.meeting, "count")
    member, round_page = office(season.members[0]), f"/office/awards/meeting/{season.meeting.pk}/rounds/1/"

    draft = office(season.secretary).get(record_url(season.meeting)).content.decode()
    own = member.post(round_page, {"receipt": receipts[0].lower().replace("-", " ")}).content.decode()
    none = member.post(round_page, {"receipt": "A" * 26}).content.decode()
    bad = member.post(round_page, {"receipt": "A"}).content.decode()
    press(season.second, season.meeting, "release_result")
    released = office(season.secretary).get(record_url(season.meeting)).content.decode()

    assert (early.status_code, errors(early)) == (409, ["还有 3 名出席评委没有投票，不能计票。"])
    assert draft.count("列为拟奖</span>") == 2
    assert "拟定的结果（未发布，请勿外传）" in draft
    assert "结果由您计票，须由另一名工作人员发布。" in draft
    assert own.count("✔ 同意") == 2
    assert "重新计票，与存档一致" in own
    assert "没有这个凭证" in none
    assert "凭证应为 26 位" in bad
    assert "表决结果</h2>" in released
    assert {a.state for a in season.applications} == {State.PROPOSED}


def test_a_meeting_below_the_quorum_is_closed_and_says_so():
    season = given.walk_to("shortlisted", firms=1)
    season.members = [given.member() for _ in range(3)]
    with clock.at(given.VOTE):
        meeting = given.meeting(season, present=season.members[:1])

    answer = office(season.secretary).post(act_url(meeting, "open_vote"))
    press(season.secretary, meeting, "close_meeting")
    page = office(season.secretary).get(record_url(meeting)).content.decode()

    assert answer.status_code == 409
    assert errors(answer) == ["全体评委 3 人，出席 1 人，未达到 2/3 的法定人数，不能投票。"]
    assert "流会：全体评委 3 人，出席 1 人" in page
    assert "正式纪要" in page


def test_the_secretariat_calls_takes_attendance_and_members_sign_in_read_and_recuse():
    season = given.walk_to("shortlisted", firms=1)
    first, second = given.member(), given.member()
    [application] = season.applications
    filled = {"edition": season.edition.pk, "title": "评委会会议", "held_on": "2026-07-08", "agenda": "到会\n\n表决"}

    meeting = begin(season.secretary, Meeting, "call", **filled)
    press(first, meeting, "sign_in")
    press(first, meeting, "declare_recusal", application=application.pk, reason="亲属任职")
    page = {f"presence_{first.pk}": "present", f"presence_{second.pk}": "absent"}
    refused = office(season.secretary).post(act_url(meeting, "take_attendance"), page)
    press(season.secretary, meeting, "take_attendance", **page | {f"reason_{second.pk}": "出差"})
    summary = office(second).get(f"/office/awards/meeting/{meeting.pk}/candidates/{application.pk}/")

    assert meeting.agenda == ["到会", "表决"]
    assert errors(refused) == [f"{second}缺席，请写明原因。没有保存。"]
    assert list(meeting.attendances.order_by("pk").values_list("presence", flat=True)) == ["present", "absent"]
    assert [text in summary.content.decode() for text in (application.number, "第 1 名", "组织概述")] == [True] * 3
    assert not any(str(expert) in summary.content.decode() for expert in season.experts)
    assert "您已签到。" in office(first).get(record_url(meeting)).content.decode()


def test_where_the_rules_hide_the_places_members_do_not_see_them():
    season = given.walk_to("voting", firms=1, places_shown="否")

    page = office(season.members[0]).get(
        f"/office/awards/meeting/{season.meeting.pk}/candidates/{season.applications[0].pk}/"
    )

    assert "第 1 名" not in page.content.decode()


@pytest.mark.parametrize("firms", [1, 3])
def test_a_meetings_page_asks_the_same_for_one_candidate_and_for_three(firms, django_assert_num_queries):
    season = given.walk_to("voting", firms=firms, members=firms)
    client = office(season.secretary)

    with django_assert_num_queries(12):
        client.get(record_url(season.meeting))


def test_terms_are_entered_and_ended_in_the_office():
    secretary, person = given.secretary(), given.person("评委", Role.COMMITTEE)
    filled = {"member": person.pk, "post": "chair", "from_on": "2026-01-01", "document": "佛府函〔2026〕1号"}

    term = begin(secretary, CommitteeTerm, "appoint", **filled)
    press(secretary, term, "end_term", reason="调离")
    page = office(secretary).get(record_url(term)).content.decode()

    assert ("调离" in page, "佛府函〔2026〕1号" in page) == (True, True)
    assert buttons(secretary, term) == []


def test_minutes_are_asked_for_and_downloaded_by_the_secretariat_only():
    season = given.walk_to("proposed", firms=1)
    [final] = season.meeting.papers.all()
    draw_minutes(final.pk)
    url = f"/office/awards/meeting/{season.meeting.pk}/minutes/{final.pk}/"

    got = office(season.secretary).get(url)

    assert (got.status_code, got["Content-Type"]) == (200, "application/pdf")
    assert b"".join(got.streaming_content).startswith(b"%PDF")
    assert office(season.members[0]).get(url).status_code == 403
