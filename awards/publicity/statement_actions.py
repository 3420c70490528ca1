from django.db import transaction
from django.urls import reverse

from awards.workflow import Refused, WrongState, permit
from enterprises.audit import actions as audit
from enterprises.files.actions import store
from enterprises.files.checks import refused_at
from enterprises.notifications.actions import notify
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .actions import EVIDENCE, MOST_MEGABYTES, MOST_PAGES
from .models import Objection, Statement, StatementFile


@transaction.atomic
def ask_for_statement(objection, *, by, facts, due_on):
    """Put the facts of an objection to the applicant, for an answer by a day. Who objected is not told.

    Refused when the words name the objector or the contact, for a day that is over, and when asked before.
    """
    permit(by, Permission.OBJECTION_DECIDE, objection)
    locked = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    if locked.state != Objection.State.RECEIVED or Statement.objects.filter(objection=locked).exists():
        raise WrongState("已经听取过说明，或者异议已经办结。没有发出，请刷新页面查看。")
    problems = []
    if [secret for secret in (locked.objector, locked.contact) if secret.strip() and secret.strip() in facts]:
        text = "文字里有异议人的姓名或联系方式，不能告知被异议单位，请删去后再发。没有发出。"
        problems.append(Problem("identity", text, "facts"))
    if due_on < clock.today():
        problems.append(Problem("due_on", "答复期限已经过去，请另选日期。没有发出。", "due_on"))
    if problems:
        raise Refused(problems)
    statement = Statement.objects.create(
        objection=locked, facts=facts.strip(), due_on=due_on, asked_by=by, asked_at=clock.now()
    )
    audit.record(by=by, verb="ask_for_statement", target=locked, details={"due_on": str(due_on)})
    firm, link = locked.application.organisation, reverse("statement", args=[statement.pk])
    people = [row.user for row in firm.memberships.filter(ended_at=None).select_related("user")]
    facts = {"number": locked.application.number, "until": f"{due_on:%Y-%m-%d}"}
    notify(people, "statement_asked", matter=statement.pk, link=link, **facts)
    return statement


def give_statement(statement, *, by, answer, uploads=()):
    """The applicant's answer with its papers, once. Refused after its day, answered before, and for a bad file."""
    permit(by, Permission.STATEMENT_ANSWER, statement)
    _refuse_unless_waiting(statement)
    with refused_at("uploads"):
        most = {"max_bytes": MOST_MEGABYTES * 1024 * 1024, "max_pages": MOST_PAGES}
        files = [store(upload, by=by, accepted=EVIDENCE, **most) for upload in uploads]
    with transaction.atomic():
        locked = Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
        _refuse_unless_waiting(locked)
        locked.answer, locked.answered_at, locked.answered_by = answer.strip(), clock.now(), by
        locked.save()
        StatementFile.objects.bulk_create(StatementFile(statement=locked, file=file) for file in files)
        audit.record(by=by, verb="give_statement", target=locked.objection, details={"files": len(files)})
        link = f"/office/awards/objection/{locked.objection_id}/change/"
        receipt = locked.objection.receipt
        notify([locked.asked_by], "statement_given", matter=locked.pk, link=link, receipt=receipt)
    return locked


def _refuse_unless_waiting(statement):
    if statement.answered_at or statement.objection.state != Objection.State.RECEIVED:
        raise WrongState("说明已经提交，或者异议已经办结。没有保存。")
    if statement.due_on < clock.today():
        raise WrongState(f"答复期限 {statement.due_on} 已过，不能再在线提交。没有保存；请联系秘书处。")
