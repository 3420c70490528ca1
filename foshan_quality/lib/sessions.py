"""Django's sessions in the database, found by a question that is ready: everybody's requests begin with it."""

from django.contrib.sessions.backends import db
from django.db.models.functions import Now

from .ready import Ready

ALIVE = Ready(lambda key: SessionStore.get_model_class().objects.filter(session_key=key, expire_date__gt=Now()))


class SessionStore(db.SessionStore):
    """The same rows as Django's own; the reading differs, and a cookie that says anything else than a key is none."""

    def _validate_session_key(self, key):
        """Letters and digits, as all our keys are: a cookie can say things that no database takes."""
        return super()._validate_session_key(key) and key.isascii() and key.isalnum()

    def _get_session_from_db(self):
        found = ALIVE.all(self.session_key)
        if found:
            return found[0]
        self._session_key = None
        return None
