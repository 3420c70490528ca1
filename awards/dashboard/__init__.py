"""Five minutes for leaders: the season's funnel, the spread of scores, the money.

Before: every stage. After: nothing; it only reads, except the authorisation of a special payment.
"""
