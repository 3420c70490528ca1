from foshan_quality.lib.identity import in_groups

from .models import Organisation


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
    label = {field.name: field.verbose_name for field in Organisation._meta.fields}
    return [(label[name], answer, name in organisation.prefilled) for name, answer in shown.items()]
