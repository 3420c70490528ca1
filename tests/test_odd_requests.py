"""Requests that no browser sends: what their headers and cookies say is not believed."""

import pytest
from django.urls import reverse

from awards.publicity import actions as publicising
from foshan_quality.lib import clock
from foshan_quality.plain_requests import plain, plain_type
from tests import given
from tests.steps import refused


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("", ""),
        ("application/json; charset=utf-16", "application/json"),
        ("text/plain; charset=hex", "text/plain"),
        ("text/plain; a*=bogus''%41", "text/plain"),
        ("multipart/form-data; charset=utf-7; boundary=----x1", "multipart/form-data; boundary=----x1"),
        ("multipart/form-data;boundary=a;boundary=b", "multipart/form-data; boundary=a"),
    ],
)
def test_of_a_content_type_only_the_kind_and_the_boundary_are_heard(said, heard):
    assert plain_type(said) == heard


def test_the_portal_is_told_no_more_of_the_content():
    told = plain(lambda environ, start: environ["CONTENT_TYPE"])

    assert told({"CONTENT_TYPE": "text/plain; charset=unicode_escape"}, None) == "text/plain"
    assert told({}, None) == ""


def test_a_cookie_that_is_no_key_is_nobodys_session(client, db):
    sent = {"cookie": 'session="aaaaaaaa\\000bbbbbbbb"'}

    assert client.get(reverse("notices"), headers=sent).status_code == 200
    assert client.get(reverse("desk"), headers=sent).status_code == 302


@pytest.mark.parametrize("objector", ["张\x08某", "张😀某", "张\u202e某"])
def test_a_name_that_no_paper_could_print_is_asked_for_in_writing(db, objector):
    season = given.walk_to("publicised", firms=1)

    with refused("glyphs"):
        given.objection_to(season.applications[0], season.notice, objector=objector)


def test_a_title_with_a_control_character_is_not_released(db):
    season = given.walk_to("proposed", firms=1)
    with clock.at(given.NOTICE):
        notice = publicising.draft_notice(season.edition, by=season.secretary, title="拟奖\x08名单公示")

        with pytest.raises(publicising.Refused, match="U\\+0008"):
            publicising.publish(notice, by=season.second)
