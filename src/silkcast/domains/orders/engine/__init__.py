"""Pure arithmetic of a purchase."""
