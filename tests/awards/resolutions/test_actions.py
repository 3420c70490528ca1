import re
from datetime import date, timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from awards.models import Certificate, Edition, Entitlement, Honour, Resolution, ResolutionLine
from awards.process import State
from awards.publicity import actions as publicising
from awards.resolutions import actions as resolving
from enterprises.models import Message
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.desk import office
from tests.steps import check_duty, check_step, copy_of, put, refused, refused_by, state_of

# Words of the frame and of the lasting register that speak of no candidate.
GENERAL = [
    "获奖名录",
    "历届获奖",
    "还没有获奖记录",
    "获奖名额上限",
    "获奖单位下载电子证书",
    "获奖单位由市政府表彰",
    "批准文件发布后才产生获奖单位",
    "公开报道称南海区有2家获奖",
    "年度,获奖单位,现名",
]
SMALL = {"firms": 2, "experts": 1, "members": 1, "experts_per_application": "1"}
NUMBER = "佛府〔2026〕18号"


@pytest.fixture
def publicised(db):
    season = given.walk_to("publicised", **SMALL)
    with clock.at(given.AFTER_NOTICE):
        yield season


@pytest.fixture
def honoured(db):
    return given.walk_to("honoured", **SMALL | {"firms": 1})


def enter(season, by=None, **changes):
    facts = {"number": NUMBER, "issued_on": date(2026, 7, 24)} | changes
    return given.resolution_of(season, by=by, **facts)


# --- entering -----------------------------------------------------------------------------------------


def test_an_entered_document_makes_no_winners_yet(publicised):
    resolution = enter(publicised)

    assert (resolution.state, resolution.entered_at) == ("entered", given.AFTER_NOTICE)
    assert Honour.objects.count() == 0
    assert [a.state for a in publicised.applications] == [State.PUBLICISED] * 2


@pytest.mark.parametrize(
    "number",
    [
        "佛府[2026]18号",
        "佛府(2026)18号",
        "佛府〔26〕18号",
        "佛府〔2026〕018号",
        "佛府〔2026〕18",
        "〔2026〕18号",
        "佛府〔2026〕0号",
        "佛府 〔2026〕18号 ",
        "",
    ],
)
def test_a_number_not_written_as_official_papers_write_it_is_refused(publicised, number):
    with refused("number", untouched=[publicised.edition]):
        enter(publicised, number=number)


def test_everything_in_the_way_is_named_at_once(publicised):
    with clock.at(given.NOTICE):
        publicising.object_to(
            publicised.notice, application=publicised.applications[0], objector="某", contact="1", grounds="不实"
        )
        with refused("window", "number", "issued_on", "objections", untouched=[publicised.edition]):
            enter(publicised, number="18号")


def test_a_list_is_entered_once_and_a_number_used_once(publicised):
    enter(publicised)

    with refused("twice", "number_twice"):
        enter(publicised)
    with refused("twice"):
        enter(publicised, number="佛府〔2026〕19号")


def test_a_wrong_entry_is_dropped_and_entered_anew(publicised):
    resolving.drop(enter(publicised), by=publicised.secretary, reason="文号有误")

    assert enter(publicised).state == "entered"


def test_a_document_of_tomorrow_is_not_entered(publicised):
    with refused("issued_on"):
        enter(publicised, issued_on=given.AFTER_NOTICE.date() + timedelta(days=1))
    check_duty(Permission.RESOLUTION_ENTER, lambda by: enter(publicised, by), publicised.edition)


# --- the list in the document ---------------------------------------------------------------------------


def names(season):
    return [application.organisation.name for application in season.applications]


def test_a_document_without_its_scan_or_with_another_list_is_not_entered(publicised):
    first, second = names(publicised)

    with refused("strange", "fewer", untouched=[publicised.edition]):
        enter(publicised, names=[first, second.replace("佛山市", "")])
    with refused("strange", untouched=[publicised.edition]):
        enter(publicised, names=[first, second, "佛山市别的公司"])
    with refused("fewer", "scan", untouched=[publicised.edition]):
        enter(publicised, names=[first], upload=None)

    assert enter(publicised).scan.digest


