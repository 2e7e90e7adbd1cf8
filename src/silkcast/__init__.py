"""Silkcast (丝播): the operating system of a cross-border livestream-commerce base."""

from __future__ import annotations

__version__ = "0.1.0"
