"""Every file anyone hands in: checked by content, stored under our own name, known by its digest."""
