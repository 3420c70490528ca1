"""Reminders. Whoever may still hand in a dossier and has not is told before the close, a few times and no more.

Before: enterprises write their dossiers, or correct them. After: nothing; whoever has submitted hears nothing.
"""
