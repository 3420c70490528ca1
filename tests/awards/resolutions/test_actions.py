from datetime import date, timedelta

import pytest

from awards.models import Edition, Honour, HonourKind, Resolution
from awards.process import State
from awards.publicity import actions as publicising
from awards.resolutions import actions as resolving
from enterprises.models import AuditEvent, Message
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, check_step, copy_of, put, refused, refused_by, state_of

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
    facts = {"number": NUMBER, "title": "关于表彰的通报", "issued_on": date(2026, 7, 24)} | changes
    return resolving.enter(season.edition, by=by or season.secretary, **facts)


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
        with refused("window", "objections", "number", "issued_on", untouched=[publicised.edition]):
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


# --- confirming ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["confirm", "drop"])
def test_a_step_goes_from_its_source_and_from_no_other_state(honoured, name):
    acts = {
        "confirm": lambda by: resolving.confirm(honoured.resolution, by=by),
        "drop": lambda by: resolving.drop(honoured.resolution, by=by, reason="有误"),
    }
    put(honoured.edition, Edition.State.PUBLICITY)

    with clock.at(given.AFTER_NOTICE):
        check_step(honoured.resolution, Resolution.workflow, name, lambda: acts[name](honoured.second))
        check_duty(Permission.RESOLUTION_ENTER, acts[name], honoured.resolution)


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


def test_a_later_change_of_name_does_not_touch_the_honour(honoured):
    honour = Honour.objects.get()
    honour.organisation.name = "改名后的公司"
    honour.organisation.save()

    assert Honour.objects.get().organisation_name != "改名后的公司"


# --- higher honours -----------------------------------------------------------------------------------


def record(by, organisation, **changes):
    facts = {
        "kind": HonourKind.objects.get(name="中国质量奖"),
        "year": 2021,
        "announced_on": date(2021, 9, 16),
        "source": "第四届中国质量奖表彰决定",
    } | changes
    return resolving.record_honour(by=by, organisation=organisation, **facts)


def test_a_higher_honour_is_recorded_once_with_its_source(organisation, secretary):
    honour = record(secretary, organisation)

    assert (honour.organisation_name, honour.resolution, honour.application) == (organisation.name, None, None)
    assert AuditEvent.objects.first().note == "第四届中国质量奖表彰决定"
    with refused(f"{organisation.name} 2021 年的中国质量奖已经登记。没有重复保存。"):
        record(secretary, organisation)
    with refused_by("recorded_once"):
        copy_of(honour)


def test_an_honour_without_a_source_is_not_recorded(organisation, secretary):
    with refused("source"):
        record(secretary, organisation, source="  ")
    check_duty(Permission.HONOUR_RECORD, lambda by: record(by, organisation))
    honour = record(secretary, organisation)
    with refused_by("honour_has_ground"):
        Honour.objects.filter(pk=honour.pk).update(source="")


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_other_impossible_documents(honoured):
    with refused_by("one_resolution_per_edition"):
        copy_of(honoured.resolution, number="佛府〔2026〕99号")
    other = given.prepared_edition(by=honoured.secretary, year=2028)
    with refused_by("one_resolution_per_number"):
        copy_of(honoured.resolution, edition=other)
    for column in ("confirmed_at", "confirmed_by"):
        with refused_by("in_force_when_confirmed"):
            Resolution.objects.update(**{column: None})
    with refused_by("awards_honour_application_id_key"):
        copy_of(Honour.objects.get(), year=2027)
