from __future__ import annotations

import functools
import json
import threading
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from silkcast.domains.payments.adapters.sandbox.cards import APPROVE, DECLINE, TIMEOUT_THEN_PAID
from silkcast.domains.payments.contracts import Card, ChargeOutcome, Gateway, Verdict
from silkcast.kernel.money import Money, portion
from silkcast.kernel.settings import load

FEE_BP = 290
FEE_FIXED_MINOR = 30
BUSY_S = 10.0
REFERENCE = "sandbox_"


class SandboxGateway:
    """Remembers each key's outcome, as a gateway with idempotency keys does."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite.connect(str(path), timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS outcome (key TEXT PRIMARY KEY, told TEXT NOT NULL)")

    def charge(self, key: str, amount: Money, card: Card) -> ChargeOutcome:
        number = card.number.replace(" ", "")
        seen = {"brand": "Visa (simulated)", "last4": number[-4:]}
        fee_minor = min(portion(amount.minor, FEE_BP) + FEE_FIXED_MINOR, amount.minor)
        paid = {"verdict": "captured", "reference": f"{REFERENCE}{key}", "fee_minor": fee_minor, **seen}
        if number == APPROVE.number:
            return self._told(key, paid)
        if number == TIMEOUT_THEN_PAID.number:
            # The money moves, but the answer is lost on the way: only `find` can tell.
            self._told(key, paid)
            return ChargeOutcome(verdict=Verdict.UNKNOWN, last4=number[-4:])
        reason = "card_declined" if number == DECLINE.number else "not_a_test_card"
        return self._told(key, {"verdict": "declined", "reason": reason, **seen})

    def find(self, key: str) -> ChargeOutcome:
        return self._told(key, {"verdict": "declined", "reason": "not_found"})

    def refund(self, key: str, reference: str, amount: Money) -> ChargeOutcome:
        is_first, made = self._note(key, {"verdict": "captured", "reference": f"{reference}_refund_{key[-12:]}"})
        paid_with = self.find(reference.removeprefix(REFERENCE)).last4
        if is_first and paid_with == TIMEOUT_THEN_PAID.number[-4:]:
            return ChargeOutcome(verdict=Verdict.UNKNOWN)  # this card's answers are lost; a repeat is told
        return made

    def _told(self, key: str, outcome: dict[str, object]) -> ChargeOutcome:
        return self._note(key, outcome)[1]

    def _note(self, key: str, outcome: dict[str, object]) -> tuple[bool, ChargeOutcome]:
        """Remember an outcome unless the key has one; whether it had none, and the one that it has now."""
        with self._lock:
            added = self._database.execute("INSERT OR IGNORE INTO outcome VALUES (?, ?)", (key, json.dumps(outcome)))
            row = self._database.execute("SELECT told FROM outcome WHERE key = ?", (key,)).fetchone()
        return added.rowcount == 1, _outcome(row[0])


def _outcome(told: str) -> ChargeOutcome:
    plain = json.loads(told)
    return ChargeOutcome(**{**plain, "verdict": Verdict(plain["verdict"])})


@functools.cache
def gateway() -> Gateway:
    return SandboxGateway(load().data / "sandbox-gateway.db")
