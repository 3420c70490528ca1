"""The printed dossier and receipt: drawn once for each content; the stamped page goes back to just that content."""

import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from hypothesis import given as assume
from hypothesis import strategies

from awards.applications import actions as applying
from awards.applications import book, paper_actions, stamping, tasks
from awards.applications.admin import wants_book
from awards.applications.dossier import problems
from awards.applications.queries import dossier_of, present_content, submitted_dossier
from awards.models import Application, EditionRule, Printout, StampedScan
from awards.workflow import WrongState
from enterprises.files.tasks import draw_pages
from enterprises.models import AuditEvent, User
from foshan_quality.lib import clock, drawing
from foshan_quality.permissions import Relation
from tests import given
from tests.desk import office, press, record_url
from tests.enterprises.files import corpus
from tests.steps import no_trace, refused, refused_by

LATER = given.SPRING + timedelta(hours=2)


def url(name, record, *args):
    return reverse(name, args=[record.pk, *args])


def drawn(printout):
    tasks.draw_printout(printout.pk)
    printout.refresh_from_db()
    return printout


def pages_of(printout):
    """The words on each page of a drawn paper."""
    pdf = pypdfium2.PdfDocument(Path(printout.pdf.path))
    return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in pdf]


def code_now(draft):
    return stamping.code_of(present_content(draft)[1])


# --- the code -----------------------------------------------------------------------------------------


@assume(strategies.binary(min_size=32, max_size=32))
def test_a_code_is_read_as_it_was_printed_however_it_is_copied(raw):
    code = stamping.code_of(raw.hex())

    assert stamping.codes_in(f"核对码 {code}\n") == {code}
    assert stamping.tidy(code.lower().replace("-", " ")) == stamping.tidy(code)
    assert stamping.tidy(code.replace("0", "o").replace("1", "i")) == stamping.tidy(code)


def test_two_contents_have_two_codes():
    assert stamping.code_of("a" * 64) != stamping.code_of("a" * 63 + "b")


def test_a_scan_is_judged_by_the_typed_code_and_by_what_is_printed_in_it():
    now, before, other = "1" * 64, "2" * 64, "3" * 64
    codes = {digest: stamping.code_of(digest) for digest in (now, before, other)}
    printed = {before: given.SPRING}

    def said(typed, read=()):
        return [(p.where, p.text) for p in stamping.what_is_wrong(typed, set(read), now, printed)]

    assert said(codes[now].lower()) == []
    assert said(codes[now], [codes[now], codes[other]]) == []
    [(_where, text)] = said(codes[before])
    assert text.startswith("与当前内容不一致：这个核对码是 2026-03-18 10:00 那一稿的，之后内容改过。没有保存。")
    [(_where, text)] = said("乱填")
    assert "请先核对是否抄错" in text
    [(where, text)] = said(codes[now], [codes[before]])
    assert (where, codes[before] in text) == ("file", True)


# --- the book -----------------------------------------------------------------------------------------


def test_the_book_of_a_draft_is_a_specimen_with_contents_numbered_pages_and_its_digest_on_each(draft, owner):
    printout = drawn(paper_actions.request_book(draft, by=owner))

    pages, content = pages_of(printout), present_content(draft)[1]
    assert (printout.state, printout.is_specimen, printout.pages) == ("drawn", True, len(pages))
    assert all(content in page for page in pages)
    assert all(stamping.code_of(content) in page for page in pages)
    assert [f"第{n}页/共{len(pages)}页" in page for n, page in enumerate(pages, 1)] == [True] * len(pages)
    assert all("样张" in page for page in pages)
    assert f"签章页{len(pages)}" in pages[1].replace(".", "")
    assert draft.organisation.name in pages[2]


def test_an_answer_is_laid_out_with_its_table_and_picture_on_the_page_and_in_the_book(client, draft, owner):
    curve = given.upload("曲线.png", corpus.drawn_picture("PNG", (321, 123)))
    applying.add_document(draft, by=owner, kind="evidence", upload=curve)
    text = "# 小标题\n<b>正文</b>\n- 一项\n指标\t2025\n合格率\t99\n[图：曲线.png]\n[图：别的.png]"
    applying.save_answers(draft, by=owner, texts={"4.1.2": text})
    client.force_login(owner)

    page = client.get(url("application_check", draft)).content.decode()
    printout = drawn(paper_actions.request_book(draft, by=owner))

    shown = draft.documents.get(file__name="曲线.png")
    told = ["小标题</h4>", "&lt;b&gt;正文&lt;/b&gt;", "<li>一项</li>", "<td>合格率</td><td>99</td>", "没有这份图片"]
    assert [part for part in [*told, url("document_picture", shown, 1)] if part not in page] == []
    with pikepdf.open(io.BytesIO(printout.pdf.read())) as pdf:
        sizes = {(int(part.Width), int(part.Height)) for part in pdf.objects if is_picture(part)}
    assert sizes == {(321, 123)}


