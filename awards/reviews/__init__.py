"""Expert review. Panels, conflicts of interest, and independent score sheets.

Before: accepted applications. After: the ranking reads submitted sheets.
"""
