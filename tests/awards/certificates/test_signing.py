"""A certificate's file is signed, and a changed one is told from the issued one. No database."""

import io
import multiprocessing
import os
import random
import shutil
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import cache

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import pkcs12
from django.conf import settings as portal_settings
from django.core.exceptions import ImproperlyConfigured
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from awards.certificates import rendering, signing

CODE = "7K3M9QXF7K3M9QXF7K3M9QXF7K"
MOMENT = datetime(2026, 8, 3, 2, 30, tzinfo=UTC)
WORDING = rendering.Wording(
    title="荣誉证书",
    opening="依据佛府〔2026〕18号文件，授予",
    middle="第七届（2026年）",
    honour="佛山市政府质量奖",
    issuer="佛山市人民政府",
    date="2026年7月27日",
    note="用印处　未加盖印章无效",
    is_rehearsal=False,
    is_demo_key=False,
)


@cache
def drawn():
    return rendering.draw(
        rendering.Face(
            wording=WORDING,
            number="佛质奖证字〔2026〕第3号",
            organisation="佛山市试样机械有限公司",
            verify_url=f"https://quality.example/verify/{CODE}/",
            verify_code=CODE,
        )
    )


def sign(pdf=None):
    return signing.sign(pdf or drawn(), reason=f"签发证书，核验码 {CODE}", moment=MOMENT)


@cache
def signed():
    return sign()


def place(pdf):
    """Where in the file the signature itself stands."""
    found = signing.SIGNATURE_TEXT.search(pdf)
    return found.start(), found.end()


# --- pyHanko's own opinion ----------------------------------------------------------------------------


def opinion(pdf):
    ours = asn1_x509.Certificate.load(signing.key().certificates[0])
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[ours], allow_fetching=False))


def is_accepted_by_pyhanko(pdf):
    try:
        return opinion(pdf).bottom_line
    except Exception:  # a reader that cannot read the file does not accept it
        return False


def test_a_signed_certificate_is_accepted_by_us_and_by_pyhanko():
    status = opinion(signed())

    assert signing.judge(signed()) == signing.Verdict(is_ours=True, is_intact=True, code=CODE)
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    assert status.docmdp_ok
    assert status.signer_reported_dt == MOMENT


def test_it_is_a_pades_signature_that_certifies_the_file_and_allows_no_change():
    (signature,) = PdfFileReader(io.BytesIO(signed())).embedded_signatures

    attributes = [each["type"].native for each in signature.signer_info["signed_attrs"]]
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.docmdp_level == MDPPerm.NO_CHANGES
    assert sorted(attributes) == ["content_type", "message_digest", "signing_certificate_v2"]


def test_signing_only_adds_to_the_drawn_file_and_shows_no_seal():
    with pikepdf.open(io.BytesIO(signed())) as file, pikepdf.open(io.BytesIO(drawn())) as before:
        (field,) = file.pages[0].Annots
        assert signed().startswith(drawn())
        assert [float(n) for n in field.Rect] == [0, 0, 0, 0]
        assert "/AP" not in field
        assert file.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert dict(file.docinfo) == dict(before.docinfo)


def test_what_makes_it_an_archival_file_survives_signing():
    with pikepdf.open(io.BytesIO(signed())) as file:
        (field,) = file.pages[0].Annots
        description = file.Root.Metadata.read_bytes()
        assert (b"pdfaid:part>3<" in description) or (b'pdfaid:part="3"' in description)
        assert file.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert int(field.F) & 0b100111 == 0b100  # printed; not invisible, hidden, out of view
        assert "/XFA" not in file.Root.AcroForm
        assert "/NeedAppearances" not in file.Root.AcroForm


# --- 200 changed files --------------------------------------------------------------------------------


def flipped(dice):
    """One byte of the signed content is another."""
    pdf, (start, end) = bytearray(signed()), place(signed())
    at = dice.choice([dice.randrange(start), dice.randrange(end, len(pdf))])
    pdf[at] ^= dice.randrange(1, 256)
    return bytes(pdf)


def with_a_page_more(dice):
    with pikepdf.open(io.BytesIO(signed())) as file:
        file.add_blank_page(page_size=(100 + 700 * dice.random(), 595))
        return saved(file)


def with_another_title(dice):
    with pikepdf.open(io.BytesIO(signed())) as file:
        file.docinfo["/Title"] = f"获奖证书第{dice.random()}号"
        return saved(file)


