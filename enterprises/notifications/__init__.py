"""What people are told: an inbox on the portal first. One row per person, kind and matter."""
