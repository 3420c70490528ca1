from django.db.models import Q

from foshan_quality.lib.identity import in_groups

from .models import CONTACT, Organisation


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


def group_of(organisation):
    """Everybody of the organisation's group that is on the portal, itself included; see `groups_of`."""
    return groups_of([organisation])[organisation.pk]


def groups_of(organisations):
    """For each organisation, by key, everybody of its group that is on the portal, itself included: all that name
    one another as parent, or the same parent, along any number of steps. One query a step."""
    firms, asked = {}, set()
    codes = _codes_of(organisations)
    while codes:
        asked |= codes
        level = Organisation.objects.filter(Q(parent_code__in=codes) | Q(credit_code__in=codes)).exclude(pk__in=firms)
        new = {firm.pk: firm for firm in level}
        firms |= new
        codes = _codes_of(new.values()) - asked
    leads_to = {}

    def top(code):
        while (above := leads_to.get(code, code)) != code:
            code = above
        return code

    for firm in firms.values():
        if firm.parent_code:
            leads_to[top(firm.credit_code)] = top(firm.parent_code)
    groups = {}
    for firm in firms.values():
        groups.setdefault(top(firm.credit_code), []).append(firm)
    return {organisation.pk: groups[top(organisation.credit_code)] for organisation in organisations}


def _codes_of(firms):
    return {code for firm in firms for code in (firm.credit_code, firm.parent_code) if code}
