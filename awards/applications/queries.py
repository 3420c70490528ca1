import json
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby

from django.db.models import F, Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import JSONObject

from awards.process import REVOKED, State
from awards.programmes.models import Edition
from awards.programmes.queries import catalogue_of
from awards.rubric.queries import items_of
from enterprises.districts import District
from enterprises.files.queries import what_is_wrong
from enterprises.organisations.models import Organisation
from enterprises.quality_officers.queries import officer_in_words
from foshan_quality.lib import clock
from foshan_quality.lib.ready import Ready
from foshan_quality.permissions import Relation

from . import eligibility
from .content import content_of, submitted_of
from .differences import between
from .dossier import Dossier, frozen
from .models import Answer, Application, Document, Outcome, Printout, SelfCheck, Snapshot, StampedScan
from .points import named, places, reopened_pictures
from .progress import Dates, Standing, Task, payment_words, standing
from .sections import INDICATORS, PROFILE
from .shown import labelled

YEARS_ASKED = 3
NAMED = ["edition__programme__honour_kind", "edition__rubric", "organisation"]  # what every page names
TO_SUBMIT = Ready(lambda pk: Application.objects.select_related(*NAMED).select_for_update(of=("self",)).filter(pk=pk))
TO_WRITE = Ready(
    lambda pk: Application.objects.select_related("organisation").select_for_update(of=("self",)).filter(pk=pk)
)
OWN = Ready(
    lambda user, pk: (
        Application.objects.filter(
            pk=pk, organisation__memberships__user=user, organisation__memberships__ended_at=None
        )
        .annotate(own_role=F("organisation__memberships__role"))
        .select_related(*NAMED)
    )
)
EMPTY = {"profile": {}, "report": {}, "indicators": [], "documents": []}


def dossier_of(application):
    """The application's content as plain values. One query, any size; its edition's rules and catalogue are in it."""
    edition, organisation, content = application.edition, application.organisation, content_of(application)
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
            **_when_present(organisation, content.officer),
        },
        items=items,
        years=years_of(edition),
        profile={field.key: content.answers.get(field.key, "") for field in PROFILE},
        report={code: content.answers.get(code, "") for code, _title in items},
        figures=content.figures,
        papers=content.papers,
        registered_on=organisation.registered_on,
        years_registered=edition.settled["years_registered"],
        catalogue=tuple(catalogue_of(edition)),
        needs_scan=needs_scan(edition),
        scans=content.scans,
        versions=content.versions,
        has_bars=content.has_bars,
    )


def needs_scan(edition):
    """Whether a stamped scan is asked for before handing in. Editions from before the rule ask for none."""
    return edition.settled.get("stamped_scan_required", False)


def _when_present(organisation, officer):
    """What not every organisation has. Without it there is no key, so that older digests still hold."""
    parent = f"{organisation.parent_name}（{organisation.parent_code}）" if organisation.parent_code else ""
    extra = {"parent": parent, "quality_officer": officer_in_words(officer)}
    return {key: text for key, text in extra.items() if text}


def to_submit(pk):
    """One application, locked, with all that handing in needs beside the content. Two queries."""
    application = TO_SUBMIT.get(pk)
    application.organisation.take_members()
    return application


def to_write(pk):
    """One application, locked, with its organisation. One query."""
    return TO_WRITE.get(pk)


def years_of(edition):
    """The years asked for in the indicators, oldest first: the three before the edition's."""
    return tuple(range(edition.year - YEARS_ASKED, edition.year))


def submitted_dossier(application, version=None):
    """What was handed in last, or as this version, labelled for a page; None where there is none. One query."""
    found = submitted_of(application, version)
    if found is None:
        return None
    return _labelled(
        application,
        found.content,
        found.document_ids,
        version=found.version,
        digest=found.digest,
        taken_at=found.taken_at,
        scan=found.scan,
    )


def later_versions(application):
    """The numbers of the submitted versions that have one before them. One query."""
    return list(application.snapshots.order_by("version").values_list("version", flat=True)[1:])


def returns_left(application):
    """How many more times the edition's rules let this dossier be returned; None where they set no limit. One query."""
    most = application.edition.settled.get("corrections", 0)
    returns = sum(decision.outcome == Outcome.RETURNED for decision in application.decisions) if most else 0
    return max(0, most - returns) if most else None


def differences(application, version):
    """What changed with this submitted version, for a page: both versions and their differences. Two queries.

    None where there is no such version or none before it.
    """
    old, new = submitted_dossier(application, version - 1), submitted_dossier(application, version)
    return {"old": old, "new": new, "differences": between(old, new)} if old and new else None


