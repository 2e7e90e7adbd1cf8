"""Products, SKUs, prices, offers of a show, words in several languages, exchange rates for display prices.

Announces price and offer changes; needs only who and where. What is sold at which price is answered here alone.
"""
