"""What is not paid at once: instalments by a plan of two people, the next part due, notices of payment."""
