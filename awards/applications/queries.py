import json
from dataclasses import dataclass, replace
from itertools import groupby

from django.db.models import Q

from awards.process import State
from awards.programmes.models import Edition
from awards.rubric.queries import items_of
from enterprises.quality_officers.queries import officer_in_words
from foshan_quality.lib import clock
from foshan_quality.permissions import Relation

from .dossier import Dossier, Figure, Paper, frozen
from .models import Answer, Application, Document, Screening
from .progress import Dates, Standing, Task, payment_words, standing
from .sections import DOCUMENTS, INDICATORS, PROFILE
from .shown import labelled

YEARS_ASKED = 3


def dossier_of(application):
    """The application's content as plain values. Seven queries, any size."""
    edition, organisation = application.edition, application.organisation
    answers = dict(application.answers.values_list("key", "text"))
    items = tuple((item.code, item.title) for item in items_of(edition.rubric))
    return Dossier(
        edition=str(edition),
        organisation={
            "name": organisation.name,
            "credit_code": organisation.credit_code,
            "district": organisation.get_district_code_display(),
            "industry": organisation.industry,
            "size": organisation.get_size_display(),
            "registered_on": organisation.registered_on.isoformat(),
            "legal_representative": organisation.legal_representative,
            "address": organisation.address,
            **_when_present(organisation),
        },
        items=items,
        years=years_of(edition),
        profile={field.key: answers.get(field.key, "") for field in PROFILE},
        report={code: answers.get(code, "") for code, _title in items},
        figures={(i.key, i.year): Figure(i.value, i.absent_because) for i in application.indicators.all()},
        papers=tuple(
            Paper(d.pk, d.kind, d.file.name, d.file.pages, d.file.size, d.file.digest)
            for d in application.documents.filter(removed_at=None).select_related("file")
        ),
        registered_on=organisation.registered_on,
        years_registered=edition.settled["years_registered"],
    )


def _when_present(organisation):
    """What not every organisation has. Without it there is no key, so that older digests still hold."""
    parent = f"{organisation.parent_name}（{organisation.parent_code}）" if organisation.parent_code else ""
    extra = {"parent": parent, "quality_officer": officer_in_words(organisation)}
    return {key: text for key, text in extra.items() if text}


def years_of(edition):
    """The years asked for in the indicators, oldest first: the three before the edition's."""
    return tuple(range(edition.year - YEARS_ASKED, edition.year))


def submitted_dossier(application):
    """What was handed in last, labelled for a page, or None before the first submission. Three queries."""
    snapshot = application.snapshots.first()
    if snapshot is None:
        return None
    return _labelled(
        application,
        json.loads(snapshot.content),
        version=snapshot.version,
        digest=snapshot.digest,
        taken_at=snapshot.taken_at,
    )


def draft_dossier(application, content):
    """The content as it stands now, labelled the same way. Two queries beside those of `dossier_of`."""
    return _labelled(application, json.loads(frozen(content)[0]))


def _labelled(application, content, **snapshot):
    documents = application.documents.values_list("kind", "file__name", "file__digest", "pk")
    return labelled(
        content,
        years=years_of(application.edition),
        items=[
            (item.category.code, item.category.title, item.code, item.title, item.points)
            for item in items_of(application.edition.rubric)
        ],
        document_ids={(kind, name, digest): pk for kind, name, digest, pk in documents},
        **snapshot,
    )


def screening_history(application):
    """What was decided about the dossier and by whom, newest first. One query."""
    return list(application.screenings.select_related("decided_by"))


def earlier_answers(application, keys):
    """The firm's texts of its last earlier application that has each of these, by key. One query.

    Items of the self-report only where the same criteria were asked; profile texts always.
    """
    edition, profile = application.edition, [field.key for field in PROFILE]
    rows = (
        Answer.objects.filter(application__organisation=application.organisation_id, key__in=keys)
        .filter(application__edition__opens_at__lt=edition.opens_at)
        .filter(Q(key__in=profile) | Q(application__edition__rubric=edition.rubric_id))
        .exclude(text="")
        .select_related("application__edition")
        .order_by("application__edition__opens_at")
    )
    return {row.key: row for row in rows}


def former_versions(application, key):
    """What stood in a text before, newest first, each with its writer. One query."""
    return application.answer_versions.filter(key=key).select_related("written_by")


# --- what members see ---------------------------------------------------------------------------------


def own_applications(user):
    """Applications of this person's organisations, with what every page names. Two queries."""
    own = user.memberships.filter(ended_at=None).values("organisation")
    return (
        Application.objects.filter(organisation__in=own)
        .select_related("edition__programme__honour_kind", "edition__rubric", "organisation")
        .prefetch_related("organisation__memberships")
    )


def with_outcome(applications):
    """The same applications with honour, certificate and payment. One query more."""
    return applications.select_related(
        "granted__resolution", "granted__certificate", "granted__entitlement"
    ).prefetch_related("granted__entitlement__disbursements")


def is_released(edition):
    """Whether the edition's notice is out, and with it who was proposed. No query."""
    return edition.state in {Edition.State.PUBLICITY, Edition.State.AWARDED}


def standing_of(application):
    """The state as the applicant may see it. No query."""
    return standing(application.state, is_released=is_released(application.edition))


@dataclass(frozen=True)
class Call:
    """An edition open now and the organisations this person may begin an application for."""

    edition: Edition
    organisations: list


