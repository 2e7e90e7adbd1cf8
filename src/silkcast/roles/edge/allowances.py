"""How large a body may be, and in which share of the memory it is held: by its door, and by who seems to send it."""

from __future__ import annotations

from collections.abc import Callable

from silkcast.roles.edge.credentials import Credentials, Standing
from silkcast.roles.edge.http.bodies import NO_BODY, Allowance
from silkcast.roles.edge.http.messages import Door, Request
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.refusals import NoCredentials, SignInFirst, TooLarge, WrongCredentials


class Allowances:
    def __init__(
        self,
        limits: EdgeLimits,
        credentials: Credentials,
        has_session: Callable[[Request], bool],
        *,
        orders: Door,
        signals: Door,
        pages: Door,
    ) -> None:
        self._limits = limits
        self._credentials = credentials
        self._has_session = has_session
        known, few = limits.pages_body_bytes_max, min(limits.stranger_body_bytes_max, limits.pages_body_bytes_max)
        self._page_of_crew = Allowance(known, "pages.known", TooLarge(bytes_max=known))
        self._page_of_program = Allowance(known, "pages.program", TooLarge(bytes_max=known))
        self._page_of_anybody = Allowance(few, "pages.stranger", SignInFirst(bytes_max=few))
        self._of: dict[Door, Callable[[Request], Allowance]] = {
            pages: self._page,
            orders: self._of_api("orders", limits.orders_body_bytes_max, limits.viewer_orders_body_bytes_max),
            signals: self._of_api("signals", limits.signals_body_bytes_max, limits.viewer_signals_body_bytes_max),
        }

    def of(self, request: Request, door: Door) -> Allowance:
        allowance = self._of.get(door)
        return allowance(request) if allowance is not None else NO_BODY

    def _page(self, request: Request) -> Allowance:
        """Only the pages judge a key: what may be one takes no room from those who are signed in."""
        if self._has_session(request):
            return self._page_of_crew
        is_program = self._credentials.standing(request) in (Standing.UNPROVEN, Standing.PROGRAM)
        return self._page_of_program if is_program else self._page_of_anybody

    def _of_api(self, door: str, most: int, most_of_viewer: int) -> Callable[[Request], Allowance]:
        few, of_viewer = min(self._limits.stranger_body_bytes_max, most), min(most_of_viewer, most)
        too_large = TooLarge(bytes_max=most)
        of_standing = {
            Standing.NOBODY: Allowance(few, "unproven", NoCredentials() if few < most else too_large),
            Standing.WRONG: Allowance(few, "unproven", WrongCredentials() if few < most else too_large),
            Standing.UNPROVEN: Allowance(most, "unproven", too_large),
            Standing.VIEWER: Allowance(of_viewer, f"{door}.viewer", TooLarge(bytes_max=of_viewer)),
            Standing.PROGRAM: Allowance(most, f"{door}.program", too_large),
        }
        return lambda request: of_standing[self._credentials.standing(request)]
