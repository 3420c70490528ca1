"""Draws certificates: values in, the bytes of one-page PDFs out. No database, no clock, no network.

A page is three layers. The ornament (frame, corner rosettes, ground) is most of a naive page's time, and most words
are the same on every certificate of an edition: both are drawn once per process and `Wording`. What differs from
certificate to certificate (name, number, code) is set for many certificates in one document, whose pages are then
laid over the first two. A page is drawn complete, so that a signature can afterwards be added as an incremental
update.

A picture of a red seal in a PDF is no seal (GB/T 38540-2020), so none is drawn: the page keeps clean room for one and
says that it is invalid without.
"""

import io
import itertools
import math
import re
import unicodedata
from dataclasses import dataclass, fields
from functools import cache, lru_cache

import pikepdf
import segno
from pikepdf import Array, Dictionary, Name

from foshan_quality.lib import printing
from foshan_quality.lib.printing import KAI, SONG, MissingGlyphs, fonts, typeface

from .layouts import LAYOUTS

__all__ = ["Face", "MissingGlyphs", "Wording", "draw", "draw_many", "fonts", "missing", "ornament"]

POINTS = 72 / 25.4  # to a millimetre


@dataclass(frozen=True)
class Wording:
    """The words that all certificates of an edition share, placeholders filled in; an empty one is not printed."""

    title: str  # 荣誉证书
    opening: str  # 依据佛府〔2026〕18号文件，授予
    middle: str  # 第七届（2026年）
    honour: str  # 佛山市政府质量奖
    issuer: str  # 佛山市人民政府
    date: str  # 2026年7月27日
    note: str  # 用印处　未加盖印章无效
    is_rehearsal: bool
    is_demo_key: bool  # signed with the throw-away key, and so of no legal force
    layout: str = "award"


@dataclass(frozen=True)
class Face:
    """What is printed on one certificate; nothing about a person (domain facts 9.2, 3)."""

    wording: Wording
    number: str  # 佛质奖证字〔2026〕第3号, printed as given
    organisation: str  # exactly as registered
    verify_url: str
    verify_code: str

    @property
    def verify_code_in_fours(self):
        """The code as a reader copies it by hand: 7K3M 9QXF …"""
        return " ".join(re.findall(".{1,4}", self.verify_code))

    @property
    def verify_page(self):
        """Where to type the code when the QR code cannot be scanned."""
        return self.verify_url.split(self.verify_code)[0]

    @property
    def spoken(self):
        """What a reader aloud says of the part that differs."""
        return f"{self.organisation}。证书编号：{self.number}。核验码：{self.verify_code_in_fours}"

    @property
    def name(self):
        return fit(self.organisation, LAYOUTS[self.wording.layout].measure)


def missing(face):
    """The characters printed on this certificate that no embedded font has, each once."""
    printed = [face.number, face.organisation, face.verify_url, face.verify_code]
    printed += [value for field in fields(face.wording) if isinstance(value := getattr(face.wording, field.name), str)]
    return printing.missing_glyphs("".join(printed))


def draw(face):
    """Draw one certificate as PDF/A-3u bytes; the same face always gives the same bytes.

    Refused with `MissingGlyphs`, before anything is drawn, when a printed character is in none of the embedded fonts.
    """
    return draw_many([face])[0]


def draw_many(faces):
    """Draw several certificates of one wording together; each is a file of its own, in the same order."""
    if lacking := "".join(dict.fromkeys("".join(map(missing, faces)))):
        raise MissingGlyphs(lacking)
    (wording,) = {face.wording for face in faces}
    words = printing.page(f"awards/certificates/{wording.layout}_words.html", is_tagged=False, faces=faces)
    with pikepdf.open(io.BytesIO(ground(wording))) as paper, pikepdf.open(io.BytesIO(words)) as set_words:
        lay = _Overlay(paper, LAYOUTS[wording.layout])
        return [lay(face, page) for face, page in zip(faces, set_words.pages, strict=True)]


# ── fitting the name ──────────────────────────────────────────────────────────────────────────────────────────────────

SIZES = {1: (39, 27), 2: (30, 18), 3: (22, 0)}  # lines: (largest, smallest before another line is taken), in points
NEVER_FIRST = "）)》〉」』】〕］]、，。；：·.,;:!?！？%％"
NEVER_LAST = "（(《〈「『【〔［["
GOOD_BREAK = re.compile(r"(?=[（(])|(?<=[）)])|(?=有限责任公司|股份有限公司|(?<!股份)有限公司|集团)|(?<=集团)| ")


@dataclass(frozen=True)
class FittedName:
    lines: tuple
    size: float  # points
    family: str  # one font for the whole name where one has all of it, so that a rare character does not stand out

    @property
    def size_css(self):
        return f"{self.size:.2f}pt"


