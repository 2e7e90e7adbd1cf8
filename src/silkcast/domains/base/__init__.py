"""Bases, merchants, people with their roles, API keys and rooms: who and where.

Owns the rows that all others refer to by id. Announces who may do what; needs nothing but the kernel.
"""