def draft_dossier(application, content):
    """The content as it stands now, labelled the same way. No query after `dossier_of`."""
    documents = {(paper.kind, paper.name, paper.digest): paper.pk for paper in content.papers}
    return _labelled(application, json.loads(frozen(content)[0]), documents)


def drawn_item(application, code, text=None):
    """One item of the draft, to be drawn; with `text`, as if that were saved. None if there is no such. A query."""
    report = draft_dossier(application, dossier_of(application)).report
    item = next((item for category in report for item in category.items if item.code == code), None)
    return item if item is None or text is None else replace(item, text=text)


def _labelled(application, content, document_ids, **snapshot):
    return labelled(
        content,
        years=years_of(application.edition),
        items=[
            (item.category.code, item.category.title, item.code, item.title, item.points)
            for item in items_of(application.edition.rubric)
        ],
        catalogue=catalogue_of(application.edition),
        document_ids=document_ids,
        **snapshot,
    )


# --- screening: points and proposals ------------------------------------------------------------------


def takes_two(edition):
    """Whether screening in this edition needs a second person. Editions from before the rule do not."""
    return edition.settled.get("screening_by_two", False)


def with_final_book(applications):
    """Applications with `known_book`, key and state of the book of what was handed in last. No query of its own."""
    last = Snapshot.objects.filter(application=OuterRef("application")).order_by("-version").values("digest")[:1]
    books = Printout.objects.filter(application=OuterRef("pk"), kind=Printout.Kind.BOOK, is_specimen=False)
    newest = books.filter(digest=Subquery(last)).order_by("-pk")
    return applications.annotate(known_book=Subquery(newest.values(row=JSONObject(pk="pk", state="state"))[:1]))


def closed_proposals(application):
    """Screening opinions that came to nothing, newest first, each with who ended it. One query."""
    return [row for row in application.proposals if row.state in {"sent_back", "taken_back", "lapsed"}]


def places_of(application):
    """Every place of this dossier that a point can name, by key. One query."""
    items = items_of(application.edition.rubric)
    rows = [(i.category.code, i.category.title, i.code, i.title) for i in items]
    return places(rows, catalogue_of(application.edition))


def refusal_of(application):
    """Why a dossier was refused, or None. A query for a refused one only."""
    refused = (row for row in application.decisions if row.outcome == Outcome.REFUSED)
    return next(refused, None) if application.state == State.REFUSED else None


def open_points(application):
    """What is wrong, by the place that is open for it; None where all places are. A query for a returned one only."""
    if application.state != State.RETURNED:
        return None
    returned = application.last_return
    return {point["place"]: point["text"] for point in returned.points} if returned and returned.points else None


def pictures_open(application):
    """What may be done with pictures in a returned dossier; None otherwise. A query for one with items reopened."""
    points = open_points(application)
    codes = [item.code for item in items_of(application.edition.rubric)]
    if points is None or not points.keys() & set(codes):
        return None
    texts = dict(application.answers.filter(key__in=codes, text__contains="图").values_list("key", "text"))
    return reopened_pictures(points, {code: texts.get(code, "") for code in codes}, catalogue_of(application.edition))


def is_overdue(application):
    """Whether a returned dossier was not handed in again by its last day. No query."""
    return bool(
        application.state == State.RETURNED and application.correct_by and application.correct_by < clock.today()
    )


def corrections(application, content=None):
    """The points of the last return, each changed or not since then; none without one. Three queries, else one.

    Asked is what was handed in last, or the `content` given: a draft is its writers' own, not for staff.
    """
    returned = application.last_return
    if returned is None or not returned.points:
        return []
    newest, *older = application.snapshots.filter(version__gte=returned.version)
    before = (older or [newest])[-1].content
    now = frozen(content)[0] if content else newest.content
    return named(returned.points, places_of(application), json.loads(before), json.loads(now))


def points_in_words(application, points):
    """Points that were not yet decided on or that are only read, in the order of the form. One query."""
    return named(points, places_of(application), EMPTY, EMPTY) if points else []


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


def own_application(user, pk):
    """One application of this person's organisations, with what every page names; None elsewhere. One query."""
    found = next(iter(OWN.all(user.pk, pk)), None)
    if found is not None:
        found.organisation.take_role(user, found.own_role)
    return found


