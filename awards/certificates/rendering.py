"""Draws one certificate: values in, the bytes of a one-page A4 landscape PDF out. No database, no clock, no network.

A page is two layers. The ornament (frame, corner rosettes, ground) is most of a naive page's time, so it is drawn once
per process and layout and laid under the page; only the words are set per certificate. A page is drawn complete, so
that a signature can afterwards be added to it as an incremental update.

A picture of a red seal in a PDF is no seal (GB/T 38540-2020), so none is drawn: the page keeps clean room for one and
says that it is invalid without.
"""

import io
import itertools
import math
import re
import unicodedata
from dataclasses import dataclass, fields
from datetime import date
from functools import cache

import pikepdf
import segno
from django.utils.safestring import mark_safe

from foshan_quality.lib import printing
from foshan_quality.lib.printing import KAI, SONG, MissingGlyphs, fonts, typeface

__all__ = ["Face", "MissingGlyphs", "draw", "fonts", "ornament"]

AWARD = "award"


@dataclass(frozen=True)
class Face:
    """Everything printed on one certificate; nothing about a person (domain facts 9.2, 3)."""

    number: str  # 佛质奖证字〔2026〕第3号, printed as given
    organisation: str  # exactly as registered
    honour: str  # 佛山市政府质量奖
    edition: str  # 第七届（2026年）
    resolution: str  # 佛府〔2026〕18号
    issued_on: date
    verify_url: str
    verify_code: str
    issuer: str  # 佛山市人民政府
    is_rehearsal: bool

    @property
    def verify_code_in_fours(self):
        """The code as a reader copies it by hand: 7K3M 9QXF …"""
        return " ".join(re.findall(".{1,4}", self.verify_code))

    @property
    def verify_page(self):
        """Where to type the code when the QR code cannot be scanned."""
        return self.verify_url.split(self.verify_code)[0]


def draw(face, layout=AWARD):
    """Draw one certificate as PDF/A-3u bytes; the same face always gives the same bytes.

    Refused with `MissingGlyphs`, before anything is drawn, when a printed character is in none of the embedded fonts.
    """
    values = (getattr(face, field.name) for field in fields(face))
    printing.refuse_missing_glyphs("".join(value for value in values if isinstance(value, str)))
    name = fit(face.organisation)
    words = printing.page(f"awards/certificates/{layout}_face.html", face=face, name=name, qr=qr(face.verify_url))
    return _lay_under(words, ornament(layout))


# ── fitting the name ──────────────────────────────────────────────────────────────────────────────────────────────────

MEASURE = 620  # points a line of the name may take: the page inside its frame, with air on both sides
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


def fit(name):
    """Set a name of any length in one to three balanced lines, as large as fits; nothing is ever cut off."""
    face = next((typeface(family) for family in (KAI, SONG) if typeface(family).covers(name)), typeface(KAI))
    for count, (largest, smallest) in SIZES.items():
        lines = balanced_lines(name, count, face)
        widest = max(face.width(line) for line in lines)
        size = min(largest, MEASURE / max(widest, 1))
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


def qr(url):
    """The verification address as vector QR code with its quiet zone, level M: still read with 15 % of it damaged."""
    return mark_safe(segno.make(url, error="m", micro=False).svg_inline(border=4, omitsize=True, dark="#2a1a14"))  # noqa: S308 our own drawing


@cache
def ornament(layout):
    """The layer under the words: one page, drawn once per process and layout."""
    return printing.page(f"awards/certificates/{layout}_ornament.html", **frame())


def _lay_under(words, ground):
    """The words' page with the ground as a form XObject beneath, marked as artifact so that readers aloud skip it."""
    with pikepdf.open(io.BytesIO(words)) as pdf, pikepdf.open(io.BytesIO(ground)) as under:
        page = pdf.pages[0]
        name = page.add_resource(pdf.copy_foreign(under.pages[0].as_form_xobject()), pikepdf.Name.XObject)
        page.contents_add(b"/Artifact BMC q %s Do Q EMC" % str(name).encode(), prepend=True)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()


# ── the ornament ──────────────────────────────────────────────────────────────────────────────────────────────────────
# Fine-line work by arithmetic, in millimetres from the top left corner of the page. Plain geometry: 回纹 (key pattern),
# a woven wave band and rosettes; no emblem of state.

WIDTH, HEIGHT = 297, 210
KEY_AT, KEY_GRID = 9.3, 0.62  # the key band: distance from the edge, one step of its grid
WAVE_AT, WAVE_WIDE = 17.2, 7.2  # the woven band: distance of its axis from the edge, its breadth
CORNER = 8.6  # radius of a corner rosette


def frame():
    """The paths of the ornament, named for the template that colours them."""
    run_x, run_y = WIDTH - 2 * WAVE_AT, HEIGHT - 2 * WAVE_AT
    return {
        "key": key_band(WIDTH - 2 * KEY_AT, HEIGHT - 2 * KEY_AT),
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
