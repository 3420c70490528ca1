import unicodedata

from django.db.models import Q

from awards.process import State
from awards.programmes.models import Edition, HonourKind
from awards.programmes.queries import public_editions
from awards.publicity.queries import standing_notices
from awards.resolutions.models import Honour, Resolution
from awards.rubric.models import Rubric
from enterprises.organisations.models import FormerName, Organisation

from .models import Target
from .season import season_of
from .shelf import gaps

FULL_WIDTH = str.maketrans("()", "（）")


def leading_edition():
    """The edition the public is shown first: the newest real one, else the newest rehearsal. One query."""
    return public_editions().order_by("is_rehearsal", "-year", "-ordinal").first()


def leading_season(moment):
    """The leading edition with its public standing, or None before the first call.

    One query, and one each for notices, resolutions and who waits once it has come so far.
    """
    edition = leading_edition()
    if edition is None:
        return None
    notices, approved_on, waiting = [], [], 0
    if edition.state in {Edition.State.PUBLICITY, Edition.State.AWARDED}:
        notices = standing_notices(edition, moment)
    if edition.state == Edition.State.AWARDED:
        in_force = edition.resolutions.filter(state=Resolution.State.IN_FORCE)
        approved_on = list(in_force.order_by("issued_on", "pk").values_list("issued_on", flat=True))
        waiting = edition.applications.filter(state=State.PUBLICISED).count()
    return season_of(edition, notices, approved_on, waiting, moment)


def other_running_editions(leading):
    """Public editions that are not over, besides the leading one, newest first. One query."""
    editions = public_editions().exclude(state=Edition.State.AWARDED)
    return list(editions.exclude(pk=leading.pk) if leading else editions)


def laureates(*, name="", kind=None, levels=(), year=None, district=""):
    """Every granted honour that fits, newest first, with kind, certificate, resolution and holder. One query."""
    kept = ("kind", "certificate", "resolution", "organisation")
    honours = Honour.objects.select_related(*kept).order_by("-year", "kind", "pk")
    if district:
        honours = honours.filter(organisation__district_code=district)
    if name:
        honours = honours.filter(_named(name))
    if kind:
        honours = honours.filter(kind=kind)
    if levels:
        honours = honours.filter(kind__level__in=levels)
    return honours.filter(year=year) if year else honours


def _named(name):
    """Any name of the holder: at the award, today, former. As typed, in half width, and with full-width brackets."""
    plain = unicodedata.normalize("NFKC", name).strip()
    spellings = {name.strip(), plain, plain.translate(FULL_WIDTH)}
    former = FormerName.objects.filter(_spelt("name", spellings)).values("organisation")
    today = Organisation.objects.filter(_spelt("name", spellings)).values("pk")
    return _spelt("organisation_name", spellings) | Q(organisation__in=former) | Q(organisation__in=today)


def _spelt(field, spellings):
    return Q(*((f"{field}__icontains", spelling) for spelling in spellings), _connector=Q.OR)


def honours_of(honour):
    """All honours of the holder of this one, newest first: by organisation, or by name where it is not on the portal.

    One query.
    """
    mine = Q(organisation_name=honour.organisation_name, organisation=None)
    if honour.organisation_id:
        mine = Q(organisation=honour.organisation_id)
    return list(laureates().filter(mine))


def holders(honours):
    """How many organisations hold one of these honours in force; rehearsals do not count. One query."""
    standing = honours.filter(revoked_on=None, is_rehearsal=False)
    return standing.order_by().values("organisation_name").distinct().count()


def latest_laureates(count=6):
    """The newest honours in force for the home page, without rehearsals. One query."""
    return laureates().filter(revoked_on=None, is_rehearsal=False)[:count]


def honour_years():
    """The years for which honours are on record, newest first. One query."""
    return list(Honour.objects.order_by("-year").values_list("year", flat=True).distinct())


def gaps_in(*, kind=None, levels=(), year=None, district=""):
    """What is known to be missing from such a list; of no district in particular. One query, none without a level."""
    named = set(HonourKind.objects.filter(level__in=levels).values_list("name", flat=True)) if levels else None
    return [
        gap
        for gap in gaps()
        if (kind is None or gap.kind == kind.name)
        and (named is None or gap.kind in named)
        and (year is None or gap.year == year)
    ]


def counted_targets():
    """Published targets that this register can count, each with its levels and the count. A query each, and one."""
    counted = []
    for target in Target.objects.exclude(counted_from=""):
        levels = target.counted_from.split(",")
        if set(levels) <= set(HonourKind.Level.values):
            counted.append({"target": target, "levels": levels, "count": holders(laureates(levels=levels))})
    return counted


def confirmed_rules(edition):
    """The edition's rules with their basis, apart: those confirmed as the city's own, and the others. One query."""
    rules = list(edition.rules.all())
    return [r for r in rules if r.is_confirmed], [r for r in rules if not r.is_confirmed]


def criteria(rubric):
    """The rubric's categories, each with its items and its points. Two queries."""
    categories = rubric.categories.prefetch_related("items")
    return [
        {"category": c, "items": list(c.items.all()), "points": sum(i.points for i in c.items.all())}
        for c in categories
    ]


def newest_rubric():
    """The criteria to show while no edition is public. One query."""
    return Rubric.objects.last()
