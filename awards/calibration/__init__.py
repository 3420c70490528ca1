"""How the review is going and how alike the experts mark: the secretariat's board, and calibration.

Before: score sheets as they come in. After: nothing; whatever is estimated here is shown and never applied.
"""
