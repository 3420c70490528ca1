"""The money. What a honour entitles to, prepared by one officer, checked by another, paid once.

Before: honours in force. After: the ledger and the treasury's answer.
"""
