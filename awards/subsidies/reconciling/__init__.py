"""The books held against everything they speak of, by SQL of its own; a difference stops all paying."""
