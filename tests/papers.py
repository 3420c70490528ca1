"""Papers set once a process: the same markup is the same PDF, byte for byte, and setting one takes up to a second.

A test that looks at exactly this asks for the fixture `set_anew`.
"""

from unittest import mock

import pytest
from weasyprint import HTML

from foshan_quality.lib import printing


class Kept:
    """Stands in for WeasyPrint's HTML; where the markup has been set before, its PDF is at hand."""

    pdfs = {}

    def __init__(self, *, string, **surroundings):
        self.string, self.surroundings = string, surroundings

    def write_pdf(self, *, font_config, **options):
        key = (self.string, *sorted(options.items()))
        if key not in self.pdfs:
            self.pdfs[key] = HTML(string=self.string, **self.surroundings).write_pdf(font_config=font_config, **options)
        return self.pdfs[key]


class Plain(Kept):
    """Sets a short page in place of every paper, one for each article: to some tests a paper is a file like any."""

    def __init__(self, *, string, **surroundings):
        pages = "<p style='break-after: page'>纸</p>" * string.count("<article") or "<p>纸</p>"
        super().__init__(string=f"<html lang=zh><title>纸</title><body>{pages}</body></html>", **surroundings)


@pytest.fixture(scope="session", autouse=True)
def papers_are_kept():
    with mock.patch.object(printing, "HTML", Kept):
        yield


@pytest.fixture
def set_anew():
    """In this test WeasyPrint sets every paper, known or not."""
    with mock.patch.object(printing, "HTML", HTML):
        yield


@pytest.fixture(scope="module")
def plain_papers():
    """In this module nobody reads a paper."""
    with mock.patch.object(printing, "HTML", Plain):
        yield
