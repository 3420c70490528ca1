"""What public authorities have found against an organisation, by its credit code; whether it knows the portal or not.

Records only grow: a correction, a repair or a withdrawal is a new row that replaces the old one. `standing.py` says
what they mean on a given day under given rules; the stages of the award ask it.
"""
