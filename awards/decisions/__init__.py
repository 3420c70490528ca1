"""Ranking, shortlist and the committee's secret vote.

Before: submitted score sheets. After: proposed honours are publicised.
"""
