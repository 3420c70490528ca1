"""Certificates by the batch: drawn, signed, stored and told to the winner by two worker processes.

Beside them the naive way, a loop in one process with a fresh font configuration and the ornament drawn each time; and
what a compiled typesetter takes for the same page, as a limit no Python program gets past. Neither of those signs or
stores anything.
"""

import re
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import segno
from django.template.loader import render_to_string
from django.urls import reverse
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from awards.certificates import actions as certifying
from awards.certificates import rendering
from awards.models import Certificate, Edition, Honour, Resolution
from awards.rehearsal.workers import worker
from foshan_quality.lib import clock, printing

from .load import BARE, percentile, spans
from .measures import timed
from .rows import Row
from .served import Browser

WARM, BATCH = 80, 300
NAIVE, LIMIT = 6, 40
NO_TYPST = (
    "缺少 typst，certificates.ratio_limit 没有测。安装：.venv/bin/pip install -r awards/benchmarks/requirements.txt"
)
WORDING = rendering.Wording(
    title="荣誉证书",
    opening="依据演府〔2026〕1号文件，授予",
    middle="第七届（2026年）",
    honour="佛山市政府质量奖",
    issuer="佛山市人民政府",
    date="2026年8月20日",
    note="用印处　未加盖印章无效",
    is_rehearsal=True,
    is_demo_key=True,
)


def certificates(town, server):
    """A batch of 300 on warm workers, then verification of what it made."""
    edition = honoured(town, WARM + BATCH)
    with worker():
        batch(town, edition, WARM)
        before = peak_of_workers()
        rate = BATCH * 60 / batch(town, edition, BATCH)
        peak = peak_of_workers()
    naive = 60_000 / median(timed(naive_page, NAIVE))
    yield warm_row()
    yield Row.beside("certificates.per_minute", "张", rate, 600, BATCH)
    yield Row.beside("certificates.ratio_naive", "张", rate, naive, NAIVE)
    if (limit := typst_rate()) is None:
        print(NO_TYPST)  # noqa: T201  the bench says what it could not measure
    else:
        yield Row.beside("certificates.ratio_limit", "张", rate, limit, LIMIT)
    yield Row.beside("certificates.peak_mb", "MB", peak, before, 1)
    yield verification(server)


def honoured(town, count):
    """An edition with so many honours in force, each of one of its applications; past every rule but the database's."""
    edition = town.editions[0]
    officers = {"entered_by": town.secretary, "confirmed_by": town.owners[0]}
    resolution = Resolution.objects.create(
        edition=edition,
        number="测府〔2026〕1号",
        title="测速",
        issued_on=date(2026, 8, 20),
        state=Resolution.State.IN_FORCE,
        entered_at=clock.now(),
        confirmed_at=clock.now(),
        **officers,
    )
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.AWARDED)
    applications = edition.applications.select_related("organisation").order_by("number", "pk")[:count]
    Honour.objects.bulk_create(
        Honour(
            kind=edition.programme.honour_kind,
            year=edition.year,
            organisation_name=application.organisation.name,
            organisation=application.organisation,
            application=application,
            resolution=resolution,
            source="测速",
            is_rehearsal=True,
        )
        for application in applications
    )
    return edition


def batch(town, edition, count):
    """Issue certificates for so many of the honours and wait until they are drawn; how many seconds it took."""
    waiting = list(Honour.objects.filter(certificate=None, resolution__edition=edition).values_list("pk", flat=True))
    aside = waiting[count:]
    Honour.objects.filter(pk__in=aside).update(revoked_on=date(2026, 8, 21))
    start = time.perf_counter()
    started = certifying.start(Edition.objects.get(pk=edition.pk), by=town.secretary)
    while started.certificates.filter(state=Certificate.State.QUEUED).exists():
        time.sleep(0.05)
    spent = time.perf_counter() - start
    Honour.objects.filter(pk__in=aside).update(revoked_on=None)
    drawn = started.certificates.filter(state=Certificate.State.DRAWN).count()
    if drawn != count:
        raise RuntimeError(f"{drawn} of {count} certificates were drawn")
    return spent


def peak_of_workers():
    """The most memory that any one worker process has held, in MB."""
    peaks = [0.0]
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes()
            status = (path / "status").read_text()
        except OSError:
            continue
        if b"celery" in command and b"foshan_quality" in command and (found := re.search(r"VmHWM:\s+(\d+)", status)):
            peaks.append(int(found[1]) / 1024)
    return max(peaks)


def face(turn):
    """A certificate that looks like a real one."""
    code = f"0123456789ABCDEFGHJKLMN{turn:03}"
    url = f"https://quality.example/verify/{code}/"
    name = "佛山市南海区澄砚精密机械（集团）股份有限公司"
    return rendering.Face(WORDING, f"佛质奖证〔2026〕7-{turn + 1}号", name, url, code)


def warm_row():
    """One certificate alone on a warm process, not signed; the baseline is the naive page."""
    rendering.draw(face(0))
    warm = timed(lambda turn: rendering.draw(face(turn)), 10)
    return Row.median("certificate.warm_ms", "ms", warm, median(timed(naive_page, 3)))


