"""Taking an honour back: proposed with its evidence, the holder heard, decided by the city government in a document.

Before: an honour in force, perhaps with certificate and payment. After: the public register, which keeps it, marked.
"""
