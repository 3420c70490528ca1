"""Two resolutions of one edition: who is examined waits, the others are approved, a supplement decides on the rest."""

from datetime import timedelta

import pytest
from django.urls import reverse

from awards.certificates import actions as certifying
from awards.certificates.tasks import draw_certificate
from awards.dashboard import board
from awards.models import Edition, Honour, Resolution, ResolutionLine
from awards.papers.queries import paper_text
from awards.process import State
from awards.publicity import actions as publicising
from awards.registry.queries import leading_season
from awards.resolutions import actions as resolving
from awards.resolutions.queries import to_be_approved, waiting
from enterprises.models import Message
from foshan_quality.lib import clock
from tests import given
from tests.desk import office, record_url
from tests.steps import refused, state_of

SMALL = {"firms": 2, "experts": 1, "members": 1, "experts_per_application": "1"}
FIRST, SECOND = "佛府〔2026〕18号", "佛府〔2026〕21号"
LATER = given.AFTER_NOTICE + timedelta(days=7)


@pytest.fixture
def season(db):
    """Two on notice, an objection to the second undecided when the period is over."""
    season = given.walk_to("publicised", **SMALL)
    season.free, season.examined = season.applications
    season.objection = given.objection_to(season.examined, season.notice)
    with clock.at(given.AFTER_NOTICE):
        yield season


def enter(season, number=FIRST, names=None, **facts):
    names = [season.free.organisation.name] if names is None else names
    return given.resolution_of(season, number=number, names=names, **facts)


def approve(season, *args, **facts):
    return resolving.confirm(enter(season, *args, **facts), by=season.second)


def supplement(season, names=None, **facts):
    """The later document, on a later day; unless told otherwise it names the one who waited."""
    names = [season.examined.organisation.name] if names is None else names
    with clock.at(LATER):
        return approve(season, SECOND, names, issued_on=LATER.date(), **facts)


def told(application):
    people = Message.objects.filter(user=given.owner_of(application.organisation)).order_by("pk")
    return people.values_list("kind", flat=True)


def decide(season, outcome):
    return given.decided(season.objection, outcome, by=season.secretary, second=season.second)


# --- the first document ---------------------------------------------------------------------------------


def test_who_is_examined_waits_and_the_others_are_approved(season):
    resolution = approve(season)

    assert [state_of(season.free), state_of(season.examined)] == [State.HONOURED, State.PUBLICISED]
    assert state_of(season.edition) == Edition.State.AWARDED
    assert [row["application"] for row in resolution.waiting] == [season.examined.pk]
    assert [(line.application, line.is_approved) for line in ResolutionLine.objects.all()] == [(season.free, True)]
    assert told(season.examined).last() == "approval_deferred"


def test_a_document_that_names_somebody_examined_is_not_entered(season):
    with refused("objections", untouched=[season.edition]):
        enter(season, names=[application.organisation.name for application in season.applications])


def test_nothing_is_entered_while_everybody_is_examined(season):
    with clock.at(given.NOTICE):
        given.objection_to(season.free, season.notice)

    with refused("objections", "objections", "no_names", untouched=[season.edition]):
        enter(season)


def test_who_waited_at_the_entry_goes_on_waiting_though_the_examination_ends_before_the_confirmation(season):
    entered = enter(season)
    decide(season, "dismissed")

    resolving.confirm(entered, by=season.second)

    assert state_of(season.examined) == State.PUBLICISED


def test_who_was_struck_meanwhile_does_not_wait(season):
    entered = enter(season)
    decide(season, "upheld")

    assert resolving.confirm(entered, by=season.second).waiting == []
    assert list(to_be_approved()) == []


# --- the supplement -------------------------------------------------------------------------------------


