"""The expert pool. Who is in it, who is asked for an edition, the promise of confidentiality, interests.

Before: nothing. After: reviews ask here who must not judge whom and who may begin.
"""
