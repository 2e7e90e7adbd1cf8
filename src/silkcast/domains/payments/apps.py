from __future__ import annotations

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "silkcast.domains.payments"
    label = "payments"
