"""Letting people in and out: what ends with what, and who may do it to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from tests.cast import NOON, Base, Cast

from silkcast.domains.base import api as base
from silkcast.domains.base.actions.accounts import SESSIONS_MAX
from silkcast.domains.base.contracts import SESSION_DAYS, PersonView, Role, SignInOutcome
from silkcast.domains.base.errors import InvitationInvalid, LastOperator, OnlyOnesOwn, PersonInactive
from silkcast.domains.base.people import set_password
from silkcast.domains.base.sign_ins import KEPT_DAYS, REFUSALS_A_DAY_MAX
from silkcast.kernel.actions import run
from silkcast.kernel.context import Actor, ActorKind, Context, Grant
from silkcast.kernel.errors import Invalid, Missing, NotAllowed, Unauthenticated
from silkcast.kernel.ids import PersonId, SessionId, new_id
from silkcast.kernel.models import AuditEntry, OutboxEvent


def joins(own: Base, role: Role, name: str = "second") -> PersonView:
    """One more person of the base, with a password."""
    invited = own.does(base.Invite(name=name, email=f"{name}@{own.slug}.test", role=role))
    set_password(invited.person_id, "a sentence of their own")
    return base.get_person(invited.person_id)


def opens(own: Base, person: PersonView, seconds: float = 0) -> SessionId:
    ctx = replace(own.as_person(person), at=NOON + timedelta(seconds=seconds))
    session_id = SessionId(new_id())
    run(ctx, base.SignIn(person_id=person.id, session_id=session_id, device="curl", network="192.0.2.0/24"))
    return session_id


def open_ids(own: Base, person: PersonView, at: datetime = NOON) -> list[SessionId]:
    return [session.id for session in base.list_sessions(replace(own.ctx, at=at), person.id)]


def told(own: Base, person: PersonView) -> list[SignInOutcome]:
    """What the log says of a person, oldest first."""
    found, total = base.list_sign_ins(own.ctx, person_id=person.id)
    assert total == len(found)
    return [entry.outcome for entry in reversed(found)]


def makes_key(ctx: Context, name: str) -> str:
    key = base.fresh_key()
    run(ctx, base.MakeApiKey(name=name, scopes=("keys.write",), digest=base.digest_of_key(key), prefix=key[:8]))
    return key


def is_alive(key: str) -> bool:
    try:
        base.known_key(key)
    except Unauthenticated:
        return False
    return True


def test_a_session_opens_and_ends_once_and_both_are_told(cast: Cast) -> None:
    east, operator = cast.east, cast.east.operator
    session_id = opens(east, operator)
    ending = base.EndSession(person_id=operator.id, session_id=session_id, is_here=True)
    for _ in range(2):
        run(east.as_person(operator), ending)
    assert open_ids(east, operator) == []
    assert told(east, operator) == [SignInOutcome.SIGNED_IN, SignInOutcome.SIGNED_OUT]
    topics = OutboxEvent.objects.of(east.ctx.base_id).filter(topic__startswith="base.s").order_by("position")
    assert list(topics.values_list("topic", flat=True)) == ["base.signed_in", "base.session_ended"]


def test_neither_audit_nor_events_say_where_somebody_sat(cast: Cast) -> None:
    opens(cast.east, cast.east.operator)
    kept = [row.request for row in AuditEntry.objects.of(cast.east.ctx.base_id)]
    kept += [row.body for row in OutboxEvent.objects.of(cast.east.ctx.base_id)]
    assert not [text for text in kept if "192.0.2" in text or "curl" in text]


def test_a_session_comes_to_its_end_by_itself(cast: Cast) -> None:
    east, operator = cast.east, cast.east.operator
    session_id = opens(east, operator)
    end = NOON + timedelta(days=SESSION_DAYS)
    before, after = end - timedelta(seconds=1), end
    assert base.find_session(operator.base_id, operator.id, str(session_id), before) is not None
    assert base.find_session(operator.base_id, operator.id, str(session_id), after) is None
    assert (open_ids(east, operator, before), open_ids(east, operator, after)) == ([session_id], [])
    assert base.sessions_that_may("read.events", [str(session_id)], after) == []


@pytest.mark.parametrize("named", ["nonsense", "", str(UUID(int=5))])
def test_a_cookie_that_names_no_session_of_that_person_opens_nothing(cast: Cast, named: str) -> None:
    east = cast.east
    theirs = opens(east, joins(east, Role.CREW))
    for session_id in (named, str(theirs)):
        assert base.find_session(east.ctx.base_id, east.operator.id, session_id, NOON) is None


def test_of_too_many_sessions_the_one_unseen_for_longest_makes_place(cast: Cast) -> None:
    east, operator = cast.east, cast.east.operator
    opened = [opens(east, operator, seconds) for seconds in range(SESSIONS_MAX + 1)]
    assert open_ids(east, operator) == list(reversed(opened[1:]))


def test_another_persons_account_is_closed_to_everybody(cast: Cast) -> None:
    east, operator = cast.east, cast.east.operator
    crew = joins(east, Role.CREW)
    session_id = opens(east, crew)
    for wanted in (
        base.EndSession(person_id=crew.id, session_id=session_id, is_here=False),
        base.EndOtherSessions(person_id=crew.id, kept_session_id=session_id),
        base.ChangePassword(person_id=crew.id, password_hash="x", kept_session_id=session_id),
        base.SignIn(person_id=crew.id, session_id=SessionId(new_id()), device="", network=""),
    ):
        with pytest.raises(OnlyOnesOwn):
            run(east.as_person(operator), wanted)
    assert open_ids(east, crew) == [session_id]


def test_a_new_password_ends_every_other_session(cast: Cast) -> None:
    east, operator = cast.east, cast.east.operator
    opens(east, operator)
    here = opens(east, operator, 1)
    changed = base.ChangePassword(person_id=operator.id, password_hash="hash", kept_session_id=here)
    run(replace(east.as_person(operator), at=NOON + timedelta(seconds=2)), changed)
    assert open_ids(east, operator) == [here]
    assert told(east, operator)[2:] == [SignInOutcome.RENEWED, SignInOutcome.ENDED]


def test_who_is_deactivated_is_out_with_their_keys_and_the_keys_of_those(cast: Cast) -> None:
    east = cast.east
    leaving = joins(east, Role.OPERATOR)
    key = makes_key(east.as_person(leaving), "theirs")
    by_key = makes_key(base.context_of_key(key, NOON), "by their key")
    kept = makes_key(east.as_person(east.operator), "another's")
    opens(east, leaving)
    run(east.as_person(east.operator), base.DeactivatePerson(person_id=leaving.id))
    assert open_ids(east, leaving) == []
    assert [is_alive(each) for each in (key, by_key, kept)] == [False, False, True]
    with pytest.raises(Missing):
        base.get_person(leaving.id)
    run(east.ctx, base.ReactivatePerson(person_id=leaving.id))
    assert [grant.role for grant in base.get_person(leaving.id).grants] == [Role.OPERATOR]
    assert (open_ids(east, leaving), is_alive(key)) == ([], False)
    assert told(east, leaving)[1:] == [SignInOutcome.DEACTIVATED, SignInOutcome.ENDED, SignInOutcome.REACTIVATED]


def test_a_key_that_was_taken_over_outlives_who_made_it(cast: Cast) -> None:
    east = cast.east
    leaving = joins(east, Role.OPERATOR)
    key = makes_key(east.as_person(leaving), "kept")
    key_id = UUID(base.known_key(key)[1].id)
    run(east.as_person(east.operator), base.TakeOverApiKey(key_id=key_id))
    run(east.ctx, base.DeactivatePerson(person_id=leaving.id))
    assert is_alive(key)
    assert base.known_key(key)[1].made_by == east.operator.id


def test_a_revoked_key_takes_the_keys_along_that_it_made(cast: Cast) -> None:
    east = cast.east
    key = makes_key(east.as_person(east.operator), "leaked")
    child = makes_key(base.context_of_key(key, NOON), "made with it")
    grandchild = makes_key(base.context_of_key(child, NOON), "made with that")
    run(east.ctx, base.RevokeApiKey(key_id=UUID(base.known_key(key)[1].id)))
    assert [is_alive(each) for each in (key, child, grandchild)] == [False, False, False]
    revoked = OutboxEvent.objects.of(east.ctx.base_id).filter(topic="base.api_key_revoked")
    assert revoked.count() == 3


def test_a_withdrawn_right_ends_what_it_opened_and_the_last_role_everything(cast: Cast) -> None:
    east = cast.east
    person = joins(east, Role.OPERATOR)
    east.does(base.GrantRole(person_id=person.id, role=Role.CREW))
    key, session_id = makes_key(east.as_person(person), "theirs"), opens(east, person)
    grants = {grant.role: grant.id for grant in base.get_person(person.id).grants}
    east.does(base.WithdrawRole(person_id=person.id, grant_id=grants[Role.OPERATOR]))
    assert (is_alive(key), open_ids(east, person)) == (False, [session_id])
    east.does(base.WithdrawRole(person_id=person.id, grant_id=grants[Role.CREW]))
    assert open_ids(east, person) == []


def test_a_changed_role_is_never_none_and_ends_what_only_the_old_one_opened(cast: Cast) -> None:
    east = cast.east
    person = joins(east, Role.OPERATOR)
    key, session_id = makes_key(east.as_person(person), "theirs"), opens(east, person)
    change = base.ChangeRole(person_id=person.id, grant_id=person.grants[0].id, role=Role.HOST)
    east.does(change)
    assert [grant.role for grant in base.get_person(person.id).grants] == [Role.HOST]
    assert (is_alive(key), open_ids(east, person)) == (False, [session_id])
    with pytest.raises(Missing):
        east.does(change)  # the old role is not there any more


@pytest.mark.parametrize("way", ["withdraw", "change", "deactivate"])
@pytest.mark.parametrize("others", ["nobody", "invited", "deactivated"])
def test_the_last_operator_who_can_sign_in_stays(cast: Cast, way: str, others: str) -> None:
    east, last = cast.east, cast.east.operator
    if others == "invited":
        east.does(base.Invite(name="New", email="new@east.test", role=Role.OPERATOR))
    elif others == "deactivated":
        east.does(base.DeactivatePerson(person_id=joins(east, Role.OPERATOR).id))
    grant_id = last.grants[0].id
    wanted = {
        "withdraw": base.WithdrawRole(person_id=last.id, grant_id=grant_id),
        "change": base.ChangeRole(person_id=last.id, grant_id=grant_id, role=Role.CREW),
        "deactivate": base.DeactivatePerson(person_id=last.id),
    }[way]
    with pytest.raises(LastOperator):
        east.does(wanted)
    assert base.get_person(last.id).grants == last.grants


def test_a_link_works_once_and_a_newer_one_replaces_it(cast: Cast) -> None:
    east = cast.east
    invited = east.does(base.Invite(name="New", email="new@east.test", role=Role.HOST))
    first = base.get_person(invited.person_id).invited_at
    east.does(base.MakePasswordLink(person_id=invited.person_id), seconds=60)
    second = base.get_person(invited.person_id).invited_at
    assert first is not None and second is not None
    for made_at, works in ((first, False), (second, True), (second, False)):
        wanted = base.AcceptInvitation(person_id=invited.person_id, password_hash="hash", link_made_at=made_at)
        if works:
            east.does(wanted)
        else:
            with pytest.raises(InvitationInvalid):
                east.does(wanted)


def test_a_new_password_through_a_link_ends_all_sessions_and_nothing_before(cast: Cast) -> None:
    east, person = cast.east, joins(cast.east, Role.CREW)
    session_id = opens(east, person)
    east.does(base.MakePasswordLink(person_id=person.id))
    assert open_ids(east, person) == [session_id]
    made_at = base.get_person(person.id).invited_at
    assert made_at is not None
    east.does(base.AcceptInvitation(person_id=person.id, password_hash="hash", link_made_at=made_at))
    assert open_ids(east, person) == []


def test_whoever_is_deactivated_gets_no_link_and_the_one_that_was_out_is_dead(cast: Cast) -> None:
    east = cast.east
    invited = east.does(base.Invite(name="New", email="new@east.test", role=Role.HOST))
    made_at = base.get_person(invited.person_id).invited_at
    assert made_at is not None
    east.does(base.DeactivatePerson(person_id=invited.person_id))
    with pytest.raises(PersonInactive):
        east.does(base.MakePasswordLink(person_id=invited.person_id))
    east.does(base.ReactivatePerson(person_id=invited.person_id))
    with pytest.raises(InvitationInvalid):
        east.does(base.AcceptInvitation(person_id=invited.person_id, password_hash="hash", link_made_at=made_at))


def test_nobody_gives_or_takes_over_more_than_they_have(cast: Cast) -> None:
    """A program that may invite hosts makes no operator of anybody, and enters no operator's account."""
    east = cast.east
    verbs = base.SCOPES["people.write"] | base.SCOPES["shows.read"] | base.SCOPES["shows.write"]
    program = replace(east.ctx, actor=Actor(kind=ActorKind.KEY, id=str(new_id()), grants=(Grant(verbs=verbs),)))
    host = run(program, base.Invite(name="Host", email="host@east.test", role=Role.HOST))
    operator = east.operator
    for wanted in (
        base.Invite(name="X", email="x@east.test", role=Role.OPERATOR),
        base.GrantRole(person_id=host.person_id, role=Role.OPERATOR),
        base.ChangeRole(
            person_id=host.person_id, grant_id=base.get_person(host.person_id).grants[0].id, role=Role.FINANCE
        ),
        base.MakePasswordLink(person_id=operator.id),
        base.DeactivatePerson(person_id=operator.id),
        base.WithdrawRole(person_id=operator.id, grant_id=operator.grants[0].id),
    ):
        with pytest.raises(NotAllowed):
            run(program, wanted)
    run(program, base.MakePasswordLink(person_id=host.person_id))
    assert [grant.role for grant in base.get_person(host.person_id).grants] == [Role.HOST]


