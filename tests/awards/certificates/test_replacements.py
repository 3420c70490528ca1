"""A certificate lost, damaged or wrong gives way to a new one: proposed by one, confirmed by another."""

from datetime import date

import pytest
from django.urls import reverse

from awards.certificates import actions as certifying
from awards.certificates.tasks import draw_certificate
from awards.models import Certificate, CertificateTemplate, Honour, Replacement
from foshan_quality.lib import clock
from foshan_quality.permissions import Permission
from tests import desk, given
from tests.awards.certificates.granted import MOMENT, certified
from tests.steps import check_duty, copy_of, refused, refused_by


@pytest.fixture
def season(db):
    return certified()[0]


@pytest.fixture
def old(season):
    return Certificate.objects.get()


def propose(old, by, **more):
    return certifying.propose_replacement(old, by=by, **{"kind": "reissue", "reason": "原件遗失", **more})


def correct(old, by, **more):
    wanted = {"kind": "correction", "printed_name": "佛山市更正机械有限公司", "document": "登记机关证明〔2026〕8号"}
    return propose(old, by, **wanted | more)


def replace(old, season, proposal=None):
    proposal = proposal or propose(old, season.secretary)
    with clock.at(MOMENT):
        new = certifying.confirm_replacement(proposal, by=season.second).new
        draw_certificate(new.pk)
    new.refresh_from_db()
    old.refresh_from_db()
    return new


def page_of(client, certificate):
    return client.get(reverse("verify", args=[certificate.code])).content.decode()


def test_a_reissue_is_the_same_words_under_a_new_number_and_the_old_one_says_so(season, old, client):
    new = replace(old, season)

    assert (new.printed_name, new.template, new.sequence, new.state) == (old.printed_name, old.template, 2, "drawn")
    assert (old.standing, new.standing) == ("replaced", "valid")
    assert Honour.objects.get().certificate == new
    said = page_of(client, old)
    assert "✖ 已被新证书替换（已换发）" in said
    assert new.get_absolute_url() in said
    assert "✔ 有效" in page_of(client, new)


def test_a_correction_prints_the_right_name(season, old, client):
    new = replace(old, season, correct(old, season.secretary))

    assert new.printed_name == "佛山市更正机械有限公司"
    assert "已更正" in page_of(client, old)
    assert "佛山市更正机械有限公司" in page_of(client, new)


def test_where_the_template_says_so_the_number_is_kept_and_the_turns_are_counted(season, old):
    CertificateTemplate.objects.update(renumbering="keep")

    new = replace(old, season)
    newest = replace(new, season)

    assert [(c.sequence, c.turn) for c in (old, new, newest)] == [(1, 0), (1, 1), (1, 2)]
    assert [new.number, newest.number] == [f"{old.number}（换发1）", f"{old.number}（换发2）"]
    season.edition.refresh_from_db()
    assert season.edition.last_certificate == 1


def test_the_winner_downloads_the_valid_one(season, old, client):
    owner = given.owner_of(season.organisations[0])
    new = replace(old, season)
    client.force_login(owner)

    answer = client.get(reverse("certificate_download", args=[old.pk]))

    assert answer.url == reverse("certificate_download", args=[new.pk])
    assert client.get(answer.url).status_code == 200


def test_a_proposal_that_makes_no_sense_is_refused(season, old):
    for code, more in [
        (["printed_name", "document"], {"kind": "correction"}),
        (["printed_name"], {"printed_name": "佛山市别的有限公司"}),
    ]:
        with refused(*code, untouched=[old]):
            propose(old, season.secretary, **more)
    proposal = propose(old, season.secretary)
    with refused("open", untouched=[old]):
        propose(old, season.secretary)
    certifying.drop_replacement(proposal, by=season.secretary, reason="找到原件")
    Honour.objects.update(revoked_on=date(2026, 9, 1))
    with refused("revoked", untouched=[old]):
        propose(old, season.secretary)


def test_one_who_proposes_does_not_confirm_and_a_missing_character_stops_it(season, old):
    proposal = correct(old, season.secretary, printed_name="佛山市\U000e0001公司")

    with refused("two_people", untouched=[old, proposal]):
        certifying.confirm_replacement(proposal, by=season.secretary)
    with refused("glyphs", untouched=[old, proposal]):
        certifying.confirm_replacement(proposal, by=season.second)
    assert desk.buttons(season.secretary, proposal) == ["drop_replacement"]


