from datetime import date, datetime, timedelta

import pytest

from awards.models import Application, Edition, Notice, Objection
from awards.process import State
from awards.programmes import actions as calling
from awards.publicity import actions as publicising
from awards.publicity import queries
from enterprises.models import AuditEvent
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission
from tests import given
from tests.steps import check_duty, check_step, copy_of, no_trace, put, refused, refused_by, state_of

SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}


def at(month, day, hour=9, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=given.SHANGHAI)


@pytest.fixture
def proposed(db):
    return given.walk_to("proposed", **SMALL)


@pytest.fixture
def publicised(db):
    return given.walk_to("publicised", **SMALL | {"firms": 2})


def draft(season, by=None):
    return publicising.draft_notice(season.edition, by=by or season.secretary, title="公示", body="现予公示。")


def publish(season, notice, moment=given.NOTICE, by=None):
    with clock.at(moment):
        return publicising.publish(notice, by=by or season.second)


def object_to(season, moment, application=None, by=None):
    with clock.at(moment):
        return publicising.object_to(
            season.notice,
            application=application or season.applications[0],
            objector="某某",
            contact="13800007777",
            grounds="数据不实",
            by=by,
        )


# --- the notice ---------------------------------------------------------------------------------------


def test_a_draft_freezes_the_names_as_registered(proposed):
    notice = draft(proposed)

    [application] = proposed.applications
    assert notice.names == [
        {"application": application.pk, "name": application.organisation.name, "district": "南海区"}
    ]
    assert list(Notice.objects.public()) == []


def test_nothing_proposed_is_nothing_to_publicise_and_one_draft_is_enough(proposed):
    draft(proposed)
    with refused("已有一份拟定中的公示，请先发布或作废。"):
        draft(proposed)
    Application.objects.update(state=State.NOT_PROPOSED)
    with refused("没有拟奖的申报，不能拟定公示。"):
        draft(proposed)
    check_duty(Permission.NOTICE_PUBLISH, lambda by: draft(proposed, by), proposed.edition)


def test_publishing_starts_the_window_and_moves_everything_along(proposed):
    notice = publish(proposed, draft(proposed))

    assert (notice.first_day, notice.last_day, notice.working_days) == (date(2026, 7, 14), date(2026, 7, 20), 5)
    assert (notice.published_at, notice.published_by) == (given.NOTICE, proposed.second)
    assert [a.state for a in proposed.applications] == [State.PUBLICISED]
    assert state_of(proposed.edition) == Edition.State.PUBLICITY
    assert list(Notice.objects.public()) == [notice]


def test_the_day_of_publication_counts_where_the_rule_says_so(db):
    season = given.walk_to("proposed", **SMALL, notice_first_day_counted="是", notice_days="7")

    notice = publish(season, draft(season), at(9, 28))

    assert (notice.first_day, notice.last_day) == (date(2026, 9, 28), date(2026, 10, 12))


def test_who_drew_the_notice_up_does_not_publish_it(proposed):
    notice = draft(proposed)

    with refused("two_people", untouched=[notice, proposed.edition, *proposed.applications]):
        publish(proposed, notice, by=proposed.secretary)
    with refused_by("notice_two_people"):
        Notice.objects.update(published_by=proposed.secretary)


@pytest.mark.parametrize("change", ["renamed", "another proposed", "one dropped"])
def test_a_list_that_changed_since_drafting_is_not_published(proposed, change):
    notice, [application] = draft(proposed), proposed.applications
    if change == "renamed":
        application.organisation.name = "改名后的公司"
        application.organisation.save()
    elif change == "one dropped":
        put(application, State.NOT_PROPOSED)
    else:
        copy_of(application, number="X-002", organisation=given.organisation())

    with refused("拟奖名单或登记名称在拟定后有变化，请作废后重新拟定。没有发布。", untouched=[notice]):
        publish(proposed, notice)


def test_a_window_the_calendar_cannot_compute_is_not_published(proposed):
    notice = draft(proposed)

    with clock.at(at(12, 29)), pytest.raises(Refused, match=r"没有发布。$"):
        publicising.publish(notice, by=proposed.second)

    assert (state_of(notice), [a.state for a in proposed.applications]) == ("draft", [State.PROPOSED])


def test_a_step_of_the_notice_goes_from_its_source_and_from_no_other_state(publicised):
    Application.objects.update(state=State.PROPOSED)
    notice, tomorrow = publicised.notice, given.NOTICE + timedelta(days=1)
    Notice.objects.update(withdrawn_at=given.NOTICE, withdrawn_because="有误")
    before = given.NOTICE - timedelta(hours=1)
    acts = {
        "publish": (given.NOTICE, lambda by: publicising.publish(notice, by=by)),
        "schedule": (given.NOTICE, lambda by: publicising.publish(notice, by=by, publish_at=tomorrow)),
        "recall": (before, lambda by: publicising.recall(notice, by=by, reason="有误")),
        "release": (given.NOTICE, lambda by: publicising.release(notice, by=by)),
        "withdraw_notice": (before, lambda by: publicising.withdraw(notice, by=by, reason="有误")),
        "drop": (given.NOTICE, lambda by: publicising.drop(notice, by=by, reason="有误")),
    }

    for name, (moment, act) in acts.items():
        with clock.at(moment):
            check_step(notice, Notice.workflow, name, lambda act=act: act(publicised.second))
            check_duty(Permission.NOTICE_PUBLISH, act, notice)


