"""A certificate as it is drawn and signed keeps to what an archival file must be; a file that does not is seen."""

import io

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Encryption, Name

from foshan_quality.lib import printing
from tests.awards.certificates.archival import faults
from tests.awards.certificates.test_signing import drawn, signed


def test_a_drawn_and_a_signed_certificate_are_archival_files():
    assert faults(drawn()) == []
    assert faults(signed()) == []


def test_its_fonts_are_ours_and_nothing_in_it_leads_outside():
    with pikepdf.open(io.BytesIO(signed())) as file:
        fonts = [o for o in file.objects if isinstance(o, Dictionary) and o.get("/Type") == "/Font"]
        addresses = [str(o.URI) for o in file.objects if isinstance(o, Dictionary) and "/URI" in o]

    assert any(font.get("/Subtype") == "/Type0" for font in fonts)
    assert addresses == []
    assert printing.ARCHIVAL == "pdf/a-3u"


def strip_intent(file):
    del file.Root.OutputIntents


def plain_profile(file):
    file.Root.OutputIntents[0].DestOutputProfile.write(b"no profile")


def another_part(file):
    description = file.Root.Metadata.read_bytes()
    file.Root.Metadata.write(
        description.replace(b"pdfaid:part>3<", b"pdfaid:part>1<").replace(b'part="3"', b'part="1"')
    )


def take_out_fonts(file):
    for each in file.objects:
        for key in ("/FontFile", "/FontFile2", "/FontFile3"):
            if isinstance(each, Dictionary) and key in each:
                del each[key]


def add_a_script(file):
    file.Root.OpenAction = Dictionary(Type=Name.Action, S=Name.JavaScript, JS="app.alert(1)")


def launch(file):
    action = file.make_indirect(Dictionary(Type=Name.Action, S=Name.Launch))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 1, 1], F=4, A=action)
    file.pages[0].Annots = Array([*file.pages[0].get("/Annots", []), file.make_indirect(note)])


def hide_a_note(file):
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 1, 1], F=2)
    file.pages[0].Annots = Array([file.make_indirect(note)])


def blend_oddly(file):
    file.pages[0].Resources.ExtGState = Dictionary(X=file.make_indirect(Dictionary(Type=Name.ExtGState, BM=Name.Odd)))


def refer_outside(file):
    file.Root.Elsewhere = file.make_indirect(Dictionary(Type=Name.Filespec, F="c:/a.txt"))


BREAKS = {
    strip_intent: "no output intent",
    plain_profile: "no colour profile",
    another_part: "part and conformance",
    take_out_fonts: "font not embedded",
    add_a_script: "script",
    launch: "action",
    hide_a_note: "annotation not printed",
    blend_oddly: "blend mode",
    refer_outside: "outside file",
}


@pytest.mark.parametrize("change", BREAKS, ids=lambda change: change.__name__)
def test_a_file_that_breaks_one_of_the_rules_is_seen(change):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn())) as file:
        change(file)
        file.save(out)

    assert BREAKS[change] in faults(out.getvalue())


def test_an_encrypted_file_is_seen():
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn())) as file:
        file.save(out, encryption=Encryption(owner="x", user="", metadata=False))

    assert "encryption" in faults(out.getvalue())
