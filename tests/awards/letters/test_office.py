import pytest
from django.test import Client

from awards.letters import actions as lettering
from awards.letters.tasks import draw_letter
from awards.models import Letter, LetterWording
from enterprises.districts import District
from enterprises.models import AuditEvent
from tests import given
from tests.desk import begin, buttons, list_url, office, press, record_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(accepted, secretary):
    [letter] = lettering.write_missing(accepted, by=secretary)
    draw_letter(letter.pk)
    letter.refresh_from_db()
    return letter


def download(user, letter):
    return office(user).get(f"/letters/{letter.pk}/download/")


def test_the_applicants_people_download_the_letter_and_the_trail_says_when(letter, owner):
    page = office(owner).get(letter.application.get_absolute_url()).content.decode()
    assert f"/letters/{letter.pk}/download/" in page

    answer = download(owner, letter)

    assert b"".join(answer.streaming_content).startswith(b"%PDF-")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "private, no-store")
    last = AuditEvent.objects.latest("seq")
    assert (last.verb, last.actor_id, last.target_name) == ("download_letter", owner.pk, str(letter))


def test_strangers_and_other_districts_do_not_learn_of_a_letter(letter, stranger):
    there = given.district_officer(District.SHUNDE)

    assert [download(user, letter).status_code for user in (stranger, there)] == [404, 404]
    assert office(there).get(record_url(letter)).status_code == 404
    assert Client().get(f"/letters/{letter.pk}/download/").status_code == 302
    assert download(given.district_officer(), letter).status_code == 200


def test_the_firm_never_sees_what_passes_between_the_offices(submitted, secretary, owner):
    letter = lettering.write_recommendation(given.recommended(submitted), by=secretary)
    draw_letter(letter.pk)

    assert download(owner, letter).status_code == 404
    assert "区级推荐函" not in office(owner).get(submitted.get_absolute_url()).content.decode()
    assert download(secretary, letter).status_code == 200


def test_a_letter_not_yet_drawn_cannot_be_downloaded(accepted, secretary, owner):
    [letter] = lettering.write_missing(accepted, by=secretary)

    assert download(owner, letter).status_code == 404
    assert office(secretary).get(f"/office/awards/letter/{letter.pk}/download/").status_code == 404


def test_a_corrected_letter_is_offered_once_and_the_old_one_says_so(letter, secretary, owner):
    assert buttons(secretary, letter) == ["correct"]
    press(secretary, letter, "correct", reason="日期有误。", basis="", matters="")
    fresh = Letter.objects.get(replaces=letter)
    draw_letter(fresh.pk)

    page = office(owner).get(letter.application.get_absolute_url()).content.decode()

    assert buttons(secretary, letter) == []
    assert f"已由 {fresh.number} 更正替代" in page


def test_wording_is_settled_on_screen_and_changed_there(edition, secretary):
    begin(secretary, LetterWording, "set", edition=edition.pk, kind="told", code="某告", source="某核定")
    wording = LetterWording.objects.get()

    press(secretary, wording, "set", code="某市告", source="某核定", is_confirmed="on")

    wording.refresh_from_db()
    assert (wording.code, wording.is_confirmed, wording.changed_by) == ("某市告", True, secretary)


def test_the_list_costs_the_same_at_one_letter_and_at_three(letter, edition, secretary, django_assert_num_queries):
    client = office(secretary)
    with django_assert_num_queries(6):
        client.get(list_url(Letter))
    for _ in range(2):
        application = given.submitted(given.complete_draft(edition, given.organisation()))
        given.accepted(application, by=secretary)
        lettering.write_missing(application, by=secretary)

    with django_assert_num_queries(6):
        client.get(list_url(Letter))
