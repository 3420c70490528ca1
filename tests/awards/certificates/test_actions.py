import hashlib
from datetime import date
from pathlib import Path

import pytest

from awards.certificates import actions as certifying
from awards.certificates import rendering
from awards.certificates.models import ALPHABET, new_code
from awards.certificates.tasks import draw_certificate
from awards.models import Certificate, Edition, Honour
from enterprises.models import AuditEvent, Message, User
from foshan_quality.lib import clock
from foshan_quality.lib.drawing import MAX_ATTEMPTS
from foshan_quality.lib.problems import Refused, WrongState
from foshan_quality.permissions import Permission, Role
from tests import given
from tests.awards.certificates.granted import honours
from tests.steps import check_duty, check_step, copy_of, no_trace, put, refused, refused_by, state_of

SMALL = {"firms": 1, "experts": 1, "members": 1, "experts_per_application": "1"}
MOMENT = given.AFTER_NOTICE


@pytest.fixture
def honoured(db):
    return honours()


@pytest.fixture
def queued(honoured):
    with clock.at(MOMENT):
        [certificate] = certifying.issue(honoured.edition, by=honoured.secretary)
    return certificate


@pytest.fixture
def drawn(queued):
    with clock.at(MOMENT):
        draw_certificate(queued.pk)
    queued.refresh_from_db()
    return queued


# --- issuing ------------------------------------------------------------------------------------------


def test_every_honour_gets_one_number_in_the_order_of_the_applications(db):
    season = given.walk_to("honoured", **SMALL | {"firms": 3})

    with clock.at(MOMENT):
        issued = certifying.issue(season.edition, by=season.secretary)

    form = season.edition.programme.certificate_form
    assert [(c.sequence, c.number, c.honour.application.number) for c in issued] == [
        (n, form.format(year=2026, ordinal=season.edition.ordinal, sequence=n), application.number)
        for n, application in enumerate(season.applications, start=1)
    ]
    assert {(c.state, c.issued_at, c.attempts) for c in issued} == {("queued", MOMENT, 0)}
    season.edition.refresh_from_db()
    assert season.edition.last_certificate == 3
    assert AuditEvent.objects.first().details == {"numbers": [c.number for c in issued]}
    draw_certificate(issued[0].pk)
    assert Message.objects.filter(kind="certificate_ready").count() == 1  # its winner was told


def test_a_second_start_joins_the_batch_that_runs(honoured, queued):
    with no_trace(honoured.edition, queued):
        batch = certifying.start(honoured.edition, by=honoured.second)

    assert batch == queued.batch
    assert Certificate.objects.count() == 1


def test_issuing_again_gives_no_second_number(honoured, drawn):
    with refused("本届获奖单位的证书都已签发，没有需要新签发的。", untouched=[honoured.edition, drawn]):
        certifying.issue(honoured.edition, by=honoured.secretary)

    assert Certificate.objects.count() == 1


def test_a_revoked_honour_gets_no_certificate(honoured):
    Honour.objects.update(revoked_on=date(2026, 8, 1))

    with refused("本届获奖单位的证书都已签发，没有需要新签发的。"):
        certifying.issue(honoured.edition, by=honoured.secretary)


def test_nothing_is_issued_before_the_resolution_is_in_force(honoured):
    check_duty(Permission.CERTIFICATE_ISSUE, lambda by: certifying.issue(honoured.edition, by=by), honoured.edition)
    for state in set(Edition.State) - {Edition.State.AWARDED}:
        put(honoured.edition, state)
        with no_trace(honoured.edition), pytest.raises(WrongState):
            certifying.issue(honoured.edition, by=honoured.secretary)


def test_when_issuing_fails_midway_no_number_is_lost(db, monkeypatch):
    season = honours(2)
    real, calls = certifying._number, []

    def failing(*args, **kwargs):
        calls.append(args)
        if len(calls) == 2:
            raise ZeroDivisionError
        return real(*args, **kwargs)

    with monkeypatch.context() as broken:
        broken.setattr(certifying, "_number", failing)
        with no_trace(season.edition), pytest.raises(ZeroDivisionError):
            certifying.issue(season.edition, by=season.secretary)

    assert [c.sequence for c in certifying.issue(season.edition, by=season.secretary)] == [1, 2]


def test_codes_are_long_unlike_each_other_and_easy_to_copy():
    codes = {new_code() for _ in range(1000)}

    assert len(codes) == 1000
    assert {len(code) for code in codes} == {26}
    assert set("".join(codes)) <= set(ALPHABET)
    assert len(ALPHABET) ** 26 > 2**128


# --- the steps ----------------------------------------------------------------------------------------

ACTS = {
    "draw": lambda c, by: certifying.draw(c, by=by),
    "park": lambda c, by: certifying.park(c, by=by, problem="缺字"),
    "retry": lambda c, by: certifying.retry(c, by=by),
}


