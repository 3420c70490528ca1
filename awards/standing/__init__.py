"""Credit records against applications on their way: found, judged, and asked for before every step that counts.

Before: records as authorities publish them (enterprises/credit) and the edition's rules. After: acceptance, vote,
notice, approval and payment each ask here first; a record nobody has judged stops them.
"""