def naive_page(turn):
    """The whole page at one go, as a first attempt would draw it."""
    HTML(string=whole_page(face(turn))).write_pdf(
        font_config=FontConfiguration(), pdf_variant=printing.ARCHIVAL, pdf_tags=True
    )


def whole_page(one):
    """Ornament, shared words and the certificate's own words as one document."""
    fonts = {"KAI": printing.KAI, "SONG": printing.SONG, "HEI": printing.HEI}
    ground = render_to_string("awards/certificates/award_ground.html", {**fonts, "wording": one.wording})
    words = render_to_string("awards/certificates/award_words.html", {**fonts, "faces": [one]})
    under = svg(render_to_string("awards/certificates/award_ornament.html", rendering.frame()))
    code = segno.make(one.verify_url, error="m", micro=False).svg_inline(border=4, omitsize=True)
    style = "".join(re.findall("<style>(.*?)</style>", ground + words, re.S))
    style += ".under { position: absolute; left: 0; top: 0; width: 297mm; height: 210mm; z-index: -2 }"
    style += ".qr { position: absolute; left: 34mm; bottom: 30mm; width: 29mm }"
    bodies = "".join(body(page) for page in (ground, words))
    pictures = f'<div class="under">{under}</div><div class="qr">{code}</div>'
    head = f'<html lang="zh-CN"><head><title>证书</title><style>{style}</style></head>'
    return f"{head}<body>{pictures}{bodies}</body></html>"


def svg(page):
    return re.search("<svg.*</svg>", page, re.S)[0]


def body(page):
    return re.search("<body>(.*)</body>", page, re.S)[1]


TYPST = """
#set page(width: 297mm, height: 210mm, margin: 0mm, background: image("ornament.svg", width: 297mm, height: 210mm))
#set text(font: ("KAI", "SONG"), fill: rgb("#2a1a14"), size: 17pt, lang: "zh")
#let put(x, y, w, body) = place(top + left, dx: x, dy: y, box(width: w, body))
#put(34mm, 32mm, 229mm, align(center, text(font: "SONG", size: 45pt, weight: "bold", fill: rgb("#8c1c1f"), "荣誉证书")))
#put(34mm, 65mm, 229mm, align(center)[依据演府〔2026〕1号文件，授予])
#put(34mm, 80mm, 229mm, align(center, text(size: 30pt, weight: "bold", sys.inputs.name)))
#put(34mm, 108mm, 229mm, align(center, text(size: 19pt)[第七届（2026年）]))
#put(34mm, 118mm, 229mm, align(center, text(font: "SONG", size: 31pt, weight: "bold")[佛山市政府质量奖]))
#put(34mm, 151mm, 29mm, image(bytes(sys.inputs.qr), format: "svg", width: 29mm))
#put(67mm, 156mm, 88mm, text(size: 9pt)[证书编号：#sys.inputs.number #linebreak() 核验码 #sys.inputs.code])
#put(173mm, 160mm, 84mm, align(center)[佛山市人民政府 #linebreak() 2026年8月20日])
"""


def typst_rate():
    """Pages a minute of a warm typst compiler in one process, each with its own name and code; None without typst."""
    try:
        import typst
    except ImportError:
        return None
    with TemporaryDirectory() as folder:
        ornament = svg(render_to_string("awards/certificates/award_ornament.html", rendering.frame()))
        ornament = ornament.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        Path(folder, "ornament.svg").write_text(ornament, "utf-8")
        source = Path(folder, "page.typ")
        source.write_text(TYPST.replace('"KAI"', f'"{printing.KAI}"').replace('"SONG"', f'"{printing.SONG}"'), "utf-8")
        compiler = typst.Compiler(str(source), root=folder)

        def page(turn):
            one = replace(face(turn), organisation=f"佛山市澄砚第{turn}精密机械股份有限公司")
            picture = segno.make(one.verify_url, error="m", micro=False).svg_inline(border=4)
            picture = picture.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
            inputs = {"name": one.organisation, "number": one.number, "code": one.verify_code, "qr": picture}
            return compiler.compile(sys_inputs=inputs, pdf_standards=["a-3b"])

        page(0)
        return 60_000 / median(timed(lambda turn: page(turn + 1), LIMIT))


def verification(server):
    """A check by code over the wire, 95 % within; the baseline is the bare static file."""
    codes = list(Certificate.objects.filter(state=Certificate.State.DRAWN).values_list("code", flat=True)[:100])
    pages = [reverse("verify", args=[code]) for code in codes]

    asking = Browser(server.port, place=1000)

    def check(turn):
        asking.place = 1000 + turn // 25  # an address may ask 30 times a minute
        asking.get(pages[turn % len(pages)])

    bare = percentile(spans(200, lambda turn: asking.get(BARE)))
    return Row.beside("verify.p95_ms", "ms", percentile(spans(400, check)), bare, 400)


MEASURES = [certificates]