def test_a_dropped_draft_makes_room_for_another(proposed):
    publicising.drop(draft(proposed), by=proposed.secretary, reason="有误")

    assert draft(proposed).state == Notice.State.DRAFT
    assert list(Notice.objects.public()) == []


# --- objections ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "is_taken"),
    [
        (given.NOTICE - timedelta(seconds=1), False),
        (given.NOTICE, True),
        (at(7, 20, 23, 59), True),
        (at(7, 21, 0, 0), False),
    ],
)
def test_objections_are_taken_from_publication_to_the_end_of_the_last_day(publicised, moment, is_taken):
    if is_taken:
        objection = object_to(publicised, moment)
        assert (objection.state, objection.received_at, objection.recorded_by) == ("received", moment, None)
        assert objection.receipt.startswith(f"YY{moment:%Y%m%d}")
    else:
        with refused("window", untouched=[publicised.notice]):
            object_to(publicised, moment)


def test_an_unpublished_notice_takes_no_objection(proposed):
    proposed.notice = draft(proposed)

    with pytest.raises(Refused, match=r"^公示尚未发布，现在不能受理，没有登记。$"):
        object_to(proposed, given.NOTICE)


def test_only_names_on_the_notice_can_be_objected_to(publicised, stranger):
    other = copy_of(publicised.applications[0], number="X-009", organisation=given.organisation())

    with refused("name"):
        object_to(publicised, given.NOTICE, application=other)
    check_duty(Permission.OBJECTION_DECIDE, lambda by: object_to(publicised, given.NOTICE, by=by), publicised.notice)


def test_a_step_of_an_objection_goes_from_its_source_and_from_no_other_state(publicised):
    objection = object_to(publicised, given.NOTICE)
    by, second = publicised.secretary, publicised.second
    finding = {"finding": "查实", "decided_at": given.NOTICE, "decided_by": second}
    proposal = {"proposed_at": given.NOTICE, "proposed_by": by}
    Objection.objects.update(
        withdrawn_at=given.NOTICE, withdrawn_because="不再主张", **finding, **proposal | {"proposed_outcome": "upheld"}
    )

    for name, act in (("uphold", publicising.uphold), ("dismiss", publicising.dismiss)):
        Objection.objects.update(proposed_outcome={"uphold": "upheld", "dismiss": "dismissed"}[name])
        check_step(objection, Objection.workflow, name, lambda act=act: act(objection, by=second))
        check_duty(Permission.OBJECTION_DECIDE, lambda by, act=act: act(objection, by=by), objection)


def test_an_upheld_objection_strikes_its_candidate_and_no_other(publicised):
    by, second = publicised.secretary, publicised.second
    objection = object_to(publicised, given.NOTICE)
    with clock.at(given.NOTICE), refused("unheard", untouched=[objection]):
        publicising.propose_finding(objection, by=by, outcome="upheld", finding="数据不实，属实")
    with clock.at(given.NOTICE), refused("finding", untouched=[objection]):
        publicising.propose_finding(objection, by=by, outcome="dismissed", finding="  ")
    given.heard(objection, by=by)
    with clock.at(given.NOTICE):
        publicising.propose_finding(objection, by=by, outcome="upheld", finding="数据不实，属实")
        with refused("two_people", untouched=[objection, *publicised.applications]):
            publicising.uphold(objection, by=by)
        with refused("proposal", untouched=[objection, *publicised.applications]):
            publicising.dismiss(objection, by=second)
        publicising.uphold(objection, by=second)

    assert [a.state for a in publicised.applications] == [State.STRUCK, State.PUBLICISED]
    objection.refresh_from_db()
    assert (objection.finding, objection.proposed_by, objection.decided_by) == ("数据不实，属实", by, second)
    assert objection.reply_number.endswith("异复〔2026〕1号")
    assert AuditEvent.objects.filter(verb="strike").count() == 1
    again = given.decided(object_to(publicised, given.NOTICE), "upheld", by=by, second=second)
    assert (again.state, again.reply_number.endswith("异复〔2026〕2号")) == ("upheld", True)


