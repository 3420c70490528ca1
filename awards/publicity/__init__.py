"""Public notice of the proposed honours, its working-day window, and objections.

Before: the committee's vote. After: the city government's resolution.
"""
