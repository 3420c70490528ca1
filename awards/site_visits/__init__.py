"""Site visits. A team goes to each shortlisted case, writes down what it saw and marks anew where evidence asks for it.

Before: the shortlist, and what the panel agreed on. After: the composite score; the committee votes.
"""