def test_an_operator_may_give_every_role(cast: Cast) -> None:
    missing = {role: base.VERBS[role] - base.VERBS[Role.OPERATOR] for role in Role}
    assert missing == {role: frozenset() for role in Role}


def test_a_role_of_the_whole_base_is_not_given_in_a_merchants_name(cast: Cast) -> None:
    east, merchant_id = cast.east, cast.east.merchants[0]
    for role in set(Role) - {Role.MERCHANT}:
        with pytest.raises(Invalid):
            east.does(base.Invite(name="X", email="x@east.test", role=role, for_merchant_id=merchant_id))
    assert not [person for person in base.list_people(east.ctx) if person.email == "x@east.test"]


def test_people_of_another_base_are_missing(cast: Cast) -> None:
    stranger = cast.west.operator
    for wanted in (
        base.MakePasswordLink(person_id=stranger.id),
        base.DeactivatePerson(person_id=stranger.id),
        base.ReactivatePerson(person_id=stranger.id),
        base.GrantRole(person_id=stranger.id, role=Role.CREW),
    ):
        with pytest.raises(Missing):
            cast.east.does(wanted)


def refused(cast: Cast, email: str, network: str, seconds: float) -> None:
    base.note_refusal(email, "curl", network, NOON + timedelta(seconds=seconds))