def test_who_is_not_in_the_document_is_not_approved_and_told_so(publicised):
    first, second = publicised.applications
    resolution = enter(publicised, names=names(publicised)[:1], fewer_because="市政府常务会议未予通过。")

    resolving.confirm(resolution, by=publicised.second)

    assert [state_of(first), state_of(second)] == [State.HONOURED, State.NOT_APPROVED]
    assert [honour.application for honour in Honour.objects.all()] == [first]
    told = Message.objects.filter(user=given.owner_of(second.organisation)).exclude(kind="application_submitted")
    assert [m.kind for m in told.order_by("pk")][-1] == "not_approved"


def test_a_firm_renamed_after_the_notice_is_publicised_under_its_new_name_before_the_approval(publicised):
    former = names(publicised)
    resolution = enter(publicised)
    given.renamed(publicised.applications[0].organisation, changed_on=date(2026, 7, 21))

    with refused("renamed", "strange", "fewer", untouched=[resolution, publicised.edition]):
        resolving.confirm(resolution, by=publicised.second)
    resolving.drop(resolution, by=publicised.secretary, reason="更名")
    with refused("renamed", "strange", "fewer", untouched=[publicised.edition]):
        enter(publicised, names=former)


def test_a_name_struck_after_the_entry_stops_the_confirmation(publicised):
    resolution = enter(publicised)
    put(publicised.applications[0], State.STRUCK)

    with refused("strange", untouched=[resolution, publicised.edition]):
        resolving.confirm(resolution, by=publicised.second)


# --- confirming ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["confirm", "drop"])
def test_a_step_goes_from_its_source_and_from_no_other_state(publicised, name):
    entered = enter(publicised)
    acts = {
        "confirm": lambda by: resolving.confirm(entered, by=by),
        "drop": lambda by: resolving.drop(entered, by=by, reason="有误"),
    }
    Resolution.objects.update(confirmed_at=clock.now(), confirmed_by=publicised.second)

    check_step(entered, Resolution.workflow, name, lambda: acts[name](publicised.second))
    check_duty(Permission.RESOLUTION_ENTER, acts[name], entered)


def test_confirming_grants_the_honours_under_the_registered_names_and_tells_the_winners(publicised):
    resolution = resolving.confirm(enter(publicised), by=publicised.second)

    applications = publicised.applications
    assert (resolution.state, resolution.confirmed_by) == ("in_force", publicised.second)
    assert [a.state for a in applications] == [State.HONOURED] * 2
    assert state_of(publicised.edition) == Edition.State.AWARDED
    kind = publicised.edition.programme.honour_kind
    assert sorted(Honour.objects.values_list("organisation_name", "kind", "year", "announced_on", "source")) == sorted(
        (a.organisation.name, kind.pk, 2026, date(2026, 7, 24), f"{NUMBER}《关于表彰的通报》") for a in applications
    )
    assert Message.objects.filter(kind="honour_granted").count() == 2


def test_who_entered_does_not_confirm(publicised):
    resolution = enter(publicised)

    with refused("two_people", untouched=[resolution, publicised.edition, *publicised.applications]):
        resolving.confirm(resolution, by=publicised.secretary)
    with refused_by("resolution_two_people"):
        Resolution.objects.update(confirmed_by=publicised.secretary)


def test_a_struck_candidate_gets_no_honour(publicised):
    with clock.at(given.NOTICE):
        objection = publicising.object_to(
            publicised.notice, application=publicised.applications[0], objector="某", contact="1", grounds="不实"
        )
        given.decided(objection, "upheld", by=publicised.secretary, second=publicised.second)

    resolving.confirm(enter(publicised), by=publicised.second)

    assert [a.state for a in publicised.applications] == [State.STRUCK, State.HONOURED]
    assert [honour.application for honour in Honour.objects.all()] == [publicised.applications[1]]


