"""Anyone checks a certificate: true, revoked or unknown, in one line."""

import io
import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from awards.certificates import listed, queries
from awards.certificates.models import new_code
from awards.models import Certificate, Honour
from foshan_quality.lib import clock
from tests import given
from tests.awards.certificates.granted import certified

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return certified()[1]


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

    answer = client.get(reverse("verify_form"), {"number": certificate.number, "code": typed}, follow=True)

    assert answer.redirect_chain == [(reverse("verify", args=[code], query={"number": certificate.number}), 302)]
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
        page = client.get(reverse("verify_form"), {"number": "7-1", "code": typed}).content.decode()

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


# --- number and code ----------------------------------------------------------------------------------


def ask(client, code, number):
    return client.get(reverse("verify", args=[code]), {"number": number})


@pytest.mark.parametrize(
    "write", [str, str.lower, lambda n: n.replace("〔", "[").replace("〕", "] ").replace("-", "－")]
)
def test_the_number_is_known_however_its_brackets_are_typed(client, certificate, write):
    assert ask(client, certificate.code, write(certificate.number)).status_code == 200


def test_a_wrong_number_and_an_unknown_code_get_one_answer_at_one_cost(client, certificate):
    def asked(code, number):
        with clock.at(given.AFTER_NOTICE), CaptureQueriesContext(connection) as queries:
            answer = ask(client, code, number)
        shapes = [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]  # a cache entry holds the second
        return answer.status_code, answer.content, shapes

    wrong_number = asked(certificate.code, "佛质奖证〔2026〕7-9号")
    unknown_code = asked("0" * 26, certificate.number)

    assert wrong_number == unknown_code
    assert wrong_number[0] == 404
    assert "？未查到" in wrong_number[1].decode()


def test_ten_thousand_guessed_codes_hit_nothing(client, certificate):
    guesses = [new_code() for _ in range(10_000)]
    listed.publish()

    assert queries.drawn().filter(code__in=guesses).count() == 0
    names = listed.read()
    assert [code for code in guesses if names.standing_of(code, certificate.number)] == []
    with clock.at(given.AFTER_NOTICE):
        statuses = [check(client, code).status_code for code in guesses[:60]]
    assert statuses == [404] * 30 + [429] * 30


def test_the_throw_away_key_is_named_on_the_page(client, certificate):
    assert "使用演示密钥，不具法律效力" in check(client, certificate.code).content.decode()


# --- while the database does not answer ---------------------------------------------------------------


def test_while_the_database_is_read_only_the_signed_list_answers_and_says_of_when_it_is(client, certificate):
    with clock.at(given.AFTER_NOTICE):
        call_command("publish_verification_list", stdout=io.StringIO())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")

    with clock.at(given.AFTER_NOTICE + timedelta(hours=2)):
        answer = ask(client, certificate.code, certificate.number)  # from here on every query would fail
        by_qr, unknown, wrong = (
            check(client, certificate.code),
            check(client, "0" * 26),
            ask(client, certificate.code, "9"),
        )

    page = answer.content.decode()
    assert "✔ 有效" in page
    assert f"{localtime(given.AFTER_NOTICE):%Y-%m-%d %H:%M:%S} 的签名核验名单" in page
    assert [each.status_code for each in (answer, by_qr, unknown, wrong)] == [200, 200, 404, 404]
    assert unknown.content == wrong.content


def test_the_list_tells_the_revoked_and_names_nobody(certificate):
    Honour.objects.update(revoked_on=date(2026, 9, 1))

    assert listed.publish() == 1

    text = Path(settings.VERIFICATION_LIST).read_text("utf-8")
    assert listed.read().standing_of(certificate.code, certificate.number) == "revoked"
    Honour.objects.update(revoked_on=None, is_rehearsal=True)
    listed.publish()
    assert listed.read().standing_of(certificate.code) == "rehearsed"
    assert set(json.loads(text)) == {"made_at", "salt", "standings", "proof"}
    assert [fact for fact in (certificate.code, certificate.number, certificate.printed_name) if fact in text] == []


def test_a_list_that_was_changed_is_not_believed(client, certificate, monkeypatch):
    listed.publish()
    path = Path(settings.VERIFICATION_LIST)
    path.write_text(path.read_text("utf-8").replace('"valid"', '"revoked"'), "utf-8")
    monkeypatch.setattr(queries, "found", lambda *args: (_ for _ in ()).throw(OperationalError("away")))

    answer = check(client, certificate.code)

    assert listed.read() is None
    assert (answer.status_code, "暂时不能核验" in answer.content.decode()) == (503, True)


def test_a_file_is_judged_by_its_signature_while_the_database_is_away(client, certificate, monkeypatch):
    listed.publish()
    pdf = certificate.pdf.read()
    monkeypatch.setattr(queries, "drawn", lambda: (_ for _ in ()).throw(OperationalError("away")))

    def verdict(content):
        upload = SimpleUploadedFile("c.pdf", content, "application/pdf")
        page = client.post(reverse("verify_file"), {"file": upload}).content.decode()
        return page.partition('<h1 class="verdict-answer">')[2].partition("</h1>")[0]

    assert [verdict(pdf), verdict(pdf + b"\n"), verdict(b"%PDF-1.7")] == [
        "✔ 有效",
        "✖ 不是签发的文件（内容有改动）",
        "？未查到",
    ]


def test_whoever_is_signed_in_is_answered_like_a_stranger_while_the_database_is_away(client, certificate):
    listed.publish()
    pdf = certificate.pdf.read()
    client.force_login(given.person())

    def away(execute, *args):
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        asked = client.get(reverse("verify_form"))
        answered = check(client, certificate.code)
        compared = client.post(reverse("verify_file"), {"file": SimpleUploadedFile("c.pdf", pdf, "application/pdf")})
        nothing = client.post(reverse("verify_file"), {})

    pages = [page.content.decode() for page in (asked, answered, compared, nothing)]
    assert [page.status_code for page in (asked, answered, compared, nothing)] == [200] * 4
    assert ["csrfmiddlewaretoken" in page for page in (pages[0], pages[3])] == [True, True]
    assert ["✔ 有效" in page for page in pages] == [False, True, True, False]
    assert "请先选择文件，再点核验。" in pages[3]
    assert client.session.session_key  # and stays signed in
