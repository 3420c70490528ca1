"""How far a batch of certificates is: counts and times in, what the card says out. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Progress:
    """One batch at one moment. `until` is now while it runs, and the last drawing afterwards."""

    total: int
    drawn: int
    parked: int
    stopped: int
    queued: int
    began_at: datetime
    until: datetime

    @property
    def is_running(self):
        return self.queued > 0

    @property
    def done(self):
        """How many need no more work by machine."""
        return self.total - self.queued

    @property
    def percent(self):
        return 100 * self.done // self.total if self.total else 100

    @property
    def per_minute(self):
        """Certificates a minute since the start, a whole number; 0 while nobody can tell."""
        seconds = (self.until - self.began_at).total_seconds()
        return round(self.drawn * 60 / seconds) if self.drawn and seconds > 0 else 0

    @property
    def minutes_left(self):
        """Whole minutes until the rest is done at this speed, at least 1; None while nobody can tell."""
        return max(1, math.ceil(self.queued / self.per_minute)) if self.queued and self.per_minute else None
