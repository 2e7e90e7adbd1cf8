"""The test cards, in one table that the checkout page and the docs read too."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestCard:
    number: str
    behaviour: str


APPROVE = TestCard("4242424242424242", "approve")
DECLINE = TestCard("4000000000000002", "decline")
TIMEOUT_THEN_PAID = TestCard("4000000000000127", "timeout_then_paid")
TEST_CARDS = (APPROVE, DECLINE, TIMEOUT_THEN_PAID)
