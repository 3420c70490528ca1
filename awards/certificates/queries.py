from django.db.models import Count, F, Func, Max, Prefetch, Q, Value

from foshan_quality.lib import clock

from .models import Certificate, CertificateTemplate, Replacement
from .progress import Progress

PRINTED = ["honour__kind", "honour__resolution", "edition__programme__honour_kind", "template"]
S = Certificate.State


def template_for(edition):
    """The template in use: the edition's own before the programme's, the newest first. One query; None without one."""
    adopted = CertificateTemplate.objects.filter(programme=edition.programme_id, state="adopted")
    usable = adopted.filter(Q(edition=edition) | Q(edition=None))
    return usable.order_by(F("edition").asc(nulls_last=True), "-version").first()


def with_faces(certificates):
    """The certificates with everything that is printed on them. One query."""
    return certificates.select_related(*PRINTED)


def progress_of(batch):
    """How far a batch is. One query."""
    states = {state.value: Count("pk", filter=Q(state=state)) for state in S}
    counted = batch.certificates.aggregate(total=Count("pk"), last=Max("drawn_at"), **states)
    last = counted.pop("last")
    until = clock.now() if counted["queued"] or last is None else last
    return Progress(**counted, began_at=batch.started_at, until=until)


def failures_of(batch):
    """The certificates of a batch that need a person, with their reasons. One query."""
    return list(batch.certificates.filter(state=S.PARKED).order_by("sequence", "turn"))


def running_batch(edition):
    """The batch that still has certificates to draw, or None. One query."""
    return edition.certificate_batches.filter(certificates__state=S.QUEUED).distinct().first()


def drawn():
    """Certificates that exist, with what the public is told of them. One query, and one for those replaced."""
    confirmed = Replacement.objects.filter(state="confirmed").select_related("new")
    replaced_by = Prefetch("replacements", confirmed, to_attr="confirmed_replacements")
    return Certificate.objects.filter(state=S.DRAWN).select_related(*PRINTED).prefetch_related(replaced_by)


def found(code, number_key=None):
    """The drawn certificate of a code, if its number is the one given too. One query whether there is one or not.

    Numbers are compared in the database, so that a wrong number costs just what an unknown code costs.
    """
    rows = drawn().filter(code=code)
    if number_key is not None:
        plain = Func(F("number"), Value("[^[:alnum:]]"), Value(""), Value("g"), function="regexp_replace")
        rows = rows.alias(plain_number=plain).filter(plain_number__iexact=number_key)
    return rows.first()


def may_be_replaced(certificate):
    """Whether another can be proposed in its place: drawn, in force, and none proposed yet. One query."""
    is_drawn = certificate.state == Certificate.State.DRAWN
    if not is_drawn or certificate.standing != Certificate.Standing.VALID:
        return False
    return not certificate.replacements.filter(state=Replacement.State.PROPOSED).exists()