def open_calls(memberships):
    """Editions open at this moment, each with the organisations that have not begun. Two queries.

    An edition in which every organisation of the person has begun is left out: its cards say it all.
    """
    editions = Edition.objects.taking_applications(clock.now()).select_related("programme__honour_kind")
    writable = [m.organisation for m in memberships if m.role in {Relation.OWNER, Relation.EDITOR}]
    mine = [m.organisation for m in memberships]
    begun = set(Application.objects.filter(organisation__in=mine).values_list("edition", "organisation"))
    calls = [Call(e, [o for o in writable if (e.pk, o.pk) not in begun]) for e in editions]
    return [c for c in calls if not mine or any((c.edition.pk, o.pk) not in begun for o in mine)]


@dataclass(frozen=True)
class Card:
    """One application on the desk. `certificate` is there once it can be downloaded."""

    application: Application
    standing: Standing
    certificate: object = None
    payment: str = ""


def cards(user):
    """The person's applications, newest first, with certificate and payment. Three queries, any size."""
    return [
        Card(application, standing_of(application), drawn_certificate(application), payment_of(application))
        for application in with_outcome(own_applications(user))
    ]


def drawn_certificate(application):
    """The certificate of an application, once drawn. No query after `with_outcome`."""
    certificate = getattr(getattr(application, "granted", None), "certificate", None)
    return certificate if certificate and certificate.state == "drawn" else None


def drawn_letters(application):
    """The letters the applicant may download, newest first. One query."""
    drawn = application.letters.filter(state="drawn").exclude(kind="recommendation")
    return list(drawn.select_related("application__organisation", "replaced_by"))


def payment_of(application):
    """Where the money of an honour stands, in words; empty without an honour. No query after `with_outcome`."""
    if getattr(application, "granted", None) is None:
        return ""
    payment = _newest_payment(application)
    return payment_words(payment.state, payment.amount) if payment else payment_words()


def _newest_payment(application):
    entitlement = getattr(getattr(application, "granted", None), "entitlement", None)
    live = [p for p in entitlement.disbursements.all() if p.state != "cancelled"] if entitlement else []
    return max(live, key=lambda payment: payment.pk, default=None)


def dates_of(application):
    """The dates of an application's way that may be told today. Two queries after `with_outcome`."""
    accepted = application.screenings.filter(outcome=Screening.Outcome.ACCEPTED).first()
    honour, certificate = getattr(application, "granted", None), drawn_certificate(application)
    payment = _newest_payment(application)
    return Dates(
        submitted=application.submitted_at,
        accepted=accepted.decided_at if accepted else None,
        notice=_notice_window(application),
        approved=honour.resolution.issued_on if honour and honour.resolution else None,
        certified=certificate.drawn_at if certificate else None,
        paid=payment.answered_on if payment and payment.state == "paid" else None,
    )


def _notice_window(application):
    if application.state not in {State.PUBLICISED, State.STRUCK, State.HONOURED}:
        return ""
    notice = application.edition.notices.filter(state="published").first()
    return f"{notice.first_day} 至 {notice.last_day}" if notice else ""


def section_of(where, items):
    """The section of the form a problem is about, by its key; empty when it is about none."""
    categories = {item.code: item.category.code for item in items}
    if where == "report":
        return items[0].category.code
    return categories.get(where, where if where in {"profile", "indicators", "documents"} else "")


def tasks_of(application, problems):
    """The parts of the form with their progress and last editor, in order. Four queries."""
    items = items_of(application.edition.rubric)
    answers = {row.key: row for row in application.answers.select_related("updated_by")}
    wrong = {}
    for problem in problems:
        wrong.setdefault(section_of(problem.where, items), []).append(problem)
    profile = _texts_task(answers, "profile", "单位信息", "单位信息", [f.key for f in PROFILE if f.is_required])
    tasks = [profile, _figures_task(application)]
    for category, group in groupby(items, key=lambda item: item.category):
        codes = [item.code for item in group]
        tasks.append(_texts_task(answers, category.code, "自评报告", str(category), codes))
    tasks.append(_papers_task(application))
    return [replace(task, problems=wrong.get(task.key, [])) for task in tasks]


def _texts_task(answers, key, group, name, keys):
    rows = [answers[k] for k in keys if k in answers]
    last = max(rows, key=lambda row: row.updated_at, default=None)
    done = sum(bool(row.text.strip()) for row in rows)
    return Task(key, group, name, done, len(keys), *((last.updated_at, str(last.updated_by)) if last else ()))


def _figures_task(application):
    rows = list(application.indicators.select_related("updated_by"))
    last = max(rows, key=lambda row: row.updated_at, default=None)
    total = len(INDICATORS) * YEARS_ASKED
    edited = (last.updated_at, str(last.updated_by)) if last else ()
    return Task("indicators", "经营数据", "近三年经营数据", len(rows), total, *edited)


def _papers_task(application):
    papers = list(application.documents.filter(removed_at=None).select_related("file__uploaded_by"))
    wanted = {kind.key for kind in DOCUMENTS if kind.is_required}
    done = len(wanted & {paper.kind for paper in papers})
    last = max((paper.file for paper in papers), key=lambda file: file.uploaded_at, default=None)
    edited = (last.uploaded_at, str(last.uploaded_by)) if last else ()
    return Task("documents", "证明材料", "证明材料", done, len(wanted), *edited)


def readable_documents(user):
    """Files this person may open: all of one's own firms, and of others only what was handed in.

    Whether a file of another firm was handed in is answered by `was_handed_in`.
    """
    mine = own_applications(user).values("pk")
    others = Application.objects.visible_to(user).values("pk")
    return Document.objects.filter(Q(application__in=mine) | Q(application__in=others)).select_related(
        "file", "application__organisation", "application__edition__programme__honour_kind"
    )


def was_handed_in(document):
    """Whether any submitted version of the dossier holds this file. One query."""
    return document.application.snapshots.filter(content__contains=document.file.digest).exists()
