"""The header that tells the browser what a page may load."""

from django.http import HttpResponse

from foshan_quality import headers

OF_ALL = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def test_every_answer_says_that_only_our_own_files_run_but_one_that_brings_its_own_keeps_it():
    stricter = HttpResponse(headers={headers.NAME: "sandbox"})

    said = [headers.middleware(lambda _request, a=a: a)(None)[headers.NAME] for a in (HttpResponse(), stricter)]

    assert said == [OF_ALL, "sandbox"]


def test_a_page_may_change_one_directive():
    assert headers.policy(frame_ancestors=["'self'"]) == OF_ALL.replace("ancestors 'none'", "ancestors 'self'")
