"""What a certificate looks like as a file: its words, its code, its layers. No database."""

import io
from dataclasses import replace

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from awards.certificates import rendering, sealing, signing
from awards.certificates.wording import filled, key_of, problems_of
from tests.awards.certificates.test_signing import MOMENT, WORDING

CODE = "7K3M9QXF7K3M9QXF7K3M9QXF7"
LONG = "佛山市南海区试样精密机械新材料与智能制造装备技术研究开发（集团）股份有限公司"
LONG += "顺德第二分公司国际贸易与工程服务部门中心一"


def face(name="佛山市试样机械有限公司", *, serial=1, **words):
    code = f"{CODE}{serial}"
    url = f"https://quality.example/verify/{code}/"
    return rendering.Face(replace(WORDING, **words), f"佛质奖证〔2026〕7-{serial}号", name, url, code)


FACES = [face(serial=1), face(LONG, serial=2), face("佛山市𠮷田堃犇骉龘电器有限公司", serial=3)]


@pytest.fixture(scope="module")
def drawn():
    return rendering.draw_many(FACES)


def text_of(pdf):
    page = pypdfium2.PdfDocument(pdf)[0]
    return "".join(page.get_textpage().get_text_range().split())


def test_certificates_drawn_together_each_print_their_own_words_whole(drawn):
    for one, pdf in zip(FACES, drawn, strict=True):
        words = text_of(pdf)
        others = [other.number for other in FACES if other != one and other.number in words]
        printed = [one.organisation, one.number, "".join(one.verify_code_in_fours.split()), WORDING.opening]
        assert [each for each in printed if each not in words] == []
        assert others == []


def test_the_qr_code_is_read_off_the_rendered_page(drawn):
    for one, pdf in zip(FACES, drawn, strict=True):
        picture = pypdfium2.PdfDocument(pdf)[0].render(scale=100 / 72).to_pil()
        assert [found.text for found in zxingcpp.read_barcodes(picture)] == [one.verify_url]


def test_the_same_face_gives_the_same_bytes_and_a_missing_character_stops_it(set_anew):
    assert rendering.draw(FACES[0]) == rendering.draw(FACES[0])
    assert rendering.missing(face("佛山市\U000e0001公司")) == "\U000e0001"
    with pytest.raises(rendering.MissingGlyphs):
        rendering.draw_many([FACES[0], face("佛山市\U000e0001公司", serial=2)])


def test_layers_and_signature_leave_it_an_archival_file_that_a_reader_can_say_aloud(drawn):
    pdf = signing.sign(drawn[1], reason="签发", moment=MOMENT)

    with pikepdf.open(io.BytesIO(pdf)) as file:
        description = file.Root.Metadata.read_bytes()
        assert (b"pdfaid:part>3<" in description) or (b'pdfaid:part="3"' in description)
        assert file.Root.OutputIntents[0].S == "/GTS_PDFA1"
        fonts = [each for each in file.objects if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"]
        descriptors = [font.FontDescriptor for font in fonts if "/FontDescriptor" in font]
        assert descriptors != []
        assert [each for each in descriptors if not {"/FontFile2", "/FontFile3"} & set(each.keys())] == []
        assert [str(font.BaseFont) for font in fonts if font.Subtype == "/Type0" and "/ToUnicode" not in font] == []
        parents = file.Root.StructTreeRoot.ParentTree.Nums[1]
        assert str(parents[len(parents) - 1].ActualText) == FACES[1].spoken
        assert "/Encrypt" not in file.trailer


def test_the_upright_layout_needs_no_other_code():
    upright = face(LONG, layout="standard", title="佛山标准产品证书", is_demo_key=True)

    pdf = rendering.draw(upright)

    page = pypdfium2.PdfDocument(pdf)[0]
    assert page.get_width() < page.get_height()
    printed = ["佛山标准产品证书", LONG, "电子签名使用演示密钥，不具法律效力"]
    assert [words for words in printed if words not in text_of(pdf)] == []


def test_another_seal_service_takes_the_place_of_ours_by_a_setting(settings):
    settings.SEAL_SERVICE = "tests.awards.certificates.sm3_seal"

    assert sealing.service().digest(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    promised = [name for name in vars(sealing.SealService) if not name.startswith("_")]
    assert [name for name in promised if not hasattr(signing, name)] == []


def test_placeholders_are_filled_and_nothing_else_is():
    values = {"resolution": "佛府〔2026〕18号"}

    assert filled("依据{resolution}文件{x}{{", values) == "依据佛府〔2026〕18号文件{x}{{"
    assert problems_of({"opening": "依据{resolution}，授予"}) == []
    assert [p.where for p in problems_of({"title": "{settings.SECRET_KEY}", "note": "{"})] == ["title", "note"]
    assert key_of(" 佛质奖证［2026］ ７－1号") == key_of("佛质奖证〔2026〕7-1号")