def test_each_step_goes_from_its_source_by_its_duty(season, old):
    proposal = propose(old, season.secretary)
    workflow = Replacement.workflow

    check_duty(Permission.CERTIFICATE_ISSUE, lambda by: propose(old, by), old)
    for name, act in {
        "confirm_replacement": lambda by: certifying.confirm_replacement(proposal, by=by),
        "drop_replacement": lambda by: certifying.drop_replacement(proposal, by=by, reason="x"),
    }.items():
        check_duty(workflow.steps[name].permission, act, proposal)


def test_a_dropped_proposal_leaves_everything_as_it_was(season, old):
    proposal = certifying.drop_replacement(propose(old, season.secretary), by=season.second, reason="找到原件")

    old.refresh_from_db()
    assert (proposal.state, proposal.decided_by, old.standing) == ("dropped", season.second, "valid")


def test_the_office_walks_it(season, old):
    data = {"kind": "reissue", "printed_name": old.printed_name, "document": "", "reason": "原件遗失"}
    desk.press(season.secretary, old, "propose_replacement", **data)
    proposal = desk.press(season.second, Replacement.objects.get(), "confirm_replacement")

    assert (proposal.state, proposal.new.valid_for) == ("confirmed", old.honour)


def test_the_database_keeps_replacements_straight(season, old):
    proposal = propose(old, season.secretary)
    with refused_by("replaced_once"):
        copy_of(proposal)
    replace(old, season, proposal)
    row = Replacement.objects.filter(pk=proposal.pk)
    for constraint, change in {
        "replaced_by_a_second": {"decided_by": season.secretary},
        "replacement_decided_at_and_by": {"decided_at": None},
        "replaced_with_a_new_one": {"new": None},
        "not_replaced_by_itself": {"new": old},
    }.items():
        with refused_by(constraint):
            row.update(**change)


# --- templates ----------------------------------------------------------------------------------------

WORDS = {
    "layout": "standard",
    "title": "佛山标准产品证书",
    "opening": "依据{resolution}，授予",
    "middle": "{edition}",
    "honour_line": "{honour}",
    "note": "",
    "renumbering": "keep",
    "document": "参考值",
}


def test_another_layout_is_a_row_proposed_by_one_and_put_into_use_by_another(season, old):
    programme = season.edition.programme
    with refused("placeholder"):
        certifying.propose_template(by=season.secretary, programme=programme, **WORDS | {"opening": "{settings}"})
    template = certifying.propose_template(by=season.secretary, programme=programme, edition=season.edition, **WORDS)
    with refused("two_people", untouched=[template]):
        certifying.adopt_template(template, by=season.secretary)
    template = certifying.adopt_template(template, by=season.second)

    new = replace(old, season, correct(old, season.secretary))

    assert (new.template, new.template.layout) == (template, "standard")
    assert certifying.wording_of(new).title == "佛山标准产品证书"


def test_template_steps_and_what_the_database_keeps_of_them(season):
    template = certifying.propose_template(by=season.secretary, programme=season.edition.programme, **WORDS)
    acts = {
        "adopt_template": lambda by: certifying.adopt_template(template, by=by),
        "drop_template": lambda by: certifying.drop_template(template, by=by, reason="x"),
    }
    for name, act in acts.items():
        check_duty(CertificateTemplate.workflow.steps[name].permission, act, template)
    sample = reverse("admin:awards_certificatetemplate_sample", args=[template.pk])
    assert desk.office(season.secretary).get(sample).content.startswith(b"%PDF")
    rows = CertificateTemplate.objects.filter(pk=template.pk)
    for constraint, change in {
        "template_has_its_basis": {"document": ""},
        "template_adopted_by_a_second": {
            "state": "adopted",
            "decided_by": season.secretary,
            "decided_at": MOMENT,
        },
        "template_decided_at_and_by": {"state": "adopted"},
        "one_template_per_version": {"version": 1},
    }.items():
        with refused_by(constraint):
            rows.update(**change)
