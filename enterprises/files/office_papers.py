"""What is kept of a Word or Excel file: its parts, judged one by one and packed anew.

Both are archives of small XML files. Counted and unpacked under a limit first, then refused with the reason when
they hold a program, another file, or a reference to something outside (a web or mail address to click on may
stay). What hides between or behind the parts of the archive is left behind. Runs in the process of `helper.py`.
"""

import posixpath
import re
import zipfile
import zlib
from html import unescape
from xml.etree import ElementTree  # document types are refused before anything is parsed

from .cleaning import Unfit

MOST_PARTS = 3000
MOST_BYTES = 120 * 1024 * 1024  # unpacked, all parts together
PIECE = 256 * 1024

WORD, EXCEL = "word/document.xml", "xl/workbook.xml"
MAIN_TYPES = {
    WORD: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
TEXTS = (".xml", ".rels", ".vml")
PICTURES = (".png", ".jpeg", ".jpg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".wdp")
FONTS = (".odttf", ".fntdata")
PRINTER = re.compile(r"(xl|word)/printersettings/printersettings\d*\.bin")
MACROS = re.compile(r"vbaproject|vbadata|macrosheets/|dialogsheets/|macroenabled")
FIELD_BEGINS = re.compile(r"fldCharType\s*=\s*[\"']begin[\"']")
INSTRUCTION = re.compile(r"<(?:\w+:)?instrText\b[^>]*>([^<]*)<")
SIMPLE_FIELD = re.compile(r"<(?:\w+:)?fldSimple\b[^>]*?instr\s*=\s*[\"']([^\"']*)")
FETCHING = re.compile(r"(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE)\b")
HARMLESS = ("http://", "https://", "mailto:", "tel:", "#")


def clean_word(source, target, _number):
    """Judge and repack a docx. It has no pages of its own: 0."""
    return _clean(source, target, WORD)


def clean_excel(source, target, _number):
    """Judge and repack an xlsx. It has no pages of its own: 0."""
    return _clean(source, target, EXCEL)


def _clean(source, target, main):
    try:
        with zipfile.ZipFile(source) as handed_in:
            parts = _listed(handed_in, main)
            budget = [MOST_BYTES]
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as kept:
                for part in parts:
                    content = _unpacked(handed_in, part, budget)
                    _judge(part.filename, content, main)
                    kept.writestr(zipfile.ZipInfo(part.filename), content, zipfile.ZIP_DEFLATED)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, ElementTree.ParseError, UnicodeError):
        raise Unfit("not_office") from None
    return 0


def _listed(archive, main):
    """The parts of the archive, judged by their names and declared sizes before anything is unpacked."""
    parts = [part for part in archive.infolist() if not part.is_dir()]
    names = [part.filename.lower() for part in parts]
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
        raise Unfit("unpacked")
    if any(part.flag_bits & 1 for part in parts):
        raise Unfit("encrypted")
    if len(set(names)) != len(names) or any(_leads_elsewhere(name) for name in names):
        raise Unfit("not_office")
    if main not in names or "[content_types].xml" not in names:
        raise Unfit("not_office")
    for name in names:
        _judge_name(name)
    return parts


def _leads_elsewhere(name):
    return name.startswith("/") or "\\" in name or ".." in name.split("/") or "\0" in name


def _judge_name(name):
    last = posixpath.basename(name)
    if MACROS.search(name):
        raise Unfit("macros")
    if "externallinks/" in name:
        raise Unfit("external", last)
    if "embeddings/" in name or "activex" in name or "ctrlprops/" in name:
        raise Unfit("embedded", last)
    if not (name.endswith((*TEXTS, *PICTURES, *FONTS)) or PRINTER.fullmatch(name)):
        raise Unfit("embedded", last)


def _unpacked(archive, part, budget):
    """The part's bytes, unpacked piece by piece under the limit: what an archive declares may be a lie."""
    pieces = []
    with archive.open(part) as packed:
        while piece := packed.read(PIECE):
            budget[0] -= len(piece)
            if budget[0] < 0:
                raise Unfit("unpacked")
            pieces.append(piece)
    return b"".join(pieces)


def _judge(name, content, main):
    lower = name.lower()
    if not lower.endswith(TEXTS):
        if content.startswith((b"PK\x03\x04", b"MZ", b"\x7fELF", b"%PDF-", b"\xd0\xcf\x11\xe0")):
            raise Unfit("embedded", posixpath.basename(lower))
        return
    text = _decoded(content)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Unfit("not_office")
    if lower == "[content_types].xml":
        _judge_types(text, main)
    elif lower.endswith(".rels"):
        _judge_relations(text)
    elif lower.startswith("word/"):
        _judge_fields(text)


def _decoded(content):
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    declared = re.match(rb"<\?xml[^>]*encoding=[\"']([\w.-]+)", content.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in {b"utf-8", b"us-ascii"}:
        raise Unfit("not_office")  # a second way of writing, in which what is looked for would not be seen
    return content.decode("utf-8-sig")


def _judge_types(text, main):
    kinds = {part.get("PartName", "").lower(): part.get("ContentType", "") for part in ElementTree.fromstring(text)}  # noqa: S314
    if any(MACROS.search(kind.lower()) for kind in kinds.values()) or MACROS.search(text.lower()):
        raise Unfit("macros")
    if kinds.get(f"/{main}") != MAIN_TYPES[main]:
        raise Unfit("not_office")


def _judge_relations(text):
    for relation in ElementTree.fromstring(text):  # noqa: S314
        kind = relation.get("Type", "").rsplit("/", 1)[-1]
        aim = relation.get("Target", "")
        if kind.lower() in {"oleobject", "package", "control", "activexcontrolbinary", "afchunk"}:
            raise Unfit("embedded", kind)
        if kind == "vbaProject":
            raise Unfit("macros")
        leads_out = relation.get("TargetMode") == "External" or "://" in aim or aim.startswith("\\\\")
        if leads_out and not (kind == "hyperlink" and aim.lower().startswith(HARMLESS)):
            raise Unfit("external", kind)


def _judge_fields(text):
    """Word's fields that fetch or start something. A field's name may be spread over many runs."""
    named = [unescape("".join(INSTRUCTION.findall(field))) for field in FIELD_BEGINS.split(text)[1:]]
    named += [unescape(name) for name in SIMPLE_FIELD.findall(text)]
    for name in named:
        if found := FETCHING.match(name.strip().upper()):
            raise Unfit("external", found[0])
