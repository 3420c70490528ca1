"""The city government's decision. Only a resolution in force makes honours.

Before: a notice whose period has ended. After: certificates, subsidies and the public register.
"""