def own_applications(user):
    """Applications of this person's organisations, with what every page names. Two queries."""
    return (
        Application.objects.filter(organisation__memberships__user=user, organisation__memberships__ended_at=None)
        .select_related(*NAMED)
        .prefetch_related("organisation__memberships")
    )


def with_outcome(applications):
    """The same applications with honour, certificate and payments. Two queries more."""
    return applications.select_related("granted__resolution", "granted__certificate").prefetch_related(
        "granted__entitlements__disbursements"
    )


def is_released(edition):
    """Whether the edition's notice is out, and with it who was proposed. No query."""
    return edition.state in {Edition.State.PUBLICITY, Edition.State.AWARDED}


def is_deferred(application):
    """Whether the approval of its edition's list left the application to a later one because of an objection. Whom
    another vote proposed is on notice then as well. No query but for the few it may be about."""
    is_left = application.state == State.PUBLICISED and application.edition.state == Edition.State.AWARDED
    return is_left and application.objections.exists()


def standing_of(application):
    """The state as the applicant may see it. No query but that of `is_deferred`, and one for a winner read without its
    outcome."""
    if application.is_revoked:
        return Standing(REVOKED, "stop")
    released = is_released(application.edition)
    return standing(application.state, is_released=released, is_deferred=is_deferred(application))


def review_papers(application):
    """What the applicant may open: a visit and a hearing once told, feedback once released, a revocation once told.

    One query.
    """
    states = ("site_visit__state", "hearing_case__hearing__state", "feedback_report__state")
    told = Max("granted__revocations__told_at")
    row = Application.objects.filter(pk=application.pk).annotate(told=told).values_list(*states, "told")
    visit, hearing, feedback, told_at = row.get()
    return {
        "has_revocation": told_at is not None,
        "has_visit": visit in {"told", "locked"},
        "has_hearing": hearing == "told",
        "has_feedback": feedback == "released",
    }


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
    if payment is None and application.granted.revoked_on:
        return f"{REVOKED}，不再拨付"
    if payment is None:
        return payment_words()
    words, whole, paid = payment_words(payment.state, payment.amount), _sum_due(application), _paid(application)
    if application.granted.revoked_on:
        return f"{words}；{REVOKED}，应退回的金额和期限见“奖补资金”"
    return f"已到账 {paid:,.2f} 元，共 {whole:,.2f} 元，分期拨付；最近一期：{words}" if payment.instalment_id else words


def _sum_due(application):
    """What all entitlements that are being paid come to, in yuan."""
    due = [e.amount for e in application.granted.entitlements.all() if e.disbursements.all()]
    return sum(due, Decimal("0.00"))


def _paid(application):
    paid = [p for e in application.granted.entitlements.all() for p in e.disbursements.all() if p.state == "paid"]
    return sum((payment.amount for payment in paid), Decimal("0.00"))


def _newest_payment(application):
    honour = getattr(application, "granted", None)
    entitlements = honour.entitlements.all() if honour else []
    live = [p for e in entitlements for p in e.disbursements.all() if p.state != "cancelled"]
    return max(live, key=lambda payment: payment.pk, default=None)


def dates_of(application):
    """The dates of an application's way that may be told today. Two queries after `with_outcome`."""
    accepted = application.screenings.filter(outcome=Outcome.ACCEPTED).first()
    honour, certificate = getattr(application, "granted", None), drawn_certificate(application)
    payment = _newest_payment(application)
    return Dates(
        submitted=application.submitted_at,
        accepted=accepted.decided_at if accepted else None,
        notice=_notice_window(application),
        approved=honour.resolution.issued_on if honour and honour.resolution else None,
        document=honour.resolution.number if honour and honour.resolution else "",
        revoked=honour.revoked_on if honour else None,
        revoked_under=honour.revoked_under if honour else "",
        certified=certificate.drawn_at if certificate else None,
        paid=payment.answered_on if payment and _paid(application) >= _sum_due(application) else None,
    )


def _notice_window(application):
    if application.state not in {State.PUBLICISED, State.STRUCK, State.NOT_APPROVED, State.HONOURED}:
        return ""
    named = application.edition.notices.filter(state="published", names__contains=[{"application": application.pk}])
    notice = named.first()
    return f"{notice.first_day} 至 {notice.last_day}" if notice else ""


def section_of(where, items):
    """The section of the form a problem is about, by its key; empty when it is about none."""
    categories = {item.code: item.category.code for item in items}
    about = where.partition("#")[0]
    if about == "report":
        return items[0].category.code
    return categories.get(about, about if about in {"profile", "indicators", "documents", "stamped"} else "")