def test_a_finding_sent_back_is_proposed_again_and_a_withdrawn_objection_is_kept(publicised):
    by, second = publicised.secretary, publicised.second
    objection = object_to(publicised, given.NOTICE)
    with clock.at(given.NOTICE):
        publicising.propose_finding(objection, by=by, outcome="dismissed", finding="不属实")
        publicising.send_finding_back(objection, by=second, reason="再查")
        check_duty(Permission.OBJECTION_DECIDE, lambda by: publicising.send_finding_back(objection, by=by, reason="x"))
        with pytest.raises(WrongState), no_trace(objection):
            publicising.send_finding_back(objection, by=second, reason="再查")
        assert [row.pk for row in queries.frozen(publicised.edition)] == [publicised.applications[0].pk]
        publicising.withdraw_objection(objection, reason="不再主张")

    objection.refresh_from_db()
    assert (objection.state, objection.finding, objection.grounds) == ("withdrawn", "不属实", "数据不实")
    assert [a.state for a in publicised.applications] == [State.PUBLICISED] * 2
    assert list(queries.frozen(publicised.edition)) == []


def test_what_is_still_open_is_named_until_the_window_is_over_and_all_is_decided(publicised):
    first, second = publicised.applications
    objection = object_to(publicised, given.NOTICE, first)

    def still_open(moment):
        with clock.at(moment):
            return [problem.code for problem in publicising.still_open(publicised.edition)]

    assert still_open(at(7, 20, 23, 59)) == ["window"]
    assert still_open(at(7, 21, 0, 0)) == []  # the other one goes on
    object_to(publicised, given.NOTICE, second)
    assert still_open(at(7, 21, 0, 0)) == ["objections"]
    given.decided(objection, "dismissed", by=publicised.secretary, second=publicised.second)
    assert still_open(at(7, 21, 0, 0)) == []
    given.renamed(publicised.applications[0].organisation)
    assert still_open(at(7, 21, 0, 0)) == ["renamed"]


def test_a_list_never_publicised_is_still_open(proposed):
    assert [problem.code for problem in publicising.still_open(proposed.edition)] == ["no_notice"]


def test_the_contact_of_an_objector_is_not_in_the_trail(publicised):
    object_to(publicised, given.NOTICE)

    line = AuditEvent.objects.filter(verb="object_to").get()
    assert "13800007777" not in f"{line.target_name} {line.note} {line.details} {line.before} {line.after}"
    assert (line.actor_id, line.actor_name) == (None, "")


# --- what the database refuses ------------------------------------------------------------------------


def test_the_database_refuses_impossible_notices_and_objections(publicised):
    notice = publicised.notice
    objection = object_to(publicised, given.NOTICE, by=publicised.secretary)
    put(notice, "draft")
    for changes in (
        *({column: None} for column in ("first_day", "last_day", "published_at", "published_by", "number")),
        {"address": ""},
        {"last_day": date(2026, 7, 1)},
    ):
        with refused_by("published_with_window"):
            Notice.objects.update(state="published", **changes)
    with refused_by("one_notice_pending"):
        copy_of(notice, number=2, address="X", state="scheduled")
    with refused_by("withdrawn_notice_says_why"):
        put(notice, "withdrawn")
    with refused_by("replacing_notice_says_why"):
        Notice.objects.update(because="更正")
    put(notice, "published")
    for constraint, changes in (
        ("one_notice_per_number", {"address": "X"}),
        ("one_notice_per_address", {"number": 2}),
    ):
        with refused_by(constraint):
            copy_of(notice, **changes)
    copy_of(notice, number=2, address="X", replaces=notice, because="更正")
    with refused_by("one_replacement_of_a_notice"):
        copy_of(notice, number=3, address="Y", replaces=notice, because="更正")
    for changes in ({"names": []}, {"last_day": date(2026, 7, 30)}, {"title": "x"}, {"published_at": at(7, 1)}):
        with refused_by("notice_is_settled"):
            Notice.objects.filter(pk=notice.pk).update(**changes)
    with refused_by("notice_is_settled"):
        Notice.objects.filter(number=2).delete()
    with refused_by("awards_objection_receipt_key"):
        copy_of(objection)
    for changes in (
        {},
        {"finding": "x"},
        {"finding": "x", "decided_at": given.NOTICE},
        {"decided_at": given.NOTICE, "decided_by": publicised.secretary},
    ):
        with refused_by("decided_with_finding"):
            Objection.objects.update(state="upheld", **changes)
    proposal = {"proposed_outcome": "upheld", "proposed_by": publicised.secretary, "proposed_at": given.NOTICE}
    for constraint, changes in (
        ("objection_proposed_whole", proposal),
        ("objection_decided_by_two", proposal | {"finding": "x", "decided_by": publicised.secretary}),
        ("objection_withdrawn_with_its_time", {"state": "withdrawn"}),
        ("one_objection_per_code", {"code_digest": "x"}),
    ):
        with refused_by(constraint):
            if constraint == "one_objection_per_code":
                Objection.objects.update(**changes)
                copy_of(objection, receipt="other")
            else:
                Objection.objects.update(**changes)


def test_a_correction_of_the_calendar_moves_windows_published_later(proposed):
    calling.set_calendar_day(date(2026, 7, 15), by=proposed.secretary, is_working=False, source="台风停工")

    notice = publish(proposed, draft(proposed))

    assert notice.last_day == date(2026, 7, 21)
