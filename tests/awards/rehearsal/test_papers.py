import io
import json
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

import awards.rubric
from awards.applications.sections import DOCUMENTS
from awards.rehearsal import cast, names, papers

RUBRIC = json.loads((Path(awards.rubric.__file__).parent / "data" / "gbt19580-2012.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rare_one():
    applicants = cast.enterprises(seed=1, serial=1, year=2026, rubric=RUBRIC)
    return next(one for one in applicants if names.RARE in one.name)


def page_texts(pdf):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf)]


@pytest.mark.parametrize("kind", DOCUMENTS, ids=lambda kind: kind.key)
def test_every_kind_of_document_is_a_short_pdf_marked_as_a_rehearsal_on_every_page(kind, rare_one):
    pages = page_texts(papers.document_pdf(kind, rare_one, year=2026))

    assert 1 <= len(pages) <= 2
    assert all("演练样张" in text for text in pages)
    assert rare_one.name in "".join(pages).replace("\r\n", "")


def test_fonts_are_embedded(rare_one):
    pdf = pikepdf.open(io.BytesIO(papers.document_pdf(DOCUMENTS[0], rare_one, year=2026)))

    descriptors = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/FontName")]

    assert descriptors
    assert all("/FontFile3" in one or "/FontFile2" in one for one in descriptors)


def test_the_audit_report_shows_the_figures_of_the_form(rare_one):
    audit = next(kind for kind in DOCUMENTS if kind.key == "audit_reports")

    text = "".join(page_texts(papers.document_pdf(audit, rare_one, year=2026)))

    for row in rare_one.indicators.values():
        assert f"{row['revenue']:,}" in text


def test_the_same_paper_is_drawn_to_the_same_bytes(rare_one):
    first = papers.document_pdf(DOCUMENTS[0], rare_one, year=2026)

    assert papers.document_pdf(DOCUMENTS[0], rare_one, year=2026) == first
