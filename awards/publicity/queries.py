from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.timezone import localdate

from awards.process import State
from awards.programmes.queries import calendar
from foshan_quality.lib import clock, workdays

from .codes import digest_of
from .filling import fill
from .models import Notice, Objection, Statement, StatementFile, TextTemplate
from .texts import SOURCE, default_texts
from .windows import window_from


def released_notices(moment):
    """Notices the public sees at that moment, newest first, each with its edition and its successor. One query."""
    released = Notice.objects.released(moment).with_successor(moment)
    return released.select_related("edition__programme__honour_kind", "replaces")


def standing_notices(edition, moment):
    """The edition's released notices that were neither withdrawn nor replaced. One query."""
    later = Notice.objects.released(moment).filter(replaces=OuterRef("pk"))
    released = edition.notices.released(moment).exclude(state=Notice.State.WITHDRAWN)
    return list(released.filter(~Exists(later)))


def renamed_since(edition, notices):
    """Candidates free to be decided on whose registered name is not the published one: pairs of both. One query."""
    published = {row["application"]: row["name"] for notice in notices for row in notice.names}
    return [
        (published[row.pk], row.organisation.name)
        for row in ready(edition).filter(pk__in=published)
        if row.organisation.name != published[row.pk]
    ]


def to_publish(edition, replaces=None):
    """The applications a notice drawn up now would name: the proposed, and those of the notice it replaces."""
    named = {row["application"] for row in replaces.names} if replaces else set()
    proposed = edition.applications.filter(state=State.PROPOSED)
    again = edition.applications.filter(state=State.PUBLICISED, pk__in=named)
    return (proposed | again).select_related("organisation").order_by("number")


def names_to_publish(edition, replaces=None):
    """Their names exactly as registered, with their districts. One query."""
    return [
        {"application": a.pk, "name": a.organisation.name, "district": a.organisation.get_district_code_display()}
        for a in to_publish(edition, replaces)
    ]


def may_be_corrected(notice):
    """Whether another notice can take this one's place: it is out and the last, somebody on it is still to be decided
    on, and no other is being drawn up. Three queries."""
    if notice.state not in Notice.OUT or notice.replacements.exclude(state=Notice.State.DROPPED).exists():
        return False
    pending = notice.edition.notices.filter(state__in=[Notice.State.DRAFT, Notice.State.SCHEDULED])
    return is_of_use(notice) and not pending.exists()


def is_of_use(notice):
    """Whether somebody on a notice is still to be decided on; what was approved does not hang on it any more. One
    query."""
    return to_publish(notice.edition, notice).exists()


# --- texts --------------------------------------------------------------------------------------------


def text_of(programme, kind):
    """The newest text of the programme, or the reference text, not saved. One query."""
    row = TextTemplate.objects.filter(programme=programme, kind=kind).first()
    default = default_texts()[kind]
    return row or TextTemplate(programme=programme, kind=kind, version=0, source=SOURCE, **default)


def facts_of(edition, count):
    """What fills the places of every text, from the edition and the office. Two queries, of rules and programme."""
    basis = next((rule for rule in edition.rules.all() if rule.key == "quota"), None)
    name, bracket, rest = basis.document.partition("（") if basis else ("", "", "")
    return {
        "届次": str(edition),
        "奖项": str(edition.programme),
        "年度": str(edition.year),
        "家数": str(count),
        "名额": str(edition.settled["quota"]),
        "依据": f"《{name}》{bracket}{rest}",
        "批准文号": edition.approval_number or "批准文号待填",
        "受理单位": settings.DEPARTMENT_NAME,
        "联系电话": settings.HOTLINE,
    }


def notice_text(edition, count, *, is_further=False):
    """A notice's title and body from the template, with what was filled in; one besides those out says so. Three
    queries."""
    rules = edition.settled
    start = "自发布当日" if rules["notice_first_day_counted"] else "自发布次日"
    facts = facts_of(edition, count) | {"工作日数": str(rules["notice_days"]), "起算": start}
    text = drawn(text_of(edition.programme, TextTemplate.Kind.NOTICE), facts)
    return text | {"title": f"{text['title']}（补充）"} if is_further else text


def drawn(template, facts):
    """What a template gives with these facts: its version, title, body, and the values it used."""
    title, body, to = fill(template.title, facts), fill(template.body, facts), fill(template.to, facts)
    return {
        "version": template.version,
        "source": template.source,
        "title": title.text,
        "to": to.text,
        "body": body.text,
        "values": title.values | to.values | body.values,
    }


# --- previews -----------------------------------------------------------------------------------------


def as_released(notice, moment):
    """A notice not released yet as it would be at that moment, not saved; with the reason, where it cannot be.

    One query, of the calendar.
    """
    if notice.published_at:
        return notice, ""
    try:
        window = window_from(localdate(moment), notice.edition.settled, calendar())
    except workdays.BeyondCalendar as beyond:
        return notice, str(beyond)
    notice.first_day, notice.last_day, notice.working_days = window
    notice.published_at = moment
    return notice, ""


# --- objections ---------------------------------------------------------------------------------------


def is_heard(objection):
    """Whether the applicant has said something, or has let the day pass on which it was due. One query."""
    statement = Statement.objects.filter(objection=objection).first()
    return bool(statement and (statement.answered_at or statement.due_on < clock.today()))


def frozen(edition):
    """The candidates that wait because an objection to them is undecided; the others go on. One query."""
    return _publicised(edition).filter(_undecided())


def ready(edition):
    """The publicised candidates that no objection holds back: whom the next approval decides on. One query."""
    return _publicised(edition).filter(~_undecided())


def _publicised(edition):
    return edition.applications.filter(state=State.PUBLICISED).select_related("organisation").order_by("number")


def _undecided():
    return Exists(Objection.objects.filter(application=OuterRef("pk"), state=Objection.State.RECEIVED))


def still_on_notice(edition):
    """The last day of the notice for everybody named on one that runs, {application key: day}. One query."""
    running = edition.notices.open(clock.now())
    return {row["application"]: notice.last_day for notice in running for row in notice.names}


def files_of(objection):
    """Keys of the papers that belong to an objection and to the statement about it. Two queries."""
    own = objection.files.values_list("file_id", flat=True)
    said = StatementFile.objects.filter(statement__objection=objection).values_list("file_id", flat=True)
    return [*own, *said]


def objection_of(code):
    """The objection whose code this is, or None. One query."""
    digest = digest_of(code)
    rows = Objection.objects.select_related("notice__edition", "statement")
    return rows.filter(code_digest=digest).first() if digest else None


def own_statements(user):
    """The statements asked of the person's own firms. One query."""
    firms = user.memberships.filter(ended_at=None).values("organisation")
    asked = Statement.objects.filter(objection__application__organisation__in=firms)
    whole = ["objection__notice", "objection__application__edition", "objection__application__organisation"]
    return asked.select_related(*whole)
