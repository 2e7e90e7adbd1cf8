"""Orders: taken at flash-sale rate, split per merchant, paid, sent, received, refunded.

Owns checkouts, orders and buyers' sealed records; calls down to stock, payments and shipping, and hears from them.
"""
