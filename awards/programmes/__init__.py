"""The call. An edition of a programme, its approval, window, rules with their basis, and the calendar.

Before: the city's approval to hold an edition. After: enterprises apply.
"""
