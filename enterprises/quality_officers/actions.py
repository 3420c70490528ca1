from django.core.exceptions import PermissionDenied
from django.db import transaction

from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem, Refused, WrongState
from foshan_quality.permissions import Permission

from .models import QualityOfficer


@transaction.atomic
def appoint(organisation, *, by, name, post, appointed_on, trained_on=None, certificate_number=""):
    """Enter who is chief quality officer. Refused while another one is in office, and for days that cannot be."""
    locked = _locked(organisation, by)
    current = locked.quality_officers.filter(ended_on=None).first()
    if current:
        raise Refused([f"{current}仍在任，请先登记离任。没有保存。"])
    problems = list(_day_problems(locked, appointed_on, trained_on))
    if problems:
        raise Refused(problems)
    officer = QualityOfficer.objects.create(
        organisation=locked,
        name=name,
        post=post,
        appointed_on=appointed_on,
        trained_on=trained_on,
        certificate_number=certificate_number,
        recorded_by=by,
    )
    details = {"officer": officer.pk, "name": name, "post": post, "appointed_on": str(appointed_on)}
    audit.record(by=by, verb="appoint_quality_officer", target=locked, details=details)
    return officer


def _day_problems(organisation, appointed_on, trained_on):
    today, last = clock.today(), organisation.quality_officers.first()
    if appointed_on > today:
        yield Problem("future", "任命日期晚于今天，没有保存。", "appointed_on")
    if last and last.ended_on and appointed_on < last.ended_on:
        yield Problem("order", f"任命日期早于前任离任日期 {last.ended_on}，没有保存。", "appointed_on")
    if trained_on and trained_on > today:
        yield Problem("future", "培训合格日期晚于今天，没有保存。", "trained_on")


@transaction.atomic
def end(officer, *, by, ended_on):
    """Enter the day the chief quality officer left office. Refused for a day before the appointment or to come."""
    locked = _locked(officer.organisation, by)
    current = locked.quality_officers.get(pk=officer.pk)
    if current.ended_on:
        raise WrongState(f"{current}已经离任，没有改动任何内容。")
    if not current.appointed_on <= ended_on <= clock.today():
        text = f"离任日期应在任命日期 {current.appointed_on} 与今天之间。没有保存。"
        raise Refused([Problem("day", text, "ended_on")])
    current.ended_on = ended_on
    current.save(update_fields=["ended_on"])
    details = {"officer": current.pk, "name": current.name, "ended_on": str(ended_on)}
    audit.record(by=by, verb="end_quality_officer", target=locked, details=details)
    return current


def _locked(organisation, by):
    """The organisation, locked, for its owner."""
    locked = type(organisation)._base_manager.select_for_update().get(pk=organisation.pk)
    if not by.has_perm(Permission.ORGANISATION_EDIT, locked):
        raise PermissionDenied(Permission.ORGANISATION_EDIT)
    return locked
