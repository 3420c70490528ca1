"""What a person at the keyboard sees of a rehearsal: a line a stage, a bar where it takes long."""

import sys
import time


class Voice:
    """Prints stages and progress. A bar moves on a terminal and is one line elsewhere."""

    def __init__(self, out=None):
        self.out = out or sys.stdout
        self.is_live = self.out.isatty()
        self.started = time.monotonic()

    def stage(self, moment, title):
        self._line(f"\n■ {moment:%Y-%m-%d}  {title}")

    def say(self, text):
        self._line(f"   {text}")

    def progress(self, label, things):
        """Go through `things`, showing how far it has come."""
        total = len(things)
        for done, thing in enumerate(things, start=1):
            yield thing
            if self.is_live:
                filled = 24 * done // total
                self.out.write(f"\r   {label} {'█' * filled}{'░' * (24 - filled)} {done}/{total}")
                self.out.flush()
        if self.is_live:
            self.out.write("\n")
        else:
            self._line(f"   {label} {total}/{total}")

    def seconds(self):
        return round(time.monotonic() - self.started, 1)

    def _line(self, text):
        self.out.write(text + "\n")
        self.out.flush()
