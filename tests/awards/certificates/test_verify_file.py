"""Anyone hands in a PDF and learns whether it is the file that was issued. The file is not kept."""

import random
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from awards.certificates import signing
from awards.models import Certificate, Honour
from foshan_quality.lib import clock
from tests import given
from tests.awards.certificates.granted import certified

pytestmark = pytest.mark.django_db


@pytest.fixture
def certificate():
    return certified()[1]


@pytest.fixture
def issued(certificate):
    return certificate.pdf.read()


def check(client, pdf):
    upload = SimpleUploadedFile("证书.pdf", pdf, "application/pdf")
    return client.post(reverse("verify_file"), {"file": upload})


def answer(client, pdf):
    page = check(client, pdf).content.decode()
    return page.partition('<h1 class="verdict-answer">')[2].partition("</h1>")[0]


def test_the_file_as_issued_is_confirmed_with_its_number(client, certificate, issued):
    page = check(client, issued).content.decode()

    assert "✔ 有效" in page
    assert "文件与签发时一致" in page
    assert certificate.number in page


def test_the_issued_file_is_signed_and_names_its_certificate(certificate, issued):
    assert signing.judge(issued) == signing.Verdict(is_ours=True, is_intact=True, code=certificate.code)
    assert certificate.digest == signing.digest(issued)


def test_a_revoked_honour_is_said_so_though_the_file_is_intact(client, issued):
    Honour.objects.update(revoked_on=date(2026, 9, 1))

    assert answer(client, issued) == "✖ 已撤销"


def test_a_rehearsal_certificate_proves_nothing(client, issued):
    Honour.objects.update(is_rehearsal=True)

    assert answer(client, issued) == "✔ 有效（演练证书，不作获奖证明）"


def test_no_change_of_any_byte_is_confirmed(client, issued):
    dice = random.Random(1)
    for at in dice.sample(range(len(issued)), 25):
        changed = bytearray(issued)
        changed[at] ^= dice.randrange(1, 256)

        assert answer(client, bytes(changed)) in {"✖ 不是签发的文件（内容有改动）", "？未查到"}


def test_a_file_with_something_added_is_a_changed_one(client, issued):
    assert answer(client, issued + b"\n") == "✖ 不是签发的文件（内容有改动）"


def test_a_signed_file_that_is_not_on_record_is_not_confirmed(client, certificate, issued):
    Certificate.objects.update(digest="0" * 64)

    page = check(client, issued).content.decode()

    assert "✖ 不是签发的文件" in page
    assert reverse("verify", args=[certificate.code]) in page


def test_any_other_file_is_not_ours(client):
    for pdf in (given.pdf_bytes(), b"not a PDF at all", b"%PDF-1.7 <3082"):
        assert answer(client, pdf) == "？未查到"


def test_no_file_an_empty_one_and_one_too_large_are_said_so(client):
    missing = client.post(reverse("verify_file")).content.decode()
    empty = check(client, b"").content.decode()
    large = check(client, b"%PDF" + b"0" * signing.MOST_BYTES).content.decode()

    assert "请先选择文件" in missing
    assert "文件是空的" in empty
    assert "文件超过 5 MB" in large


def test_the_file_is_not_kept(client, issued, settings):
    def kept():
        return sorted(path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())

    before = kept()
    check(client, issued)
    check(client, issued + b"\n")

    assert kept() == before


def test_checks_by_file_and_by_code_share_one_limit(client, certificate, issued):
    with clock.at(given.AFTER_NOTICE):
        for _ in range(29):
            client.get(reverse("verify", args=[certificate.code]))
        allowed, refused = check(client, issued), check(client, issued)
    with clock.at(given.AFTER_NOTICE + timedelta(minutes=1)):
        later = check(client, issued)

    assert (allowed.status_code, refused.status_code, later.status_code) == (200, 429, 200)
    assert "请一分钟后再试" in refused.content.decode()


def test_the_page_takes_files_by_post_only(client):
    assert client.get(reverse("verify_file")).status_code == 405


def test_nothing_of_the_file_reaches_the_disk_however_large(client, issued, monkeypatch):
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *args, **kwargs: 1 / 0)
    just_under = issued + b"\n" * (signing.MOST_BYTES - len(issued))

    assert answer(client, just_under) == "✖ 不是签发的文件（内容有改动）"
    assert check(client, b"0" * (signing.MOST_BYTES + 10)).status_code == 200
    assert check(client, b"0" * (signing.MOST_BYTES + 20_000)).status_code == 413


def test_a_form_of_another_site_is_refused(certificate, issued):
    strict = Client(enforce_csrf_checks=True)

    assert check(strict, issued).status_code == 403
