"""How much memory a piece of work takes, and what Python does about it."""

import gc
from contextlib import contextmanager


@contextmanager
def collector_at_rest():
    """Python does not look for cycles meanwhile: for work that makes very many plain values at once, in no cycle.

    Each look passes over everything there is, so that ten times the values cost more than ten times the time.
    What is no longer used is still given back at once. Of two such works at the same time the later end counts less:
    the collector goes on with the first that found it running.
    """
    was_running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_running:
            gc.enable()
