"""Strings planted in sheets, discussions, minutes and names stay where the phase lets them be seen, on paper too."""

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from awards.models import AgreedItem, Consensus, FeedbackReport, ReviewPhase, SiteVisit
from enterprises.models import Message
from foshan_quality.lib import clock
from foshan_quality.permissions import Role
from tests import given, phases
from tests.desk import list_url, office, record_url

WORDS, TALK, SEEN = "隐语甲一二三", "隐语乙四五六", "隐语丙七八九"
SECRETS = (WORDS, TALK, SEEN)


@pytest.fixture
def season(db):
    """Agreed on and visited; every expert has a name that stands nowhere else."""
    season = given.walk_to("panelled", firms=2, experts=3, phases=phases.THREE, shortlist_per_place="3/2")
    for turn, expert in enumerate(season.experts):
        type(expert).objects.filter(pk=expert.pk).update(name=f"匿名者{'甲乙丙'[turn]}")
    with clock.at(phases.TALK):
        for application in season.applications:
            for turn, seat in enumerate(application.assignments.order_by("pk")):
                phases.mark(seat, turn, strengths=WORDS)
        phases.phasing.open_phase(phases.phase(season, "consensus"), by=season.secretary)
    for application in season.applications:
        phases.agreed(season, application)
    AgreedItem.objects.filter(is_wide=True).update(discussion=TALK)
    given.WALK["ranked"](season), given.WALK["shortlisted"](season)
    with clock.at(phases.VISIT):
        phases.phasing.open_phase(phases.phase(season, "site_visit"), by=season.secretary)
        visit = phases.visited(season, experts=season.experts[:1])
        phases.visiting.add_evidence(visit, by=season.experts[0], item="4.5.3", seen=SEEN)
        visit.minutes.update(attendance=SEEN)
        phases.report(season)
        yield season


def pages(season):
    """Every page about the first case."""
    application = season.applications[0]
    consensus, visit = application.consensus, application.site_visit
    firm = f"/applications/{application.pk}/"
    office_pages = [record_url(record) for record in (consensus, visit, application.feedback_report)]
    return [
        *office_pages,
        record_url(consensus).replace("change", "table"),
        record_url(consensus).replace("change", "minutes"),
        record_url(visit).replace("change", "minutes"),
        *(list_url(model) for model in (Consensus, SiteVisit, FeedbackReport, ReviewPhase)),
        "/office/",
        firm,
        f"{firm}site-visit/",
        f"{firm}feedback/",
        f"{firm}dossier/",
        "/",
        "/desk/",
        "/inbox/",
        "/laureates/",
        "/dashboard/",
    ]


def read(user, season, urls=None):
    """Everything this person can read of the pages, papers included."""
    client = office(user)
    return {url: _text(client.get(url, follow=True)) for url in urls or pages(season)}


def _text(answer):
    if answer.status_code != 200:
        return ""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return words_of(content) if content.startswith(b"%PDF") else content.decode()


def words_of(pdf):
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def names_in(texts, season):
    names = {expert.pk: type(expert).objects.get(pk=expert.pk).name for expert in season.experts}
    return {pk for pk, name in names.items() if any(name in text for text in texts)}


def secrets_in(texts):
    return {secret for secret in SECRETS if any(secret in text for text in texts)}


def test_applicants_leaders_and_outside_experts_read_no_word_no_name_and_no_mark_of_a_review(season):
    owner = given.owner_of(season.applications[0].organisation)
    other = given.owner_of(season.applications[1].organisation)

    for user in (owner, other, given.leader(), given.expert(), given.person("过路人")):
        texts = read(user, season).values()
        assert secrets_in(texts) == set()
        assert names_in(texts, season) == set()
        assert not any(str(season.applications[0].consensus.score) in text for text in texts)
    assert not Message.objects.filter(user__in=[owner, other], text__contains="匿名者").exists()


def test_the_panel_reads_marks_and_discussion_by_number_and_never_the_names_of_the_others(season):
    head, member, _third = season.experts

    read_by_member = read(member, season)
    consensus = read_by_member[record_url(season.applications[0].consensus)]
    assert "专家1、专家2（本人）、专家3" in "".join(consensus.split())
    assert TALK in consensus
    assert secrets_in(read_by_member.values()) == {TALK}  # single words are on the head's page, evidence with the team
    assert names_in(read_by_member.values(), season) == {member.pk}
    assert names_in(read(head, season, pages(season)[:5]).values(), season) == {head.pk}
    assert names_in(read(season.secretary, season, pages(season)[:1]).values(), season) == {
        e.pk for e in season.experts
    }


def test_whoever_has_not_submitted_or_stepped_back_sees_nothing_of_the_others(season):
    application = season.applications[0]
    for state in ("sitting", "assigned", "recused"):
        application.assignments.filter(expert=season.experts[1]).update(
            state=state, recusal_reason="回避" if state == "recused" else ""
        )
        client = office(season.experts[1])
        closed = 302 if state == "recused" else 404  # who stepped back is led to the own record
        assert [client.get(url).status_code for url in pages(season)[:6]] == [closed, 404, closed, 404, 404, 404]
    season.experts[2].role_grants.filter(role=Role.EXPERT).delete()
    assert office(season.experts[2]).get(pages(season)[0]).status_code in {302, 403}


def test_lists_cost_the_same_queries_for_one_row_and_three(db):
    season = given.walk_to("submitted", firms=3)
    first, *others = season.applications
    now, by = clock.now(), season.secretary
    days = {"first_day": now.date(), "last_day": now.date(), "place": "某地", "agenda": "议程"}
    client = office(by)

    def add(application, position):
        Consensus.objects.create(application=application, begun_at=now, begun_by=by)
        SiteVisit.objects.create(application=application, planned_by=by, **days)
        FeedbackReport.objects.create(application=application, drafted_at=now, drafted_by=by)
        ReviewPhase.objects.create(edition=season.edition, kind=f"kind{position}", position=position, weight=1)

    def costs():
        found = {}
        for model in (Consensus, SiteVisit, FeedbackReport, ReviewPhase):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(list_url(model))
            found[model.__name__] = answer.context_data["cl"].result_count, len(queries)
        return found

    add(first, 50)
    costs()
    queries = {"Consensus": 7, "SiteVisit": 7, "FeedbackReport": 8, "ReviewPhase": 6}

    assert costs() == {name: (1, number) for name, number in queries.items()}
    for position, application in enumerate(others, 51):
        add(application, position)
    assert costs() == {name: (3, number) for name, number in queries.items()}
