"""What an enterprise has to pay back, and what of it has arrived; every figure by two people."""
