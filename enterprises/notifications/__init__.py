"""What people are told: an inbox on the portal first, mail as a copy. One row per person, kind and matter."""