def saved(file):
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def with_a_text_over_it(dice):
    """An incremental update: the signed bytes stay, one more line is printed over the page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(signed()))
    line = f"q 1 0 0 1 {dice.randrange(600)} {dice.randrange(500)} cm 0 0 90 12 re f Q".encode()
    page, _ = writer.find_page_for_modification(0)
    page = page.get_object()
    page["/Contents"] = generic.ArrayObject(
        [*page["/Contents"], writer.add_object(generic.StreamObject(stream_data=line))]
    )
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


CHANGES = [flipped, with_a_page_more, with_another_title, with_a_text_over_it]


@pytest.mark.parametrize("change", CHANGES)
def test_fifty_files_changed_in_one_way_are_all_refused(change):
    dice = random.Random(change.__name__)
    changed = [change(dice) for _ in range(50)]

    assert len(set(changed)) == 50
    assert [signing.judge(pdf).is_intact for pdf in changed] == [False] * 50
    assert [signing.digest(pdf) == signing.digest(signed()) for pdf in changed] == [False] * 50
    assert [is_accepted_by_pyhanko(pdf) for pdf in changed] == [False] * 50


@pytest.mark.parametrize("change", CHANGES[1:])
def test_a_changed_file_is_still_known_as_once_ours(change):
    assert signing.judge(change(random.Random(1))) == signing.Verdict(is_ours=True, is_intact=False)


def test_our_signature_moved_elsewhere_in_the_same_bytes_is_no_longer_intact():
    start, end = place(signed())
    around, signature = signed()[:start] + signed()[end:], signed()[start:end]

    moved = around[:1000] + signature + around[1000:]

    assert signing.judge(moved) == signing.Verdict(is_ours=True, is_intact=False)


def test_our_signature_copied_into_another_file_makes_it_no_certificate():
    start, end = place(signed())

    assert signing.judge(b"%PDF-1.7 forged " + signed()[start:end]).is_intact is False


def test_files_without_our_signature_are_not_ours(settings, tmp_path):
    settings.SIGNING_KEY_FILE = str(pkcs12_file(tmp_path / "other.p12"))
    elsewhere = sign()
    settings.SIGNING_KEY_FILE = ""

    foreign = [drawn(), elsewhere, b"", b"not a PDF", b"%PDF-1.7", b"<30" + b"00" * 900 + b">"]
    assert [signing.judge(pdf) for pdf in foreign] == [signing.Verdict(is_ours=False)] * 6


def test_a_hostile_file_costs_no_time():
    megabyte = 1024 * 1024
    hostile = [
        b"<30" * (5 * megabyte // 3),
        b"<30" + b"0" * 5 * megabyte,
        b"/ByteRange [0 " * (5 * megabyte // 14),
        (b"<" + b"3080" * 9000 + b">") * 140,
        signed() + b" " * 5 * megabyte,
    ]

    before = time.process_time()
    verdicts = [signing.judge(pdf).is_intact for pdf in hostile]

    assert verdicts == [False] * 5
    assert time.process_time() - before < 5


# --- keys ---------------------------------------------------------------------------------------------


def pkcs12_file(
    file, *, private=None, password=b"", others=None, first=datetime(2026, 1, 1), last=datetime(2030, 1, 1)
):
    private = private or ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "测试签名")])
    certificate = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number(), first, last)
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(private, None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    file.write_bytes(pkcs12.serialize_key_and_certificates(b"test", private, certificate, others, lock))
    return file


def test_a_key_from_the_setting_signs(settings, tmp_path):
    settings.SIGNING_KEY_FILE = str(pkcs12_file(tmp_path / "key.p12", password="口令".encode()))
    settings.SIGNING_KEY_PASSWORD = "口令"

    pdf = sign()

    assert signing.judge(pdf).is_intact
    assert opinion(pdf).bottom_line
    assert signing.key() is signing.key()


def test_after_a_change_of_keys_files_of_the_former_key_are_still_known(settings, tmp_path):
    settings.SIGNING_KEY_FILE = str(pkcs12_file(tmp_path / "old.p12"))
    pdf, former = sign(), signing.key().certificate

    settings.SIGNING_KEY_FILE = str(pkcs12_file(tmp_path / "new.p12", others=[former]))

    assert signing.judge(pdf).is_intact
    assert signing.judge(sign()).is_intact


def broken_keys(folder):
    (folder / "text.p12").write_text("not a key")
    return {
        folder / "absent.p12": "读不到签名密钥",
        folder / "text.p12": "打不开签名密钥",
        pkcs12_file(folder / "locked.p12", password=b"secret"): "打不开签名密钥",
        pkcs12_file(folder / "kind.p12", private=ed25519.Ed25519PrivateKey.generate()): "须有一把 RSA 或 ECDSA 私钥",
        pkcs12_file(folder / "expired.p12", last=datetime(2026, 2, 1)): "签名证书有效期为 2026-01-01 至 2026-02-01",
    }


def test_a_key_that_cannot_sign_is_refused_with_what_to_do(settings, tmp_path):
    for file, words in broken_keys(tmp_path).items():
        settings.SIGNING_KEY_FILE = str(file)

        with pytest.raises(ImproperlyConfigured, match=words):
            sign()


def test_production_does_not_start_without_a_key():
    needed = {
        "PORTAL": "production",
        "SECRET_KEY": "x" * 60,
        "ALLOWED_HOSTS": "quality.example",
        "SITE_URL": "https://quality.example",
        "ACCOUNT_KEYS": Fernet.generate_key().decode(),
    }
    start = [sys.executable, "-c", "import foshan_quality.settings"]

    def attempt(**more):
        environment = os.environ | needed | more
        return subprocess.run(start, cwd=portal_settings.BASE_DIR, env=environment, capture_output=True, text=True)

    refused, started = attempt(SIGNING_KEY_FILE=""), attempt(SIGNING_KEY_FILE="/etc/quality/signing.p12")

    assert "缺少环境变量 SIGNING_KEY_FILE" in refused.stderr
    assert (refused.returncode, started.returncode) == (1, 0)


# --- the throw-away key -------------------------------------------------------------------------------


def test_the_throw_away_key_says_what_it_is_and_is_readable_by_its_owner_alone(tmp_path):
    file = signing.make_demo_key(tmp_path / "signing" / "demo.p12")

    _, certificate, _ = pkcs12.load_key_and_certificates(file.read_bytes(), None)
    assert certificate.subject.rfc4514_string() == "CN=演示用密钥，不具法律效力"
    assert [stat.S_IMODE(each.stat().st_mode) for each in (file, file.parent)] == [0o600, 0o700]
    assert list(file.parent.iterdir()) == [file]


def make_and_read(file, start, seen):
    start.wait()
    seen.put(signing.make_demo_key(file).read_bytes())


def test_two_processes_that_start_at_once_share_one_key(tmp_path):
    fork = multiprocessing.get_context("fork")
    start, seen = fork.Barrier(2), fork.Queue()
    both = [fork.Process(target=make_and_read, args=(tmp_path / "demo.p12", start, seen)) for _ in range(2)]

    for process in both:
        process.start()
    keys = {seen.get(timeout=30), seen.get(timeout=30)}
    for process in both:
        process.join()

    assert keys == {(tmp_path / "demo.p12").read_bytes()}


def overtaken(file, monkeypatch):
    """Make a key while another process makes one, a moment faster. The faster one's key, and the one that stays."""
    make, rival = signing._demo_pkcs12, []

    def make_slowly():
        monkeypatch.setattr(signing, "_demo_pkcs12", make)
        rival.append(signing.make_demo_key(file).read_bytes())
        return make()

    monkeypatch.setattr(signing, "_demo_pkcs12", make_slowly)
    signing.make_demo_key(file)
    return rival[0], file.read_bytes()


def test_a_key_made_meanwhile_stays(tmp_path, monkeypatch):
    faster, stays = overtaken(tmp_path / "demo.p12", monkeypatch)

    assert faster == stays


def test_without_the_link_a_key_made_meanwhile_would_be_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(signing.os, "link", shutil.copyfile)

    faster, stays = overtaken(tmp_path / "demo.p12", monkeypatch)

    assert faster != stays


# --- poppler's opinion --------------------------------------------------------------------------------


def is_accepted_by_pdfsig(folder, pdf):
    """Valid, and over the whole file; only that shows that nothing was added."""
    file = folder / "one.pdf"
    file.write_bytes(pdf)
    said = subprocess.run(["pdfsig", "-nocert", str(file)], capture_output=True, text=True).stdout
    return said.count("Signature is Valid.") == said.count("Total document signed") == said.count("Signature #") == 1


def test_pdfsig_accepts_the_file_and_refuses_changed_ones(tmp_path):
    dice = random.Random("pdfsig")

    assert is_accepted_by_pdfsig(tmp_path, signed())
    assert [is_accepted_by_pdfsig(tmp_path, change(dice)) for change in CHANGES for _ in range(2)] == [False] * 8
