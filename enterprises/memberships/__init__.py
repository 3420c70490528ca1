"""Who works for which organisation on the portal: owner, editor or reader."""
