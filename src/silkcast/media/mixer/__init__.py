"""Pixels and sound of one programme: canvas, layouts, overlays, audio mix, decoders and encoders.

Nothing here knows of sockets, rooms or documents; time is always an argument, in milliseconds or ticks.
"""
