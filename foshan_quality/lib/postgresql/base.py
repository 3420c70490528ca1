"""Django's PostgreSQL, but for how a kept connection is found to be well at the beginning of a request."""

from select import POLLIN, poll

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Where nothing was asked, nothing is said: a line with something to read is one the server has hung up."""

    def is_usable(self):
        """Whether the server is still there; it is asked itself only where the line leaves a doubt."""
        if self.connection is None or self.connection.closed:
            return False
        line = poll()
        line.register(self.connection.fileno(), POLLIN)
        return super().is_usable() if self.errors_occurred or line.poll(0) else True
