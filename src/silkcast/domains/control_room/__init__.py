"""The screens of the base: wall, console, shows, products, orders, settings. Owns no rows."""
