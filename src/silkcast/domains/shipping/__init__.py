"""Parcels: what they cost, their labels, and where they are. Carriers stand behind one narrow port.

Announces labels, hand-overs and deliveries; knows nothing of payments. Orders asks it to ship and hears of arrival.
"""
