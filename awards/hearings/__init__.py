"""Hearings (陈述答辩). The shortlisted speak before their panels in an order drawn by lot; each expert marks.

Before: the shortlist, the panels' sheets, the site visits where there are any. After: the overall score.
"""