def fit(name, measure=LAYOUTS["award"].measure):
    """Set a name of any length in one to three balanced lines, as large as fits; nothing is ever cut off."""
    face = next((typeface(family) for family in (KAI, SONG) if typeface(family).covers(name)), typeface(KAI))
    for count, (largest, smallest) in SIZES.items():
        lines = balanced_lines(name, count, face)
        widest = max(face.width(line) for line in lines)
        size = min(largest, measure / max(widest, 1))
        if size >= smallest:
            break
    return FittedName(lines, math.floor(size * 4) / 4, face.family)


def balanced_lines(name, count, face):
    """The split into `count` lines whose widest line is shortest, leaning towards places where a reader would pause."""
    good = {match.start() for match in GOOD_BREAK.finditer(name)}
    breaks = [i for i in range(1, len(name)) if _may_break(name, i)] or list(range(1, len(name)))
    if count == 1 or len(breaks) < count - 1:
        return (name,)

    def splits():
        for cuts in itertools.combinations(breaks, count - 1):
            ends = (0, *cuts, len(name))
            yield tuple(name[a:b].strip() for a, b in itertools.pairwise(ends)), sum(cut not in good for cut in cuts)

    return min(splits(), key=lambda split: max(map(face.width, split[0])) + 3.5 * split[1])[0]


def _may_break(name, index):
    """Chinese line breaking: no bracket or stop on the wrong side, no word, number or accented letter torn apart."""
    before, after = name[index - 1], name[index]
    is_torn = re.fullmatch(r"[A-Za-z0-9&'’.\-]{2}", before + after) or unicodedata.category(after)[0] == "M"
    return after not in NEVER_FIRST and before not in NEVER_LAST and not is_torn


# ── setting a page ────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def ornament(layout):
    """The layer under the words: one page, drawn once per process and layout."""
    return printing.page(
        f"awards/certificates/{layout}_ornament.html", **frame(LAYOUTS[layout].width, LAYOUTS[layout].height)
    )


@lru_cache(maxsize=16)
def ground(wording):
    """The page with everything but what differs: the shared words, tagged, over the ornament."""
    words = printing.page(f"awards/certificates/{wording.layout}_ground.html", wording=wording)
    with pikepdf.open(io.BytesIO(words)) as pdf, pikepdf.open(io.BytesIO(ornament(wording.layout))) as under:
        page = pdf.pages[0]
        name = page.add_resource(pdf.copy_foreign(under.pages[0].as_form_xobject()), Name.XObject)
        page.contents_add(b"/Artifact BMC q %s Do Q EMC" % str(name).encode(), prepend=True)
        page.contents_coalesce()
        return _saved(pdf)


class _Overlay:
    """One open paper that is given other words again and again, and saved each time."""

    def __init__(self, paper, layout):
        self.paper, self.layout, self.page = paper, layout, paper.pages[0]
        self.content = self.page.Contents.read_bytes()
        self.tag = self._place_in_structure()

    def _place_in_structure(self):
        """A paragraph at the end of the paper's structure, for readers aloud; what it says is set for each file."""
        root = self.paper.Root.StructTreeRoot
        parents = root.ParentTree.Nums[int(self.page.StructParents) * 2 + 1]
        self.mark = len(parents)
        body = root.K[0] if isinstance(root.K, Array) else root.K
        tag = self.paper.make_indirect(
            Dictionary(Type=Name.StructElem, S=Name.P, P=body, Pg=self.page.obj, K=self.mark)
        )
        body.K = Array([*(body.K if isinstance(body.K, Array) else [body.K]), tag])
        parents.append(tag)
        return tag

    def __call__(self, face, words):
        self.tag.ActualText = face.spoken
        form = self.paper.copy_foreign(words.as_form_xobject())
        self.page.Resources.XObject[Name.Words] = form
        laid = b"/P <</MCID %d>> BDC q /Words Do Q %s EMC" % (self.mark, qr(face.verify_url, *self.layout.qr))
        self.page.Contents = self.paper.make_stream(b"q\n%s\nQ\n%s" % (self.content, laid))
        return _saved(self.paper)


def _saved(pdf):
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def qr(url, left, bottom, side):
    """The verification address as QR code with its quiet zone, as painting operators; its place in millimetres.

    Level M: still read with 15 % of it damaged.
    """
    rows = [bytes(row) for row in segno.make(url, error="m", micro=False).matrix_iter(border=4)]
    step, left, bottom = side * POINTS / len(rows), left * POINTS, bottom * POINTS
    drawn = [f"q 1 1 1 rg {left:.3f} {bottom:.3f} {side * POINTS:.3f} {side * POINTS:.3f} re f .165 .102 .078 rg"]
    for line, row in enumerate(reversed(rows)):
        for run in re.finditer(b"\x01+", row):
            width = (run.end() - run.start()) * step
            drawn.append(f"{left + run.start() * step:.3f} {bottom + line * step:.3f} {width:.3f} {step:.3f} re")
    return " ".join([*drawn, "f Q"]).encode()


# ── the ornament ──────────────────────────────────────────────────────────────────────────────────────────────────────
# Fine-line work by arithmetic, in millimetres from the top left corner of the page. Plain geometry: 回纹 (key pattern),
# a woven wave band and rosettes; no emblem of state.

