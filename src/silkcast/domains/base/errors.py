from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid


class EmailTaken(Conflict):
    code = "base.email_taken"


class LastOperator(Conflict):
    """Taking this grant away would leave nobody who can give it back."""

    code = "base.last_operator"


class ScopeUnknown(Invalid):
    code = "base.scope_unknown"


class SlugTaken(Conflict):
    code = "base.slug_taken"


class InvitationInvalid(Invalid):
    code = "base.invitation_invalid"