def test_an_objection_still_open_at_the_confirmation_stops_it(publicised):
    resolution = enter(publicised)
    with clock.at(given.NOTICE):
        publicising.object_to(
            publicised.notice, application=publicised.applications[0], objector="某", contact="1", grounds="不实"
        )

    with refused("objections", untouched=[resolution, publicised.edition]):
        resolving.confirm(resolution, by=publicised.second)

    assert Honour.objects.count() == 0


def test_before_the_confirmation_no_page_calls_anybody_a_winner(publicised, client):
    """The public pages and those of the applicant, while the document is entered but not confirmed."""
    enter(publicised)
    application = publicised.applications[0]
    owner = office(given.owner_of(application.organisation))
    public = ["home", "guide", "laureates", "laureates_csv", "laureates_json", "notices"]
    pages = [client.get(reverse(name)) for name in public]
    pages += [client.get(publicised.notice.get_absolute_url())]
    own = ["application", "application_receipt", "application_dossier"]
    pages += [owner.get(reverse("desk")), *(owner.get(reverse(name, args=[application.pk])) for name in own)]

    found = set()
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        for words in GENERAL:
            text = text.replace(words, "")
        found |= {text[match.start() - 12 : match.end() + 12] for match in re.finditer("获奖", text)}
    assert not found, "\n".join(sorted(found))
    assert application.organisation.name not in pages[2].content.decode() + pages[3].content.decode()
    assert (Honour.objects.count(), Certificate.objects.count(), Entitlement.objects.count()) == (0, 0, 0)


def test_a_later_change_of_name_does_not_touch_the_honour(honoured):
    honour = Honour.objects.get()
    honour.organisation.name = "改名后的公司"
    honour.organisation.save()

    assert Honour.objects.get().organisation_name != "改名后的公司"


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_other_impossible_documents(honoured):
    with refused_by("one_first_resolution_per_edition"):
        copy_of(honoured.resolution, number="佛府〔2026〕99号")
    supplement = {"supplements": honoured.resolution, "state": "entered"}
    copy_of(honoured.resolution, number="佛府〔2026〕97号", **supplement)
    with refused_by("one_resolution_entered_at_a_time"):
        copy_of(honoured.resolution, number="佛府〔2026〕98号", **supplement)
    with refused_by("supplement_stands_on_its_base"):
        Resolution.objects.filter(supplements=None).update(state="dropped")
    with refused_by("resolution_supplements_another"):
        Resolution.objects.filter(supplements=None).update(supplements=F("pk"))
    with refused_by("one_resolution_per_candidate"):
        copy_of(ResolutionLine.objects.get(), is_approved=False)
    other = given.prepared_edition(by=honoured.secretary, year=2028)
    with refused_by("one_resolution_per_number"):
        copy_of(honoured.resolution, edition=other)
    with refused_by("supplement_stands_on_its_base"):
        copy_of(honoured.resolution, edition=other, number="佛府〔2026〕96号", **supplement)
    first_supplement = Resolution.objects.get(supplements=honoured.resolution)
    with refused_by("supplement_stands_on_its_base"):
        copy_of(first_supplement, state="dropped", number="佛府〔2026〕95号", supplements=first_supplement)
    with refused_by("resolution_lists_names"):
        Resolution.objects.filter(supplements=None).update(names=[], fewer_because="未予批准")
    with refused_by("resolution_lists_names"):
        Resolution.objects.exclude(supplements=None).update(names=[])
    with refused_by("reason_only_when_revoked"):
        Honour.objects.update(revoked_because="某原因")
    for column in ("confirmed_at", "confirmed_by"):
        with refused_by("in_force_when_confirmed"):
            Resolution.objects.update(**{column: None})
    with refused_by("awards_honour_application_id_key"):
        copy_of(Honour.objects.get(), year=2027)