WIDTH, HEIGHT = 297, 210
KEY_AT, KEY_GRID = 9.3, 0.62  # the key band: distance from the edge, one step of its grid
WAVE_AT, WAVE_WIDE = 17.2, 7.2  # the woven band: distance of its axis from the edge, its breadth
CORNER = 8.6  # radius of a corner rosette


def frame(width=WIDTH, height=HEIGHT):
    """The paths of the ornament, named for the template that colours them."""
    run_x, run_y = width - 2 * WAVE_AT, height - 2 * WAVE_AT
    return {
        "key": key_band(width - 2 * KEY_AT, height - 2 * KEY_AT),
        "waves_x": woven_band(run_x, WAVE_WIDE / 2, round(run_x / 9)),
        "waves_y": woven_band(run_y, WAVE_WIDE / 2, round(run_y / 9)),
        "corner_outer": rosette(CORNER, depth=0.16, petals=12, turns=6),
        "corner_inner": rosette(CORNER * 0.62, depth=0.42, petals=8, turns=6),
        "centre_outer": rosette(66, depth=0.13, petals=36, turns=8),
        "centre_inner": rosette(46, depth=0.34, petals=18, turns=8),
    }


def curve(point, start, end, pieces):
    """A smooth SVG path through `point(t)`: cubic pieces that share position and direction with the true curve."""
    step = (end - start) / pieces
    at = [_with_slope(point, start + i * step, step) for i in range(pieces + 1)]
    drawn = [f"M{_xy(*at[0][0])}"]
    for ((x0, y0), (u0, v0)), ((x1, y1), (u1, v1)) in itertools.pairwise(at):
        drawn.append(f"C{_xy(x0 + u0 / 3, y0 + v0 / 3)} {_xy(x1 - u1 / 3, y1 - v1 / 3)} {_xy(x1, y1)}")
    return "".join(drawn)


def _with_slope(point, t, step):
    """A point of the curve and its slope, scaled to one piece."""
    (x0, y0), (x1, y1) = point(t - 1e-4), point(t + 1e-4)
    return point(t), ((x1 - x0) / 2e-4 * step, (y1 - y0) / 2e-4 * step)


def _xy(x, y):
    return f"{x:.2f},{y:.2f}"


def woven_band(length, amplitude, waves, strands=7):
    """Sine strands a fraction of a wave apart, swelling and narrowing together: the guilloche of old bonds."""

    def strand(shift):
        def point(t):
            swell = 0.68 + 0.32 * math.cos(2 * math.pi * t)
            return length * t / waves, amplitude * swell * math.sin(math.pi * t + shift)

        return curve(point, 0, waves, waves * 6)

    return "".join(strand(math.pi * i / strands * 2) for i in range(strands))


def rosette(radius, depth, petals, turns):
    """`turns` wavy rings, each turned a little further, woven into a rosette of `petals` petals."""

    def ring(shift):
        def point(angle):
            r = radius * (1 - depth + depth * math.cos(petals * angle + shift))
            return r * math.cos(angle), r * math.sin(angle)

        return curve(point, 0, 2 * math.pi, petals * 6) + "Z"

    return "".join(ring(2 * math.pi * i / turns) for i in range(turns))


KEY_UNIT = ((0, 4), (0, 0), (4, 0), (4, 3), (1, 3), (1, 1), (3, 1), (3, 2), (2, 2))  # one square spiral, inwards


def key_band(width, height):
    """回纹: pairs of square spirals facing each other along all four sides, a whole number of pairs to a side."""
    return "".join(
        _key_side(x, y, dx, dy, length)
        for x, y, dx, dy, length in (
            (0, 0, 1, 0, width),
            (width, 0, 0, 1, height),
            (width, height, -1, 0, width),
            (0, height, 0, -1, height),
        )
    )


def _key_side(x, y, dx, dy, length):
    """One side of the key band, running from its corner in direction (dx, dy), its foot turned inwards."""
    corner = 6 * KEY_GRID
    pairs = round((length - 2 * corner) / (10 * KEY_GRID))
    stretch = (length - 2 * corner) / (pairs * 10 - 1)

    def place(along, deep):
        a, d = corner + along * stretch, deep * KEY_GRID
        return _xy(x + a * dx - d * dy, y + a * dy + d * dx)

    drawn = []
    for first in range(0, pairs * 10, 10):
        left = [place(first + a, d) for a, d in KEY_UNIT]
        right = [place(first + 9 - a, d) for a, d in KEY_UNIT]
        drawn.append(f"M{'L'.join(reversed(left))}M{'L'.join(right)}")
    spiral = [
        _xy(x + a * KEY_GRID * dx - d * KEY_GRID * dy, y + a * KEY_GRID * dy + d * KEY_GRID * dx) for a, d in KEY_UNIT
    ]
    return "".join(drawn) + f"M{'L'.join(spiral)}"