def test_a_supplement_honours_who_waited_with_its_own_number_date_and_the_next_certificate(season):
    first = approve(season)
    [one] = certifying.issue(season.edition, by=season.secretary)
    draw_certificate(one.pk)
    decide(season, "dismissed")

    second = supplement(season)
    [two] = certifying.issue(season.edition, by=season.secretary)

    assert (second.supplements, state_of(season.edition)) == (first, Edition.State.AWARDED)
    honours = Honour.objects.order_by("pk").values_list("resolution__number", "announced_on")
    assert list(honours) == [(FIRST, given.AFTER_NOTICE.date()), (SECOND, LATER.date())]
    assert (one.sequence, two.sequence) == (1, 2)
    wordings = [certifying.wording_of(certificate) for certificate in (one, two)]
    assert [FIRST in str(wordings[0]), SECOND in str(wordings[1])] == [True, True]
    with refused("complete", "strange", untouched=[season.edition]):
        enter(season, "佛府〔2026〕22号")


def test_a_supplement_may_approve_nobody_with_the_reason(season):
    approve(season)
    decide(season, "dismissed")

    with refused("fewer", untouched=[season.edition]):
        supplement(season, [])
    supplement(season, [], fewer_because="市政府未予批准。")

    assert state_of(season.examined) == State.NOT_APPROVED
    assert told(season.examined).last() == "not_approved"
    assert [line.is_approved for line in ResolutionLine.objects.order_by("pk")] == [True, False]


def test_a_supplement_waits_for_the_end_of_the_examination_and_is_not_older_than_the_first(season):
    approve(season)

    with refused("objections", "objections", untouched=[season.edition]):
        supplement(season)
    decide(season, "dismissed")
    with refused("issued_on", untouched=[season.edition]):
        enter(season, SECOND, [season.examined.organisation.name], issued_on=given.AFTER_NOTICE.date() - timedelta(1))


def test_a_firm_renamed_while_it_waits_is_publicised_anew_alone(season):
    approve(season)
    decide(season, "dismissed")
    given.renamed(season.examined.organisation, changed_on=given.AFTER_NOTICE.date())
    season.examined.organisation.refresh_from_db()
    with clock.at(LATER):
        draft = publicising.correct_notice(season.notice, by=season.secretary, because="更名")

        released = publicising.publish(draft, by=season.second)

        assert [row["application"] for row in released.names] == [season.examined.pk]
        assert state_of(season.edition) == Edition.State.AWARDED
        with refused("window", untouched=[season.edition]):
            enter(season, SECOND, [season.examined.organisation.name])


# --- what people are shown ------------------------------------------------------------------------------


def test_everybody_is_shown_who_waits_until_nobody_does(season):
    approve(season)
    season.edition.refresh_from_db()
    owner = office(given.owner_of(season.examined.organisation))
    page = owner.get(reverse("application", args=[season.examined.pk])).content.decode()

    assert "因异议核查暂缓审定" in page
    assert leading_season(clock.now()).words == "已表彰，1 家待补充批准"
    assert [reason for _application, reason in waiting(season.edition)] == ["异议核查中"]
    said = board.season(season.edition)
    assert (said["deferred"], said["stages"][5]["kind"]) == (1, "now")
    assert season.free.organisation.name in paper_text(season.edition, "commendation")["body"]
    todos = [line["label"] for line in office(season.second).get("/office/").context_data["waiting"]]
    assert "公示后待补充批准" not in todos

    decide(season, "dismissed")

    assert [reason for _application, reason in waiting(season.edition)] == ["待补充批准"]
    todos = [line["label"] for line in office(season.second).get("/office/").context_data["waiting"]]
    assert "公示后待补充批准" in todos
    request = paper_text(season.edition, "request")
    assert "关于补充审定" in request["title"]
    assert season.free.organisation.name not in request["body"]
    supplement(season)
    assert leading_season(clock.now()).words == "已表彰"
    assert (waiting(season.edition), board.season(season.edition)["deferred"]) == ([], 0)
    record = Resolution.objects.get(number=SECOND)
    page = office(season.second).get(reverse("admin:awards_resolution_change", args=[record.pk])).content.decode()
    assert f"补充批准（首次批准 {FIRST}）" in page
    honour = season.examined.granted
    linked = [record_url(found) for found in (season.notice, record.supplements, honour, season.examined)]
    assert [url for url in linked if url not in page] == []


def test_the_request_before_the_first_approval_says_how_many_are_still_examined(season):
    text = paper_text(season.edition, "request")

    assert "其中1家单位有异议正在核查，未列入本次名单" in text["body"]
    assert season.examined.organisation.name not in text["body"]
