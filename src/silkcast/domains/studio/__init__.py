"""Shows on air: what is planned, live and over, and everything that the programme of a room is made of.

Owns cameras, scenes, overlays, rundown, pitches and destinations with their dated fees. Announces each change of them
and what the rooms report; needs the base's rooms and people, the catalogue's words and prices, and the stock left.
`engine/documents` turns the tables into the one document that a room's process follows; `control` keeps it there.
"""
