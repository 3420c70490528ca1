"""Feedback. What the experts wrote, by category and without marks or names, for the applicant to improve by.

Before: the sheets of the review. After: nothing; it is released once the results are public, from the edition's day on.
"""
