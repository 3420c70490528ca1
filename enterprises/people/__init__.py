"""People: accounts, and the duties granted to them."""
