"""The portal under many people at once, over the wire, on two gunicorn workers beside the database."""

import json
import os
import random
import signal
import statistics
import time
from collections import Counter
from functools import partial
from http.client import HTTPException
from itertools import count, groupby
from threading import Thread

from django.urls import reverse

from awards.applications.forms import token
from awards.applications.queries import years_of
from awards.applications.sections import DOCUMENTS
from awards.applications.shown import cells
from awards.models import Application, Snapshot
from awards.rehearsal import papers
from foshan_quality.lib.identity import invented_credit_code

from .crowd import PASSWORD, figures, model_firm
from .rows import Row
from .served import WORKERS, Browser, at_one_instant, per_second, signed_in, typed, with_pdf

BARE = "/static/css/site.css"  # what server, wire and client cost without the portal
LOGIN, OFFICE_LIST = "/accounts/login/", "/office/awards/application/"
RUSH = 500
KILLS = 100
PAUSE = 2.0  # seconds after the last key, in static/js/autosave.js


def rush(town, server):
    """Everybody hands in at one instant. The baseline is the same crowd asking for one small static file."""
    drafts = list(Application.objects.filter(edition=town.editions[-1]).select_related("created_by")[:RUSH])
    sessions = signed_in(draft.created_by for draft in drafts)
    requests = [
        Browser(server.port, session, place).raw_post(reverse("application_check", args=[draft.pk]), agrees="on")
        for place, (draft, session) in enumerate(zip(drafts, sessions, strict=True))
    ]
    bare = [b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % BARE.encode()] * len(drafts)
    baseline = percentile([answer.seconds for answer in at_one_instant(server.port, bare)])
    answers = at_one_instant(server.port, requests)
    accepted = sum(answer.status == 302 for answer in answers)
    submitted = Application.objects.filter(pk__in=[d.pk for d in drafts]).exclude(submitted_at=None)
    kept = submitted.filter(pk__in=Snapshot.objects.values("application")).count()
    versions = Counter(Snapshot.objects.filter(application__in=drafts).values_list("application", flat=True))
    numbers = Counter(submitted.values_list("number", flat=True))
    doubled = sum(count - 1 for counts in (versions, numbers) for count in counts.values())
    slowest = percentile([answer.seconds for answer in answers])
    yield Row.count("rush.submit.lost", "件", max(accepted, len(drafts)) - kept, len(drafts))
    yield Row.count("rush.submit.doubled", "件", doubled, len(drafts))
    yield Row.beside("rush.submit.p95_s", "s", slowest, baseline, len(answers))


def percentile(spans):
    """The 95th percentile."""
    return statistics.quantiles(spans, n=20)[-1]


def rush_signin(town, server):
    """Sign-ins a second, each with page, password and the page after it. The baseline is the page alone."""

    def sign_in(browser, turn):
        visitor = Browser(server.port, place=turn + 1000)
        visitor.connection = browser.connection
        visitor.post(LOGIN, login=town.owners[turn % len(town.owners)].email, password=PASSWORD)

    alone = per_second(server.port, lambda browser, turn: browser.get(LOGIN), seconds=2)
    yield Row.beside("rush.signin.per_s", "次/s", per_second(server.port, sign_in), alone, n=1)


def lists(town, server):
    """The applicant's task list and a page of 50 of the office's list: 95th percentile over one connection."""
    drafts = list(Application.objects.filter(edition=town.editions[-1]).select_related("created_by")[:100])
    sessions = signed_in(draft.created_by for draft in drafts)
    anybody = Browser(server.port)
    bare = percentile(spans(100, lambda turn: anybody.get(BARE)))

    def task_list(turn):
        Browser(server.port, sessions[turn % 100], turn).get(drafts[turn % 100].get_absolute_url())

    yield Row.beside("lists.applicant.p95_ms", "ms", percentile(spans(200, task_list)), bare, 200)
    pages = Application.objects.exclude(submitted_at=None).count() // 50
    office = Browser(server.port, signed_in([town.secretary])[0])
    shown = spans(200, lambda turn: office.get(f"{OFFICE_LIST}?p={turn % pages + 1}"))
    yield Row.beside("lists.office.p95_ms", "ms", percentile(shown), bare, 200)


def apply_per_minute(town, server):
    """Whole applications a minute: sign up, register, every form of the dossier, five files, hand in.

    Each by its form over the wire, four people at a time; pages in between are not asked for. The baseline
    is the number of uploads a minute, the dearest single form.
    """
    edition, model = town.editions[-1], model_firm(town.editions[-1].year)
    paper = papers.document_pdf(DOCUMENTS[0], model, year=edition.year)
    drawn = count(len(town.owners) + 1)
    dossier = list(sections(edition, model, paper))
    done = per_second(
        server.port, lambda browser, turn: apply(browser, edition, model, dossier, next(drawn)), connections=4
    )
    draft = Application.objects.filter(edition=edition, submitted_at=None).select_related("created_by").first()
    member = signed_in([draft.created_by])[0]
    where = reverse("application_section", args=[draft.pk, "documents"])
    evidence = with_pdf("file", paper, kind="evidence")

    def upload(browser, turn):
        browser.session = member
        browser.send(where, evidence)

    alone = per_second(server.port, upload, connections=4, seconds=2)
    yield Row.beside("flow.apply.per_min", "件/min", done * 60, alone * 60, n=1)


