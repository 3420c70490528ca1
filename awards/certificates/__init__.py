"""Certificates: numbered without gaps, drawn by a task, verified by anyone.

Before: honours in force. After: the winner downloads it, the public checks it.
"""
