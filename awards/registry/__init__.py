"""What the public sees: the home page, the guide, and the lasting list of laureates.

Before: everything that has been released. After: nothing; it only reads.
"""
