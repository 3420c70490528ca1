from django.db import transaction
from django.db.models import Max

from awards.programmes.models import Programme
from awards.workflow import Refused, permit
from enterprises.audit import actions as audit
from foshan_quality.lib import clock
from foshan_quality.lib.problems import Problem
from foshan_quality.permissions import Permission

from .filling import OF_NOTICES, OF_PAPERS, unknown_places
from .models import TextTemplate


def places_for(kind):
    """The places a text of this kind may name, with what stands for each."""
    return OF_NOTICES if kind == TextTemplate.Kind.NOTICE else OF_PAPERS


@transaction.atomic
def set_text(*, by, programme, kind, title, body, source, to=""):
    """Settle a new version of a programme's text; what was drawn up before keeps its words.

    Refused for a place nobody can fill and for a brace that stands alone, naming all of them.
    """
    permit(by, Permission.NOTICE_TEXT_SET)
    problems = []
    for field, text in (("title", title), ("to", to), ("body", body)):
        if wrong := unknown_places(text, places_for(kind)):
            named = "、".join(f"“{place}”" for place in wrong)
            problems.append(Problem("places", f"占位符不认识或不完整：{named}。没有保存。", field))
    if problems:
        raise Refused(problems)
    locked = Programme.objects.select_for_update(of=("self",)).get(pk=programme.pk)
    last = TextTemplate.objects.filter(programme=locked, kind=kind).aggregate(last=Max("version"))["last"] or 0
    words = {"title": title.strip(), "to": to.strip(), "body": body.strip(), "source": source.strip()}
    text = TextTemplate.objects.create(
        programme=locked, kind=kind, version=last + 1, set_by=by, set_at=clock.now(), **words
    )
    audit.record(by=by, verb="set_text", target=text, before=str(last), after=str(text.version))
    return text
