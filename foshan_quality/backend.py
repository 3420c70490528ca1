from allauth.account.auth_backends import AuthenticationBackend

from enterprises.people.models import User
from foshan_quality.permissions import GRANTS, RELATION_GRANTS

OF_RELATIONS = set().union(*RELATION_GRANTS.values())  # what a record can make somebody's right


class RoleBackend(AuthenticationBackend):
    """Signs people in as allauth does, and answers `has_perm` from the two tables above."""

    def get_user(self, user_id):
        """The person of a session, with the duties in force; nobody once the account is closed. One query."""
        user = User.objects.with_duties(user_id)
        return user if user and self.user_can_authenticate(user) else None

    def has_perm(self, user, permission, record=None):
        """Roles held everywhere, plus the relations the record gives; a district's only in its district."""
        if not (user.is_active and user.is_authenticated):
            return False
        if any(permission in GRANTS[grant.role] and grant.covers(record) for grant in user.current_grants()):
            return True
        if permission not in OF_RELATIONS:
            return False
        relations = record.roles_of(user) if hasattr(record, "roles_of") else ()
        return any(permission in RELATION_GRANTS[relation] for relation in relations)

    def has_module_perms(self, user, app_label):
        """Whether the admin should list the app at all."""
        return any(p.startswith(f"{app_label}.") for grant in user.current_grants() for p in GRANTS[grant.role])

    def get_all_permissions(self, user, record=None):
        """Every permission the person's roles give, for `{{ perms }}`."""
        return {str(p) for grant in user.current_grants() if grant.covers(record) for p in GRANTS[grant.role]}

    get_user_permissions = get_group_permissions = get_all_permissions
