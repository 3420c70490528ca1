"""The district's look at a dossier: checklist, departments' opinions, credit report, veto items, recommendation.

Before: a dossier handed in. After: the city accepts it, returns it or refuses it, with all of this before its eyes.
"""