def sections(edition, model, paper):
    """The forms of a whole dossier, each with its place: they differ by nothing from one enterprise to the next."""
    yield "profile", typed(**model.profile)
    yield "indicators", typed(**cells(figures(edition, model), years_of(edition)))
    for category, answers in groupby(sorted(model.answers.items()), key=lambda answer: answer[0].rpartition(".")[0]):
        yield category, typed(**dict(answers))
    for kind in DOCUMENTS:
        if kind.is_required:
            yield "documents", with_pdf("file", paper, kind=kind.key)


def apply(browser, edition, model, dossier, number):
    """One new person with one new enterprise, from sign-up to receipt."""
    visitor = Browser(browser.port, place=number + 100_000)
    visitor.connection = browser.connection
    password = {"password1": PASSWORD, "password2": PASSWORD}
    visitor.post(reverse("account_signup"), name="新用户", email=f"new{number}@bench.invalid", **password)
    facts = {name: getattr(model, name) for name in ("district_code", "industry", "size", "registered_on", "address")}
    facts |= {"legal_representative": model.legal_representative, "credit_code": invented_credit_code("MAB", number)}
    visitor.post(reverse("organisation_new"), name=f"佛山市新来{number}号机械有限公司", **facts)
    draft = visitor.post(reverse("application_start", args=[edition.pk]))
    for place, form in dossier:
        visitor.send(f"{draft}sections/{place}/", form)
    visitor.post(f"{draft}check/", agrees="on")


def kills(town, server):
    """The web process killed a hundred times while somebody writes and somebody hands in.

    Each tries again until it is answered, as the page does. The baseline of the typing at risk is the
    pause after which the page saves by itself.
    """
    drafts = list(Application.objects.filter(submitted_at=None).select_related("created_by")[: KILLS + 1])
    writing, *handed_in = drafts
    writer, *submitters = signed_in(draft.created_by for draft in drafts)
    where = reverse("application_autosave", args=[writing.pk, "4.1"])
    base, lost, waited = token(writing.answers.get(key="4.1.2")), 0, []
    for turn, (draft, session) in enumerate(zip(handed_in, submitters, strict=True)):
        fields = {"4.1.2": {"text": f"第 {turn} 次修改。", "base": base}}
        sent = {"who": writing.created_by_id, "fields": fields}
        start, killer = time.perf_counter(), kill_one(server, after=random.random() / 10)
        answer = json.loads(until_answered(lambda sent=sent: Browser(server.port, writer).send_json(where, sent)))
        waited.append(time.perf_counter() - start)
        killer.join()
        base = answer["bases"].get("4.1.2") or answer["conflicts"][0]["base"]
        lost += writing.answers.get(key="4.1.2").text != fields["4.1.2"]["text"]
        killer = kill_one(server, after=random.random() / 5)
        check = reverse("application_check", args=[draft.pk])
        until_answered(lambda check=check, session=session: Browser(server.port, session).post(check, agrees="on"))
        killer.join()
        lost += draft.snapshots.count() != 1
    yield Row.count("kill.acknowledged.lost", "件", lost, 2 * len(handed_in))
    yield Row.beside("kill.typing_at_risk_s", "s", PAUSE + max(waited), PAUSE, len(waited))


def kill_one(server, after):
    """Kill one of the workers in a moment, without a goodbye."""

    def kill():
        time.sleep(after)
        while len(workers := server.workers()) < WORKERS:  # the last one's successor is on its way
            time.sleep(0.05)
        os.kill(random.choice(workers), signal.SIGKILL)

    thread = Thread(target=kill)
    thread.start()
    return thread


def until_answered(ask):
    """Ask again while the line is cut."""
    while True:
        try:
            return ask()
        except (OSError, HTTPException):
            time.sleep(0.2)


def spans(times, work):
    """How long each turn took, in milliseconds; the first is not counted."""
    work(0)
    found = []
    for turn in range(times):
        start = time.perf_counter()
        work(turn)
        found.append((time.perf_counter() - start) * 1000)
    return found


def pages(town, server):
    """Public home, sign-in page and the office's list, eight connections; the baseline is the bare static file."""
    bare = per_second(server.port, lambda browser, turn: browser.get(BARE), seconds=2)
    office = signed_in([town.secretary] * 8)
    for name, path, sessions in (
        ("page.home.per_s", "/", [""]),
        ("page.login.per_s", LOGIN, [""]),
        ("page.office_list.per_s", OFFICE_LIST, office),
    ):
        ask = partial(lambda path, browser, turn: browser.get(path), path)
        yield Row.beside(name, "次/s", per_second(server.port, ask, sessions=sessions), bare, n=1)


MEASURES = [pages, lists, rush_signin, apply_per_minute, kills, rush]
