"""The books as people read them: statements, trial balance, lists for the finance department, papers."""
