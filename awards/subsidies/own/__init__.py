"""The enterprise's own money: what it is owed, what was paid, where it stands."""
