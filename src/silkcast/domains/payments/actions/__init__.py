"""What people enter into the books; what orders do to them is in `operations`."""

from silkcast.domains.payments.actions import ad_spend

__all__ = ["ad_spend"]
