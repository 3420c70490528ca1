from dataclasses import dataclass

from django.db.models import OuterRef, Q, Subquery
from django.utils.timezone import localdate

from foshan_quality.lib.identity import in_groups

from .groups import Link, kin
from .models import CONTACT, Organisation, ParentLink


def memberships_of(user):
    """The person's places in organisations, by name, each with its organisation. One query."""
    current = user.memberships.filter(ended_at=None)
    return list(current.select_related("organisation").order_by("organisation__name"))


def own_organisations(user):
    """Organisations this person is a member of, members loaded. Two queries."""
    own = user.memberships.filter(ended_at=None).values("organisation")
    return Organisation.objects.filter(pk__in=own).prefetch_related("memberships")


def account_of(organisation):
    """The account in use, or None. One query."""
    return organisation.bank_accounts.filter(replaced_at=None).first()


def former_names_of(organisation):
    """Names the organisation bore before, newest first. One query."""
    return list(organisation.former_names.all())


def facts_of(organisation):
    """The registered facts in order: label, answer, and whether the register gave it. No query."""
    shown = {
        "name": organisation.name,
        "credit_code": " ".join(in_groups(organisation.credit_code, 4)),
        "district_code": organisation.get_district_code_display(),
        "industry": organisation.industry,
        "size": organisation.get_size_display(),
        "registered_on": organisation.registered_on.isoformat(),
        "legal_representative": organisation.legal_representative,
        "address": organisation.address,
    }
    if organisation.parent_code:
        code = " ".join(in_groups(organisation.parent_code, 4))
        shown["parent_name"] = f"{organisation.parent_name}（{code}）"
    if contact := [part for part in (getattr(organisation, name) for name in CONTACT) if part]:
        shown["contact_name"] = "，".join(contact)
    label = {field.name: field.verbose_name for field in Organisation._meta.fields}
    return [(label[name], answer, name in organisation.prefilled) for name, answer in shown.items()]


@dataclass(frozen=True)
class Kin:
    """A member of a group: to this day, or by a link that `ended`."""

    firm: Organisation
    ended: Link | None = None

    def counts_since(self, day):
        """Whether it belonged to the group on that day or at any time after it."""
        return self.ended is None or self.ended.until >= day


def kin_of(organisation):
    """Everybody of the organisation's group that is on the portal, itself included; see `kin_among`."""
    return kin_among([organisation])[organisation.pk]


def kin_among(organisations):
    """For each organisation, by key, everybody of its group that is on the portal, itself included: all that name or
    once named one another as parent, or the same parent, along any number of steps. One query a step, and one for
    those that name nobody."""
    firms = {organisation.credit_code: organisation for organisation in organisations}
    links, asked, codes = {}, set(), set(firms)
    while codes:
        asked |= codes
        for row in _said_of(codes):
            firms.setdefault(row.organisation.credit_code, row.organisation)
            if row.parent_code:
                links[row.pk] = _link(row)
        codes = {code for link in links.values() for code in (link.child, link.parent)} - asked
    unknown = asked - set(firms)
    if unknown:
        firms |= {firm.credit_code: firm for firm in Organisation.objects.filter(credit_code__in=unknown)}
    found = kin([organisation.credit_code for organisation in organisations], links.values())
    return {
        organisation.pk: sorted(
            (Kin(firms[code], ended) for code, ended in found[organisation.credit_code].items() if code in firms),
            key=lambda each: each.firm.pk,
        )
        for organisation in organisations
    }


def parents_by_code(codes):
    """Every parent that organisations of these codes named, by their code: rows with the `until` at which they said
    otherwise, oldest first. One query, none for no codes."""
    found = {}
    for row in with_ends(ParentLink.objects.filter(organisation__credit_code__in=codes)).order_by("pk"):
        if row.parent_code:
            found.setdefault(row.organisation.credit_code, []).append(row)
    return found


def _said_of(codes):
    about = Q(organisation__credit_code__in=codes) | Q(parent_code__in=codes)
    return with_ends(ParentLink.objects.filter(about))


def with_ends(rows):
    """Rows of parents, each with its organisation and the moment `until` which it stood, None for what stands. No query
    yet."""
    later = ParentLink.objects.filter(organisation=OuterRef("organisation"), pk__gt=OuterRef("pk")).order_by("pk")
    return rows.select_related("organisation").annotate(until=Subquery(later.values("since")[:1]))


def _link(row):
    return Link(
        row.organisation.credit_code,
        row.organisation.name,
        row.parent_code,
        row.parent_name,
        localdate(row.since),
        row.until and localdate(row.until),
    )