@pytest.mark.parametrize("name", ACTS)
def test_a_step_goes_from_its_source_and_from_no_other_state(honoured, drawn, name):
    by = honoured.secretary if name == "retry" else User.objects.robot()

    check_step(drawn, Certificate.workflow, name, lambda: ACTS[name](drawn, by))
    check_duty(Certificate.workflow.steps[name].permission, lambda by: ACTS[name](drawn, by), drawn)


# --- drawing ------------------------------------------------------------------------------------------


def test_a_drawn_certificate_has_one_page_and_its_digest(drawn, settings):
    content = drawn.pdf.read()

    assert (drawn.state, drawn.pages, drawn.drawn_at, drawn.attempts) == ("drawn", 1, MOMENT, 1)
    assert content.startswith(b"%PDF-")
    assert drawn.digest == hashlib.sha256(content).hexdigest()
    assert [p.name for p in Path(settings.MEDIA_ROOT, "certificates").rglob("*.pdf")] == [f"{drawn.code}.pdf"]


def test_run_twice_it_is_drawn_once(drawn):
    with no_trace(drawn):
        draw_certificate(drawn.pk)


def test_a_name_no_font_can_print_stops_the_issue_before_any_number(db):
    season = honours(2)
    second = Honour.objects.latest("pk")
    Honour.objects.filter(pk=second.pk).update(organisation_name="佛山市\U000e0001公司")
    text = "佛山市\U000e0001公司：字体中没有□（U+E0001）。请补充字体后再签发。没有编号。"

    with no_trace(season.edition), pytest.raises(Refused) as refusal:
        certifying.start(season.edition, by=season.secretary)

    assert [problem.text for problem in refusal.value.problems] == [text]
    assert Certificate.objects.count() == 0
    season.edition.refresh_from_db()
    assert season.edition.last_certificate == 0


def test_a_name_no_font_can_print_is_parked_with_its_characters_and_staff_try_again(honoured, queued):
    Certificate.objects.update(printed_name="佛山市\U000e0001公司")
    draw_certificate(queued.pk)
    queued.refresh_from_db()
    number, code = queued.number, queued.code
    assert queued.state == "parked"
    assert queued.problem == "字体中没有这些字：\U000e0001。请补充字体后重新生成。"

    Certificate.objects.update(printed_name="佛山市某公司")
    certifying.retry(queued, by=honoured.secretary)
    draw_certificate(queued.pk)

    queued.refresh_from_db()
    assert (queued.state, queued.number, queued.code, queued.problem) == ("drawn", number, code, "")


def test_a_drawing_that_always_fails_is_parked_after_its_attempts_and_keeps_its_number(honoured, queued, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(rendering, "draw", lambda face: 1 / 0)
        for attempt in range(1, MAX_ATTEMPTS + 1):
            with pytest.raises(ZeroDivisionError):
                draw_certificate(queued.pk)
            queued.refresh_from_db()
            assert (queued.state, queued.attempts) == ("queued", attempt)
        draw_certificate(queued.pk)
        draw_certificate(queued.pk)

    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == ("parked", MAX_ATTEMPTS)
    assert queued.problem == "试了 5 次都没有完成，请联系系统管理员查看日志。"
    certifying.retry(queued, by=honoured.secretary)
    draw_certificate(queued.pk)
    assert state_of(queued) == "drawn"


def test_a_download_is_an_act(drawn, owner):
    certifying.log_download(drawn, by=owner)

    line = AuditEvent.objects.first()
    assert (line.verb, line.actor_id, line.target_name) == ("download_certificate", owner.pk, str(drawn))


# --- who sees what, and what the database refuses -----------------------------------------------------


def test_winners_see_their_own_certificate(honoured, drawn, stranger):
    owner = given.owner_of(honoured.organisations[0])

    assert list(Certificate.objects.visible_to(owner)) == [drawn]
    assert list(Certificate.objects.visible_to(honoured.secretary)) == [drawn]
    for user in (stranger, given.person("专家", Role.EXPERT), given.maker(), given.owner_of(given.organisation())):
        assert list(Certificate.objects.visible_to(user)) == []


def test_the_database_refuses_doubled_certificates_and_drawn_ones_without_a_file(honoured, drawn):
    other = copy_of(Honour.objects.get(), year=2025, application=None)
    fresh = {"number": "N-2", "code": "C-2", "sequence": 2, "honour": other, "valid_for": other}

    for missing, constraint in [
        ("number", "awards_certificate_number_key"),
        ("code", "awards_certificate_code_key"),
        ("sequence", "one_certificate_per_sequence"),
    ]:
        with refused_by(constraint):
            copy_of(drawn, **{name: value for name, value in fresh.items() if name != missing})
    with refused_by("awards_certificate_valid_for_id_key"):
        copy_of(drawn, **fresh | {"honour": drawn.honour, "valid_for": drawn.honour})
    with refused_by("valid_for_its_own_honour"):
        copy_of(drawn, **fresh | {"honour": drawn.honour})
    for changes in ({"pdf": ""}, {"digest": ""}, {"drawn_at": None}):
        with refused_by("drawn_with_file"):
            Certificate.objects.update(**changes)