def is_picture(part):
    return isinstance(part, pikepdf.Stream) and part.get("/Subtype") == "/Image"


def test_every_font_of_the_book_is_embedded(draft, owner):
    printout = drawn(paper_actions.request_book(draft, by=owner))

    with pikepdf.open(io.BytesIO(printout.pdf.read())) as pdf:
        descriptors = [
            o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
    assert descriptors
    assert all(o.keys() & {"/FontFile", "/FontFile2", "/FontFile3"} for o in descriptors)


def test_the_same_content_is_drawn_once_and_another_anew(draft, owner):
    first = drawn(paper_actions.request_book(draft, by=owner))
    again = paper_actions.request_book(draft, by=owner)
    applying.save_answers(draft, by=owner, texts={"overview": "改过的概述"})
    changed = paper_actions.request_book(draft, by=owner)

    assert (again.pk, again.state) == (first.pk, "drawn")
    assert (changed.pk != first.pk, changed.state) == (True, "queued")
    assert AuditEvent.objects.filter(verb="request_printout").count() == 2


def test_a_draft_that_goes_on_changes_nothing_in_the_book_under_way(draft, owner):
    printout = paper_actions.request_book(draft, by=owner)
    applying.save_answers(draft, by=owner, texts={"overview": "后来改的概述"})

    assert "后来改的概述" not in "".join(pages_of(drawn(printout)))


def test_a_second_book_waits_for_the_first(draft, owner):
    paper_actions.request_book(draft, by=owner)
    applying.save_answers(draft, by=owner, texts={"overview": "改"})

    with refused("上一份申报书还在生成，请等它完成后再生成新的。没有重复生成。", untouched=[draft]):
        paper_actions.request_book(draft, by=owner)


def test_after_handing_in_the_book_is_the_frozen_content_without_a_specimen_mark(submitted, owner):
    printout = drawn(paper_actions.request_book(submitted, by=owner))

    pages = pages_of(printout)
    assert (printout.is_specimen, printout.digest) == (False, submitted_dossier(submitted).digest)
    assert not any("样张" in page for page in pages)
    assert submitted.number in pages[0]


def test_characters_no_font_has_are_printed_as_their_codes(draft, owner):
    applying.save_answers(draft, by=owner, texts={"overview": "领先😀企业"})

    words = "".join(pages_of(drawn(paper_actions.request_book(draft, by=owner))))

    assert "领先［U+1F600］企业" in words
    assert book.printable("质量\n第一") == "质量\n第一"


def test_a_book_that_kills_its_worker_is_parked_with_a_reason_and_can_be_tried_again(draft, owner):
    printout = paper_actions.request_book(draft, by=owner)
    Printout.objects.update(attempts=drawing.MAX_ATTEMPTS)

    parked = drawn(printout)
    state, problem = parked.state, parked.problem
    paper_actions.retry(parked, by=owner)

    assert (state, problem) == ("parked", "试了 5 次都没有完成。请稍后重试；仍不行请联系秘书处。")
    assert drawn(printout).state == "drawn"


def test_drawn_twice_it_is_kept_once(draft, owner):
    printout = drawn(paper_actions.request_book(draft, by=owner))
    path = printout.pdf.name

    with no_trace(printout):
        tasks.draw_printout(printout.pk)
    with no_trace(printout), pytest.raises(WrongState):
        paper_actions.draw(printout, by=User.objects.robot())

    assert drawn(printout).pdf.name == path


def test_the_sweep_wakes_what_a_lost_message_left_behind(draft, owner, monkeypatch, settings):
    printout, woken = paper_actions.request_book(draft, by=owner), []
    monkeypatch.setattr(tasks.draw_printout, "delay", woken.append)

    tasks.sweep()

    assert woken == [printout.pk]
    assert settings.CELERY_BEAT_SCHEDULE["sweep-printouts"]["task"] == tasks.sweep.name


def test_strangers_and_staff_ask_for_no_specimen(draft, stranger):
    with no_trace(draft), pytest.raises(PermissionDenied):
        paper_actions.request_book(draft, by=stranger)


def test_the_page_shows_how_far_the_book_is_and_then_the_file(client, draft, owner):
    client.force_login(owner)
    before = client.get(url("application_book", draft)).content.decode()
    waiting = client.post(url("application_book", draft), follow=True).content.decode()
    printout = drawn(draft.printouts.get())
    ready = client.get(url("application_book", draft)).content.decode()
    file = client.get(url("printout_download", printout))

    assert "生成申报书（PDF）" in before
    assert "前面还有 0 份" in waiting
    assert f"{printout.pages} 页" in ready
    assert (file["Content-Type"], file["Cache-Control"]) == ("application/pdf", "private, no-store")


def test_staff_read_the_final_book_with_a_trace_and_never_a_specimen(client, draft, owner, secretary):
    specimen = drawn(paper_actions.request_book(draft, by=owner))
    final = drawn(paper_actions.request_book(given.submitted(draft), by=owner))
    client.force_login(secretary)

    statuses = [client.get(url("printout_download", printout)).status_code for printout in (specimen, final)]

    assert statuses == [404, 200]
    assert AuditEvent.objects.filter(verb="read_dossier", note="申报书").count() == 1


def test_of_a_returned_dossier_staff_have_what_was_handed_in_printed_and_not_what_is_being_mended(
    submitted, owner, secretary
):
    handed_in = submitted.snapshots.get().digest
    given.returned(submitted, by=secretary)
    with clock.at(LATER):
        applying.save_answers(submitted, by=owner, texts={"overview": "补正以后的概述。"})

    press(secretary, submitted, "request_final_book")

    book = submitted.printouts.get()
    assert (book.digest, book.is_specimen, wants_book(submitted)) == (handed_in, False, False)
    drawn(book)
    page = office(secretary).get(record_url(submitted)).content.decode()
    assert f'href="{url("printout_download", book)}"' in page


# --- the receipt --------------------------------------------------------------------------------------


def test_the_receipt_carries_number_server_time_and_digest_on_one_page(submitted, owner):
    printout = drawn(paper_actions.request_receipt(submitted, by=owner))

    [page] = pages_of(printout)
    assert submitted.number in page
    assert "2026-03-1810:00:00（服务器北京时间）" in page
    assert submitted_dossier(submitted).digest in page


def test_each_submission_has_its_own_receipt(submitted, owner, secretary):
    first = paper_actions.request_receipt(submitted, by=owner)
    drawn(first)
    again = paper_actions.request_receipt(submitted, by=owner)
    returned = given.returned(submitted, by=secretary)
    with clock.at(LATER):
        second = paper_actions.request_receipt(applying.submit(returned, by=owner), by=owner)

    assert (again.pk, second.pk == first.pk) == (first.pk, False)


def test_there_is_no_receipt_before_handing_in(draft, owner):
    with refused("申报还没有提交，没有回执。", untouched=[draft]):
        paper_actions.request_receipt(draft, by=owner)


def test_the_receipt_page_offers_the_file(client, submitted, owner):
    client.force_login(owner)
    client.post(url("application_receipt_print", submitted))
    printout = drawn(submitted.printouts.get())

    assert url("printout_download", printout) in client.get(url("application_receipt", submitted)).content.decode()


# --- the stamped page -----------------------------------------------------------------------------------


@pytest.fixture
def asking(draft):
    """A draft in an edition that asks for the stamped scan."""
    EditionRule.objects.filter(edition=draft.edition, key="stamped_scan_required").update(value="是")
    return Application.objects.get(pk=draft.pk)


def scan(draft, owner, code=None, **file):
    upload = given.upload(file.get("name", "签章页.jpg"), file.get("content", corpus.drawn_picture("JPEG")))
    return paper_actions.upload_scan(draft, by=owner, code=code or code_now(draft), upload=upload)


def what_is_missing(draft):
    return [(p.code, p.where) for p in problems(dossier_of(draft), given.SPRING.date())]


def test_where_the_edition_asks_for_it_nothing_is_handed_in_without_the_stamped_page(asking, owner):
    with refused("missing", untouched=[asking]):
        applying.submit(asking, by=owner)

    scan(asking, owner)

    assert applying.submit(asking, by=owner).number


def test_where_it_is_not_asked_for_nothing_is_missing(draft):
    assert what_is_missing(draft) == []


def test_a_change_after_printing_makes_the_stamped_page_that_of_another_content(asking, owner):
    old = code_now(asking)
    paper_actions.request_book(asking, by=owner)
    scan(asking, owner)
    applying.save_answers(asking, by=owner, texts={"overview": "打印后改的"})

    assert what_is_missing(asking) == [("scan_differs", "stamped")]
    with refused("scan_differs", untouched=[asking]):
        scan(asking, owner, code=old)
    scan(asking, owner)
    assert what_is_missing(asking) == []


def test_a_stamped_page_does_not_change_the_digest_it_is_matched_to(draft, owner):
    before = present_content(draft)[1]

    scan(draft, owner)

    assert present_content(draft)[1] == before


def test_a_printed_code_in_the_file_is_read_and_must_be_the_present_one(draft, owner, settings):
    early = Path(drawn(paper_actions.request_book(draft, by=owner)).pdf.path).read_bytes()
    applying.save_answers(draft, by=owner, texts={"overview": "改"})
    files = sorted(settings.MEDIA_ROOT.rglob("files/**/*"))

    with refused("scan_differs", untouched=[draft]):
        scan(draft, owner, name="签章页.pdf", content=early)
    assert sorted(settings.MEDIA_ROOT.rglob("files/**/*")) == files

    late = Path(drawn(paper_actions.request_book(draft, by=owner)).pdf.path).read_bytes()
    kept = scan(draft, owner, name="签章页.pdf", content=late)
    assert AuditEvent.objects.get(verb="upload_stamped_scan").details["code_read"] == [stamping.code_of(kept.digest)]


def test_a_new_stamped_page_takes_the_place_of_the_last(draft, owner):
    first, second = scan(draft, owner), scan(draft, owner)

    assert list(draft.stamped_scans.filter(removed_at=None)) == [second]
    paper_actions.remove_scan(second, by=owner)
    with no_trace(second):
        paper_actions.remove_scan(second, by=owner)
    assert list(draft.stamped_scans.filter(removed_at=None)) == []
    assert StampedScan.objects.filter(pk__in=[first.pk, second.pk]).count() == 2


def test_a_file_that_is_no_paper_is_refused_like_any_other(draft, owner):
    with refused("file", untouched=[draft]):
        scan(draft, owner, name="签章页.pdf", content=b"MZ" * 50)


def test_readers_bring_no_stamped_page_and_after_handing_in_nobody(draft, owner, organisation):
    reader, kept = given.colleague_of(organisation, Relation.READER), scan(draft, owner)
    with no_trace(draft), pytest.raises(PermissionDenied):
        scan(draft, reader)
    submitted = given.submitted(draft)

    with no_trace(submitted), pytest.raises(WrongState):
        scan(submitted, owner)
    with no_trace(kept), pytest.raises(WrongState):
        paper_actions.remove_scan(kept, by=owner)


def test_the_page_takes_the_scan_and_says_what_to_do_when_it_differs(client, draft, owner):
    client.force_login(owner)
    address = url("application_stamped", draft)

    def send(code):
        file = given.upload("签章页.jpg", corpus.drawn_picture("JPEG"))
        return client.post(address, {"code": code, "file": file}, follow=True).content.decode()

    wrong, right = send("0000-0000-0000"), send(code_now(draft))
    applying.save_answers(draft, by=owner, texts={"overview": "改"})
    later = client.get(address).content.decode()
    client.post(url("scan_remove", draft, draft.stamped_scans.get().pk))

    assert "请先核对是否抄错" in wrong
    assert "已上传盖章扫描件，核对码与当前内容一致。" in right
    assert "打印之后内容改过，这份扫描件不能用于提交。" in later
    assert not draft.stamped_scans.filter(removed_at=None).exists()


def test_the_code_comes_along_when_the_printed_square_is_scanned(client, draft, owner):
    client.force_login(owner)

    page = client.get(url("application_stamped", draft), {"code": "7K3M-9QXF-2H4T"}).content.decode()

    assert 'value="7K3M-9QXF-2H4T"' in page


def test_staff_find_the_stamped_page_with_what_was_handed_in(client, draft, owner, secretary, stranger):
    kept = scan(draft, owner)
    address = url("scan_download", kept)
    client.force_login(secretary)
    before = client.get(address).status_code
    submitted = given.submitted(draft)

    statuses = []
    for user in (secretary, stranger, owner):
        client.force_login(user)
        statuses.append(client.get(address).status_code)

    draw_pages(kept.file.page_set.pk)
    leaf = client.get(reverse("scan_pages", args=[kept.pk, 1])).content.decode()
    picture = client.get(reverse("scan_picture", args=[kept.pk, 1]))
    assert (before, statuses) == (404, [200, 404, 200])
    assert reverse("scan_picture", args=[kept.pk, 1]) in leaf
    assert picture["Content-Type"] == "image/webp"
    assert submitted_dossier(submitted).scan == (kept.pk, "签章页.jpg")


# --- what the database promises -------------------------------------------------------------------------


def test_the_database_refuses_half_told_papers(draft, owner):
    printout, kept = paper_actions.request_book(draft, by=owner), scan(draft, owner)
    same = {"application": draft, "kind": "book", "digest": printout.digest, "is_specimen": True, "content": "{}"}

    with refused_by("one_printout_for_each_content"):
        Printout.objects.create(requested_by=owner, **same)
    with refused_by("printout_drawn_with_file"):
        Printout.objects.update(state="drawn")
    with refused_by("printout_parked_with_reason"):
        Printout.objects.update(state="parked")
    with refused_by("scan_removed_at_and_by"):
        StampedScan.objects.filter(pk=kept.pk).update(removed_at=given.SPRING)


def test_the_content_of_a_printout_is_the_frozen_form_its_digest_is_of(draft, owner):
    printout = paper_actions.request_book(draft, by=owner)

    assert json.loads(printout.content)["organisation"]["name"] == draft.organisation.name
    assert (printout.content, printout.digest, True) == present_content(draft)
