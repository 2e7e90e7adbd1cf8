from __future__ import annotations

from silkcast.kernel.errors import Conflict, Invalid, NotAllowed


class EmailTaken(Conflict):
    code = "base.email_taken"


class LastOperator(Conflict):
    """Taking this grant away would leave nobody who can give it back."""

    code = "base.last_operator"


class ScopeUnknown(Invalid):
    code = "base.scope_unknown"


class ScopeOfBase(Invalid):
    """A merchant's key could do nothing with it."""

    code = "base.scope_of_base"


class SlugTaken(Conflict):
    code = "base.slug_taken"


class InvitationInvalid(Invalid):
    code = "base.invitation_invalid"


class PersonInactive(Conflict):
    """A deactivated person gets no link and no session until they are reactivated."""

    code = "base.person_inactive"


class NoRole(NotAllowed):
    """They are who they say, but nobody gave them anything to do."""

    code = "base.no_role"


class OnlyOnesOwn(NotAllowed):
    code = "base.only_ones_own"


class PasswordWeak(Invalid):
    code = "base.password_weak"


class SlugInvalid(Invalid):
    code = "base.slug_invalid"
