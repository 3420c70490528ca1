"""Panels for many cases at once. The grid, proposals by machine or by file, replacing one expert.

Before: accepted cases and experts of the season. After: the experts score.
"""
