"""Every hostile file is turned away or loses its teeth, soon and without filling the memory."""

import io
import re
import resource
import time
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from enterprises.files import sandbox
from enterprises.files.actions import store, store_pdf
from enterprises.files.checks import REASONS, BadFile
from enterprises.files.kinds import KINDS
from enterprises.models import StoredFile
from tests import given

from . import corpus

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::pikepdf.exceptions.PageCopyWarning")]

ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|OpenAction|AA|A|Launch|URI|GoTo[RE]?|SubmitForm|ImportData|AcroForm|XFA|Annots|Names|Outlines"
    rb"|EmbeddedFiles?|EF|AF|Filespec|Collection|RichMedia\w*|Movie|Sound|Rendition|3DD|Sig|ByteRange"
    rb"|Metadata|Info|Author|Producer|PieceInfo|Ref|OPI|F)(?![\w#])"
)


def inside(content):
    """The whole file spelt out: no packed objects, no compression."""
    out, spread = io.BytesIO(), pikepdf.ObjectStreamMode.disable
    with pikepdf.open(io.BytesIO(content)) as pdf:
        everything = pikepdf.StreamDecodeLevel.all
        pdf.save(out, qdf=True, compress_streams=False, stream_decode_level=everything, object_stream_mode=spread)
    return out.getvalue()


# Seconds of this process; the helper it waits for has its own limit, and other processes of the machine take theirs.
SOON = 5 - sandbox.SECONDS


def memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_the_corpus_is_as_large_as_promised():
    assert len(corpus.REFUSED) + len(corpus.KEPT) >= 60


@pytest.mark.parametrize("name", corpus.REFUSED)
def test_what_cannot_be_taken_is_refused_soon_with_a_reason_and_nothing_is_kept(name, settings):
    make, reasons = corpus.REFUSED[name]
    upload, by = given.upload("材料.pdf", make()), given.person()
    before, began = memory(), time.process_time()

    with pytest.raises(BadFile) as bad:
        store_pdf(upload, by=by)

    assert time.process_time() - began <= SOON
    assert memory() - before < 300 * 1024 * 1024
    assert str(bad.value) in {REASONS[reason].format(max_pages=settings.UPLOAD_MAX_PAGES) for reason in reasons}
    assert not StoredFile.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", corpus.KEPT)
def test_what_is_taken_is_paper_only(name):
    upload, by = given.upload("材料.pdf", corpus.KEPT[name]()), given.person()
    before, began = memory(), time.process_time()

    stored = store_pdf(upload, by=by)

    assert time.process_time() - began <= SOON
    assert memory() - before < 300 * 1024 * 1024
    content = stored.file.read()
    assert content.startswith(b"%PDF-")
    assert corpus.CANARY not in content
    if name != "page_unpacking_to_100_megabytes":
        spelt_out = inside(content)
        assert corpus.CANARY not in spelt_out
        assert ACTIVE.findall(spelt_out) == []


def test_the_watch_for_active_content_sees_it_in_an_uncleaned_file():
    found = [name for name, make in corpus.KEPT.items() if name.startswith("script_") and ACTIVE.search(inside(make()))]

    assert found == [name for name in corpus.KEPT if name.startswith("script_")]


def test_what_could_be_seen_can_still_be_seen():
    stored = store_pdf(given.upload("签章.pdf", corpus.signed()), by=given.person())

    page = inside(stored.file.read())

    assert b"0 0 1 rg 50 50 100 100 re f" in page  # the drawing
    assert b"1 0 0 rg 0 0 50 50 re f" in page  # the seal


def test_the_same_file_is_kept_as_the_same_bytes():
    content, by = corpus.comment_with_its_author(), given.person()

    first, second = (store_pdf(given.upload("甲.pdf", content), by=by) for _ in range(2))

    assert first.digest == second.digest


# --- pictures, Word and Excel -------------------------------------------------------------------------

EVERYTHING = tuple(KINDS)


def shape(reason):
    """The sentence of a reason as a pattern, its gaps open."""
    return re.sub(r"\\{\w+(:\.1f)?\\}|\{\w+(:\.1f)?\}", ".+", re.escape(REASONS[reason]))


def test_the_corpus_of_pictures_and_office_files_is_as_large_as_promised():
    assert len(corpus.OTHER_REFUSED) + len(corpus.OTHER_KEPT) >= 50


@pytest.mark.parametrize("name", corpus.OTHER_REFUSED)
def test_a_picture_or_office_file_that_cannot_be_taken_is_refused_soon_with_a_reason(name, settings):
    make, kind, reasons = corpus.OTHER_REFUSED[name]
    upload, by = given.upload(f"材料{KINDS[kind].suffixes[0]}", make()), given.person()
    before, began = memory(), time.process_time()

    with pytest.raises(BadFile) as bad:
        store(upload, by=by, accepted=EVERYTHING)

    assert time.process_time() - began <= SOON
    assert memory() - before < 300 * 1024 * 1024
    assert [reason for reason in reasons if re.fullmatch(shape(reason), str(bad.value))], str(bad.value)
    assert not StoredFile.objects.exists()
    assert [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", corpus.OTHER_KEPT)
def test_what_is_taken_of_a_picture_or_office_file_is_what_one_sees(name):
    make, kind = corpus.OTHER_KEPT[name]
    upload, by = given.upload(f"材料{KINDS[kind].suffixes[0]}", make()), given.person()
    began = time.process_time()

    stored = store(upload, by=by, accepted=EVERYTHING)

    content = stored.file.read()
    assert time.process_time() - began <= SOON
    assert (stored.kind.key, stored.pages) == (kind, 1 if KINDS[kind].has_pages else None)
    assert content.startswith(KINDS[kind].head)
    assert corpus.CANARY not in content
    assert b"EXIF" not in content.upper()


def test_a_picture_is_turned_as_its_camera_meant_it():
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side

    stored = store(
        given.upload("照片.jpg", corpus.drawn_picture("JPEG", (80, 60), exif=exif)),
        by=given.person(),
        accepted=EVERYTHING,
    )

    assert Image.open(stored.file).size == (60, 80)


def test_a_kind_that_is_not_asked_for_is_refused_by_its_content_whatever_its_name():
    with pytest.raises(BadFile, match="这里只收 JPEG 图片、PNG 图片（按内容判断，不看文件名），没有保存。"):
        store(given.upload("照片.jpg", corpus.plain()), by=given.person(), accepted=("jpeg", "png"))
