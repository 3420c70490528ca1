"""Applying and screening. An enterprise fills the dossier and submits it; the secretariat screens it.

Before: an open edition. After: accepted applications are reviewed.
"""
