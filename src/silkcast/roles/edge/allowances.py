"""How large a body may be, and in which share of the memory it is held: by its door, and by who seems to send it."""

from __future__ import annotations

from collections.abc import Callable

from silkcast.roles.edge.credentials import KEY_PREFIX, Credentials, Standing
from silkcast.roles.edge.http.bodies import NO_BODY, Allowance
from silkcast.roles.edge.http.messages import Door, Request
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.refusals import NoCredentials, SignInFirst, TooLarge, WrongCredentials

SESSION_COOKIE = b"sessionid="
KEY_START = f"bearer {KEY_PREFIX}".encode()


class Allowances:
    def __init__(
        self, limits: EdgeLimits, credentials: Credentials, *, orders: Door, signals: Door, pages: Door
    ) -> None:
        self._limits = limits
        self._credentials = credentials
        known, few = limits.pages_body_bytes_max, min(limits.stranger_body_bytes_max, limits.pages_body_bytes_max)
        self._page_of_somebody = Allowance(known, "pages.known", TooLarge(bytes_max=known))
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
        """Only the pages know a session or judge a key; here counts what was brought along."""
        has_session = SESSION_COOKIE in (request.header(b"cookie") or b"")
        if has_session or (request.header(b"authorization") or b"").lower().startswith(KEY_START):
            return self._page_of_somebody
        return self._page_of_anybody

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
