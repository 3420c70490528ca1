"""The yardstick. Versioned criteria with categories, items and points; an edition pins one.

Before: the standard (GB/T 19580) as a data file. After: the self-report and every score sheet follow it.
"""