def tasks_of(application, content, problems):
    """The parts of the form with their progress and last editor, in order. One query after `dossier_of`."""
    items, edits = items_of(application.edition.rubric), _last_edits(application)
    texts = {key for key, text in (content.profile | content.report).items() if text.strip()}
    wanted = {kind.key for kind in content.catalogue if kind.is_required}
    papers = {paper.kind for paper in content.papers}
    wrong = {}
    for problem in problems:
        wrong.setdefault(section_of(problem.where, items), []).append(problem)

    def texts_task(key, group, name, keys):
        """A task that is done when every one of these texts is there."""
        return Task(key, group, name, len(texts & set(keys)), len(keys), *_newest(edits, keys))

    tasks = [
        texts_task("profile", "单位信息", "单位信息", [field.key for field in PROFILE if field.is_required]),
        Task(
            "indicators",
            "经营数据",
            "近三年经营数据",
            len(content.figures),
            len(INDICATORS) * YEARS_ASKED,
            *_newest(edits, ["indicators"]),
        ),
    ]
    for category, group in groupby(items, key=lambda item: item.category):
        tasks.append(texts_task(category.code, "自评报告", str(category), [item.code for item in group]))
    task = Task("documents", "证明材料", "证明材料", len(wanted & papers), len(wanted), *_newest(edits, ["documents"]))
    return [replace(task, problems=wrong.get(task.key, [])) for task in [*tasks, task]]


def _last_edits(application):
    """When each text was last saved, and any figure and any file, with by whom: {key: (moment, name)}. One query."""
    who = ("updated_at", "updated_by__name", "updated_by__email")
    files = ("file__uploaded_at", "file__uploaded_by__name", "file__uploaded_by__email")
    rows = application.answers.values_list("key", *who).union(
        application.indicators.order_by("-updated_at").values_list(Value("indicators"), *who)[:1],
        application.documents.filter(removed_at=None)
        .order_by("-file__uploaded_at")
        .values_list(Value("documents"), *files)[:1],
        all=True,
    )
    return {key: (moment, name or email) for key, moment, name, email in rows}


def _newest(edits, keys):
    return max((edits[key] for key in keys if key in edits), default=())


@dataclass(frozen=True)
class FiledPaper:
    """One file in the volume of proofs, and on which of its pages it lies; no pages where it has none."""

    document: Document
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class CatalogueEntry:
    """One line of the catalogue with its files in order, and those taken off it."""

    line: object
    papers: list
    removed: list

    @property
    def is_full(self):
        """Whether the one file it takes is there."""
        return bool(self.papers) and not self.line.takes_many


def volume_of(application):
    """The catalogue with its files, numbered through as one volume. Two queries, any number of files."""
    rows = list(application.documents.select_related("file__uploaded_by", "file__page_set", "removed_by"))
    page, entries = 1, []
    for line in catalogue_of(application.edition):
        papers = []
        for document in (row for row in rows if row.kind == line.key and row.removed_at is None):
            pages = document.file.pages
            papers.append(FiledPaper(document, page, page + pages - 1) if pages else FiledPaper(document))
            page += pages or 0
        gone = [row for row in rows if row.kind == line.key and row.removed_at is not None]
        entries.append(CatalogueEntry(line, papers, gone))
    return entries


def readable_documents(user):
    """Files this person may open: all of one's own firms, and of others only what was handed in.

    Whether a file of another firm was handed in is answered by `was_handed_in`.
    """
    mine = own_applications(user).values("pk")
    others = Application.objects.visible_to(user).values("pk")
    return Document.objects.filter(Q(application__in=mine) | Q(application__in=others)).select_related(
        "file__page_set", "application__organisation", "application__edition__programme__honour_kind"
    )


def was_handed_in(document):
    """Whether any submitted version of the dossier holds this file. One query."""
    return document.application.snapshots.filter(content__contains=document.file.digest).exists()


# --- printing and stamping ----------------------------------------------------------------------------


def present_content(application):
    """What a book drawn now would hold: its content, the SHA-256 of it, and whether it is a specimen.

    With the enterprise it is the draft (the queries of `dossier_of`), afterwards what was handed in last (one query).
    """
    if application.is_with_the_enterprise or (snapshot := application.snapshots.first()) is None:
        return *frozen(dossier_of(application)), True
    return snapshot.content, snapshot.digest, False


def labelled_content(application, content):
    """A frozen content with its labels, ready to be drawn. Its files are named, not found. Two queries."""
    return _labelled(application, content, {})