def test_refusals_of_one_network_share_a_line_within_the_hour(cast: Cast) -> None:
    email = cast.east.operator.email
    for seconds in (0, 10, 3_500):
        refused(cast, email.upper(), "192.0.2.0/24", seconds)
    refused(cast, email, "198.51.100.0/24", 20)
    refused(cast, email, "192.0.2.0/24", 8_000)
    refused(cast, "nobody@east.test", "192.0.2.0/24", 30)
    found, total = base.list_sign_ins(cast.east.ctx)
    assert [(entry.network, entry.times) for entry in found] == [
        ("192.0.2.0/24", 1),
        ("192.0.2.0/24", 3),
        ("198.51.100.0/24", 1),
    ]
    assert total == 3
    assert base.list_sign_ins(cast.west.ctx) == ([], 0)


def test_however_many_networks_try_the_log_of_a_day_is_bounded(cast: Cast) -> None:
    for number in range(REFUSALS_A_DAY_MAX + 20):
        refused(cast, cast.east.operator.email, f"198.51.{number}.0/24", number)
    found, total = base.list_sign_ins(cast.east.ctx, limit=1000)
    assert total == REFUSALS_A_DAY_MAX
    assert sum(entry.times for entry in found) == REFUSALS_A_DAY_MAX + 20


