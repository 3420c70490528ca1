"""The trail of acts: one row per act, chained by hash, only ever growing.

Everything else in the project writes here, in the same transaction as the act itself.
"""
