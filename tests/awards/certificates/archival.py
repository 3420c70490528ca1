"""What PDF/A-3u asks of a file, as far as it can be asked without a validator of its own. Bytes in, faults out.

This is no full validation (ISO 19005-3 has some two hundred rules, see docs/decisions.md): it holds what a change of
our drawing or signing is likeliest to break.
"""

import io
from xml.etree import ElementTree

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
FONT_FILES = ("/FontFile", "/FontFile2", "/FontFile3")
ALLOWED_ACTIONS = {"/GoTo", "/URI", "/Named", "/Thread"}
BLEND_MODES = {
    *("/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten", "/ColorDodge"),
    *("/ColorBurn", "/HardLight", "/SoftLight", "/Difference", "/Exclusion", "/Hue", "/Saturation", "/Color"),
    "/Luminosity",
}


def faults(pdf: bytes) -> list[str]:
    """What keeps the file from being the archival file that it says it is, each in a word or two."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        objects = [inner for each in file.objects for inner in _within(each)]
        found = [*_of_the_file(pdf, file), *_of_its_description(file), *_of_its_colours(file, objects)]
        for each in objects:
            found += [*_of_fonts(each), *_of_actions(each), *_of_transparency(each), *_of_streams(each)]
    return sorted(set(found))


def _within(each):
    """The dictionaries of one indirect object: itself, and those written directly into it."""
    if isinstance(each, (Dictionary, Stream)):
        yield each
        inside = [value for _key, value in each.items()]
    else:
        inside = list(each) if isinstance(each, Array) else []
    for value in inside:
        if isinstance(value, (Dictionary, Array)) and not value.is_indirect:
            yield from _within(value)


def _of_the_file(pdf, file):
    lines = pdf.split(b"\n", 2)
    if not lines[0].startswith(b"%PDF-1.") or sum(byte > 127 for byte in lines[1][1:5]) < 4:
        yield "header"
    if file.is_encrypted or "/Encrypt" in file.trailer:
        yield "encryption"
    if len(file.trailer.get("/ID", [])) != 2:
        yield "no identifier"
    for page in file.pages:
        for note in page.get("/Annots", []):
            if int(note.get("/F", 0)) & 0b100111 != 0b100:
                yield "annotation not printed"


def _of_its_description(file):
    stream = file.Root.get("/Metadata")
    if stream is None or "/Filter" in stream:
        yield "description packed or missing"
        return
    told = {}
    for each in ElementTree.fromstring(stream.read_bytes()).iter(f"{RDF}Description"):  # noqa: S314  (our own file)
        told |= each.attrib | {child.tag: child.text for child in each}
    if (told.get(f"{PDFAID}part"), told.get(f"{PDFAID}conformance")) != ("3", "U"):
        yield "part and conformance"


def _of_its_colours(file, objects):
    intents = [i for i in file.Root.get("/OutputIntents", []) if i.get("/S") == "/GTS_PDFA1"]
    profile = intents[0].get("/DestOutputProfile") if intents else None
    if profile is None:
        yield "no output intent"
        return
    content, space = profile.read_bytes(), {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
    if content[36:40] != b"acsp" or content[16:20] != space.get(int(profile.get("/N", 0))):
        yield "no colour profile"
    named = {str(o.get("/ColorSpace")) for o in objects if isinstance(o.get("/ColorSpace"), Name)}
    if "/DeviceCMYK" in named and int(profile.N) != 4:
        yield "colours of another device"


def _listed(value):
    """One name or several, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, Array) else [value]


def _of_fonts(each):
    if each.get("/Type") == "/Font" and each.get("/Subtype") in {"/Type0", "/TrueType", "/Type1"}:
        if "/ToUnicode" not in each and each.get("/Subtype") == "/Type0":
            yield "text without its characters"
        holders = list(each.get("/DescendantFonts", [each]))
        if not all(any(key in h.get("/FontDescriptor", {}) for key in FONT_FILES) for h in holders):
            yield "font not embedded"


def _of_actions(each):
    if {"/JS", "/JavaScript", "/AA", "/XFA"} & set(each.keys()):
        yield "script"
    action = each.get("/S")
    is_action = each.get("/Type") == "/Action" or ({"/URI", "/D"} & set(each.keys()) and isinstance(action, Name))
    if is_action and str(action) not in ALLOWED_ACTIONS:
        yield "action"
    if each.get("/Type") in {"/Filespec", "/F"} and "/EF" not in each:
        yield "outside file"
    if each.get("/Subtype") == "/Image" and ({"/Alternates", "/OPI"} & set(each.keys()) or each.get("/Interpolate")):
        yield "image"


def _of_transparency(each):
    if any(str(mode) not in BLEND_MODES for mode in _listed(each.get("/BM"))):
        yield "blend mode"
    if each.get("/Type") == "/ExtGState" and {"/TR", "/HTP"} & set(each.keys()):
        yield "transfer function"


def _of_streams(each):
    if not isinstance(each, Stream):
        return
    if {str(name) for name in _listed(each.get("/Filter"))} & {"/LZWDecode", "/Crypt"}:
        yield "filter"
    if {"/F", "/FFilter", "/FDecodeParms"} & set(each.keys()):
        yield "outside stream"
