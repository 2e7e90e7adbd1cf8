"""The screens of the base: its wall of rooms, the console of a show, goods, orders, people.

Owns no tables and no rules. Pages read the domains below through their queries and change things only by running their
actions, so whatever a screen does a program can do too.
"""
