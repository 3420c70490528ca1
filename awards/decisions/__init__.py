"""Ranking, shortlist, and the committee: its terms, meetings and secret votes.

Before: submitted score sheets. After: once a second person has released the result, proposed honours are publicised.
"""
