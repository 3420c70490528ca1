"""Anyone checks a certificate: true, revoked or unknown, in one line."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from awards.models import Certificate, Honour
from foshan_quality.lib import clock
from tests import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return given.walk_to("certified", firms=1).edition.certificates.get()


def check(client, code, **extra):
    return client.get(reverse("verify", args=[code]), **extra)


def test_a_drawn_certificate_is_valid(client, certificate):
    answer = check(client, certificate.code)

    page, honour = answer.content.decode(), certificate.honour
    assert answer.status_code == 200
    assert "✔ 有效" in page
    facts = [certificate.number, honour.organisation_name, honour.kind.name, honour.resolution.number, "2026-07-27"]
    assert [fact for fact in facts if fact not in page] == []
    assert "唯一正确的核验网址" in page


@pytest.mark.parametrize("spelling", ["lower", "blanks", "full width", "letters for digits"])
def test_a_code_is_found_however_it_is_typed(client, certificate, spelling):
    code = certificate.code
    typed = {
        "lower": code.lower(),
        "blanks": f" {code[:4]} {code[4:9]}-{code[9:]} ",
        "full width": "".join(chr(ord(c) + 0xFEE0) for c in code),
        "letters for digits": code.replace("0", "O").replace("1", "I"),
    }[spelling]

    answer = client.get(reverse("verify_form"), {"code": typed}, follow=True)

    assert answer.redirect_chain == [(reverse("verify", args=[code]), 302)]
    assert "✔ 有效" in answer.content.decode()


def test_a_revoked_honour_is_said_so_with_the_day(client, certificate):
    Honour.objects.update(revoked_on=date(2026, 9, 1))

    page = check(client, certificate.code).content.decode()

    assert "✖ 已撤销" in page
    assert "2026年9月1日" in page
    assert "✔ 有效" not in page


def test_a_rehearsal_certificate_proves_nothing(client, certificate):
    Honour.objects.update(is_rehearsal=True)

    assert "演练证书，不作获奖证明" in check(client, certificate.code).content.decode()


def test_unknown_malformed_and_undrawn_codes_look_alike(client, certificate):
    Certificate.objects.filter(pk=certificate.pk).update(state="queued")
    codes = [certificate.code, "0" * 26, "不是核验码", "'; DROP TABLE", "x" * 500]

    with clock.at(given.AFTER_NOTICE):
        answers = [check(client, code) for code in codes]

    pages = {answer.content for answer in answers}
    assert [answer.status_code for answer in answers] == [404] * 5
    assert len(pages) == 1
    assert "？未查到" in pages.pop().decode()


def test_an_empty_code_is_asked_for_again(client):
    for typed in ("", "　", "---"):
        page = client.get(reverse("verify_form"), {"code": typed}).content.decode()

        assert "有 1 处需要修改" in page


def test_after_thirty_checks_in_a_minute_the_address_waits(client, certificate):
    with clock.at(given.AFTER_NOTICE):
        statuses = [check(client, certificate.code).status_code for _ in range(30)]
        waiting = check(client, certificate.code)
        elsewhere = check(client, certificate.code, REMOTE_ADDR="203.0.113.9")
    with clock.at(given.AFTER_NOTICE + timedelta(minutes=1)):
        later = check(client, certificate.code)

    assert statuses == [200] * 30
    assert (waiting.status_code, waiting["Retry-After"]) == (429, "60")
    assert "请一分钟后再试" in waiting.content.decode()
    assert certificate.number not in waiting.content.decode()
    assert (elsewhere.status_code, later.status_code) == (200, 200)


def test_the_answer_is_not_kept_by_browsers_or_proxies(client, certificate):
    assert "no-store" in check(client, certificate.code)["Cache-Control"]


def test_a_check_changes_nothing_and_takes_no_post(client, certificate):
    assert client.post(reverse("verify", args=[certificate.code])).status_code == 405
    assert client.post(reverse("verify_form")).status_code == 405
