"""A whole season with planted names, employers, comments and totals: everybody follows every link and reads.

Pages, tables, papers, searches and messages; what `tests/awards/reviews/test_secrets.py` asks of each phase of the
review is asked here of the whole, from the first sheet to the certificate.
"""

import io
import re

import openpyxl
import pypdfium2
import pytest
from django.test import Client

from awards.feedback import actions as telling
from awards.models import Assignment, Item
from awards.rehearsal.calls import open_call_now
from awards.reviews import actions as reviewing
from enterprises.models import Message, User
from foshan_quality.lib import clock
from tests import given, phases
from tests.desk import office, record_url

LINK = re.compile(r'(?:href|action)="(/[^"#?]*)"')
NOT_FOLLOWED = re.compile(r"/(static|accounts|media)/|logout|jsi18n")
NAMES = ("卜一鸣甲", "卜一鸣乙", "卜一鸣丙")
WORDS = ("此处见识过人", "此处不敢苟同", "此处尚可推敲")
EMPLOYERS = ("藏名大学", "藏名学院", "藏名研究所")
TOTALS = ("852.50", "802.50", "752.50")  # of the first case; the mean is the second
SECRETS = {*NAMES, *WORDS, *EMPLOYERS, *TOTALS}


@pytest.fixture
def season(db):
    """Reviewed, publicised, honoured, certified; the feedback is released."""
    season = given.walk_to("in_review", firms=2, feedback_on=str(given.NOTICE.date()))
    given.WALK["panelled"](season, experts=3)
    for expert, name, employer in zip(season.experts, NAMES, EMPLOYERS, strict=True):
        User.objects.filter(pk=expert.pk).update(name=name)
        type(expert.expert).objects.filter(user=expert).update(employer=employer)
    with clock.at(phases.TALK):
        for turn, seat in enumerate(Assignment.objects.order_by("application__number", "pk")):
            marked(seat, 85 - 5 * turn, WORDS[turn % 3])
    for step in ("ranked", "shortlisted", "voting", "proposed", "publicised", "honoured", "certified"):
        given.WALK[step](season, members=3)
    with clock.at(given.AFTER_NOTICE):
        telling.draft_all(by=season.secretary, edition=season.edition)
        report = season.applications[0].feedback_report
        said = {part.category.code: ("领导作用突出。", "") for part in report.parts.select_related("category")}
        telling.write(report, by=season.experts[0], parts=said, version=0)
        telling.hand_in(report, by=season.experts[0])
        telling.release(telling.approve(report, by=season.secretary), by=season.secretary)
        open_call_now(by=season.secretary, days=30, agency="测评办")
        yield season


def marked(seat, percentage, words):
    """A whole sheet, one item a step better than the others, so that its total stands nowhere else."""
    reviewing.declare_free(seat, by=seat.expert)
    items = Item.objects.filter(category__rubric=seat.application.edition.rubric)
    marks = {item.code: (percentage + 5 * (item.code == "4.1.2"), words, words) for item in items}
    reviewing.save_marks(seat, by=seat.expert, marks=marks, version=0)
    reviewing.submit_sheet(seat, by=seat.expert)


def everything_read(user):
    """{address: text} of every page, table and paper this person, or somebody unknown, gets to by links."""
    client, found = office(user) if user else Client(), {}
    waiting = ["/", "/desk/", "/inbox/", "/office/", "/leadership/", "/laureates.csv"]
    while waiting:
        url = waiting.pop()
        answer = client.get(url)
        text = text_of(answer)
        found[url] = text + str(answer.headers)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            links = set(LINK.findall(text)) | {answer.headers.get("Location", "")}
            waiting += [link for link in links if link.startswith("/") and not is_left_out(link, found, waiting)]
    return found


def is_left_out(link, found, waiting):
    return link in found or link in waiting or NOT_FOLLOWED.search(link)


def text_of(answer):
    """What a person reads in an answer, whatever it is."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content.startswith(b"%PDF"):
        return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content))
    if content.startswith(b"PK"):
        book = openpyxl.load_workbook(io.BytesIO(content))
        return str([row for sheet in book for row in sheet.iter_rows(values_only=True)])
    return content.decode(errors="ignore")


def secrets_in(texts):
    """{address: the secrets on it}."""
    found = {url: {secret for secret in SECRETS if secret in text} for url, text in texts.items()}
    return {url: secrets for url, secrets in found.items() if secrets}


def rows_found(user, read, name):
    """{list: how many rows it shows for this name} of every list of the office on this person's way."""
    client, lists = office(user), [url for url in read if re.fullmatch(r"/office/\w+/\w+/", url)]
    pages = {url: client.get(url, {"q": name}).context_data for url in lists}
    return {url: page["cl"].result_count for url, page in pages.items() if "cl" in page}


def test_no_name_comment_or_total_of_the_review_reaches_applicants_outsiders_the_public_or_another_expert(season):
    [owner, other] = [given.owner_of(application.organisation) for application in season.applications]
    outsider, officer, leader, member = given.expert(), given.district_officer(), given.leader(), season.experts[1]

    read = {user: everything_read(user) for user in (owner, other, outsider, officer, leader, member, None)}

    for user in (owner, other, outsider, officer, None):
        assert secrets_in(read[user]) == {}, user
    assert secrets_in(read[leader]) == {"/leadership/": {TOTALS[1]}}  # the highest score, no names
    assert set().union(*secrets_in(read[member]).values()) <= {NAMES[1], WORDS[1], EMPLOYERS[1], TOTALS[1]}
    feedback = f"/applications/{season.applications[0].pk}/feedback/download/"
    assert ["领导作用突出" in text for url, text in read[owner].items() if url == feedback] == [True]
    for user in (member, officer):
        found = rows_found(user, read[user], NAMES[0])
        assert (found != {}, found) == (True, rows_found(user, read[user], "查无此人"))
    told = Message.objects.filter(user__in=[owner, other, outsider, officer, leader, *season.experts])
    assert secrets_in({str(message.pk): f"{message.text}{message.copy_text}" for message in told}) == {}
    seen = text_of(office(season.secretary).get(record_url(season.ranking)))
    assert secrets_in({"the ranking": seen}) == {"the ranking": {*TOTALS}}