def test_lines_go_when_they_are_old(cast: Cast) -> None:
    refused(cast, cast.east.operator.email, "192.0.2.0/24", 0)
    refused(cast, cast.east.operator.email, "192.0.2.0/24", KEPT_DAYS * 86_400 + 1)
    assert base.list_sign_ins(cast.east.ctx)[1] == 1


def test_the_log_is_narrowed_by_person_and_outcome_and_cut_into_pages(cast: Cast) -> None:
    east, operator = cast.east, cast.east.operator
    crew = joins(east, Role.CREW)
    opens(east, operator)
    opens(east, crew, 1)
    refused(cast, crew.email, "192.0.2.0/24", 2)
    found, total = base.list_sign_ins(east.ctx, limit=2)
    assert ([entry.outcome for entry in found], total) == ([SignInOutcome.REFUSED, SignInOutcome.SIGNED_IN], 3)
    assert [entry.person_id for entry in base.list_sign_ins(east.ctx, offset=2)[0]] == [operator.id]
    signed_in = base.list_sign_ins(east.ctx, outcome=SignInOutcome.SIGNED_IN)[0]
    assert [entry.person_id for entry in signed_in] == [crew.id, operator.id]
    assert base.list_sign_ins(east.ctx, person_id=PersonId(crew.id))[1] == 2
