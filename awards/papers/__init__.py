"""Official papers beside the notice: the call (通知), the request for approval (请示), the commendation (通报).

Before: the notice and what was objected to it. After: the city government's document, entered from its original.
"""