def pictures_of(application, dossier):
    """The pictures that the answers of a labelled dossier show, by SHA-256; one that is damaged on the disk is left
    out. One query where there are any."""
    shown = [document for category in dossier.report for item in category.items for _block, document in item.blocks]
    wanted = {document.digest for document in shown if document}
    kept = application.documents.filter(file__digest__in=wanted).select_related("file") if wanted else []
    files = {document.file.digest: document.file for document in kept}
    return {digest: _content_of(stored) for digest, stored in files.items() if not what_is_wrong(stored)}


def _content_of(stored):
    with stored.file.open("rb") as content:
        return content.read()


def printout_of(application, kind, digest, *, is_specimen):
    """The paper drawn, or being drawn, from just this content; None where nobody asked for it. One query."""
    return application.printouts.filter(kind=kind, digest=digest, is_specimen=is_specimen).first()


def receipt_of(application):
    """The receipt of the last submission as PDF, drawn or being drawn; None where nobody asked for it. One query."""
    receipts = application.printouts.filter(kind=Printout.Kind.RECEIPT, requested_at__gte=application.submitted_at)
    return receipts.first()


def printed_digests(application):
    """The contents of which a book was ever drawn, with when it was asked for. One query."""
    books = application.printouts.filter(kind=Printout.Kind.BOOK).order_by("requested_at")
    return dict(books.values_list("digest", "requested_at"))


def queued_before(printout):
    """How many papers wait before this one. One query."""
    return Printout.objects.filter(state=Printout.State.QUEUED, pk__lt=printout.pk).count()


def present_scans(application):
    """The stamped scans of an application, newest first. One query."""
    return list(application.stamped_scans.filter(removed_at=None).select_related("file__uploaded_by", "file__page_set"))


def readable_scans(user):
    """Stamped scans of one's own firms; of others those that belong to a dossier handed in."""
    mine = own_applications(user).values("pk")
    others = Application.objects.visible_to(user).values("pk")
    handed_in = Q(application__in=others, digest__in=Snapshot.objects.values("digest"), removed_at=None)
    scans = StampedScan.objects.filter(Q(application__in=mine) | handed_in)
    return scans.select_related(
        "file__page_set", "application__organisation", "application__edition__programme__honour_kind"
    )


def readable_printouts(user):
    """Drawn papers of one's own firms; for staff the final ones of dossiers they may see."""
    mine = own_applications(user).values("pk")
    others = Application.objects.visible_to(user).values("pk")
    drawn = Printout.objects.filter(state=Printout.State.DRAWN).select_related("application__organisation")
    return drawn.filter(Q(application__in=mine) | Q(application__in=others, is_specimen=False))


# --- self-check ---------------------------------------------------------------------------------------


def self_check_of(edition, organisation):
    """What the organisation answered for this edition, or None. One query."""
    return SelfCheck.objects.filter(edition=edition, organisation=organisation).select_related("checked_by").first()


def conditions_of(edition):
    """The edition's conditions as plain values, the years of registration from its rule. Two queries."""
    rule = edition.rules.get(key="years_registered")
    return [_asked(row, rule) for row in edition.conditions.all()]


def _asked(row, rule):
    fields = {name: getattr(row, name) for name in eligibility.Asked.__dataclass_fields__}
    if row.measure == "years_registered":  # one rule, one place: also what the check before handing in goes by
        fields["value"] = rule.value
    return eligibility.Asked(**fields)


def facts_about(organisation, edition):
    """What the register and the record of honours say about an organisation. Three queries, two without a parent."""
    kind = edition.programme.honour_kind_id
    own = Organisation.objects.filter(pk=organisation.pk)
    parents = Organisation.objects.filter(credit_code=organisation.parent_code)
    begun = Answer.objects.filter(application__organisation=organisation, key="cpe_started_on").order_by("-pk").first()
    return eligibility.Facts(
        is_here=organisation.district_code in District.values,
        registered_on=organisation.registered_on,
        size=organisation.size,
        cpe_started_on=begun.text if begun else "",
        parent=organisation.parent_name,
        honoured_in=_honoured_in(own, kind),
        parent_honoured_in=_honoured_in(parents, kind) if organisation.parent_code else (),
    )


def _honoured_in(organisations, kind):
    """The years in which any of them won this honour, revoked ones left out."""
    won = Q(honours__kind=kind, honours__revoked_on=None, honours__is_rehearsal=False)
    return tuple(organisations.filter(won).values_list("honours__year", flat=True))
