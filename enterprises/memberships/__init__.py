"""Who works for which organisation on the portal: owner, editor or reader.

A person comes in by an invitation to a mailbox, and goes by leaving or by being removed. What the person
did stays. Nothing here knows more of an organisation than its memberships.
"""
