"""Consensus. The panel talks over the marks of its independent sheets and agrees on one percentage per item.

Before: every expert of the panel has submitted. After: site visits, and the composite score.
"""
