"""Everything that is not answered here goes to the web role; one slow page holds one of its connections, no more."""

from __future__ import annotations

from silkcast.kernel.addresses import network_of
from silkcast.roles.edge.http.messages import Header, Reply, Request
from silkcast.roles.edge.limits import EdgeLimits
from silkcast.roles.edge.upstream import Answer, Upstream

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Ours to say: what a client claims about its own address would be believed behind us.
NOT_FROM_CLIENTS = HOP_BY_HOP | {
    b"content-length",
    b"expect",
    b"forwarded",
    b"host",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
}
NOT_FROM_PAGES = HOP_BY_HOP | {b"content-length", b"date", b"server"}
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


class PagesDoor:
    ends_with_client = True

    def __init__(self, upstream: Upstream, limits: EdgeLimits) -> None:
        self._upstream = upstream
        self._gap_s_max = limits.pages_answer_s_max

    async def answer(self, request: Request, reply: Reply) -> None:
        is_repeatable, network = request.method in REPEATABLE, network_of(request.client)
        asking = self._upstream.exchange(question(request), network=network, is_repeatable=is_repeatable)
        async with asking as answer:
            headers = _passed_on(answer)
            whole = answer.take_whole()
            if whole is not None:
                reply.send(answer.status, headers, whole)
                return
            reply.start(answer.status, headers, length=answer.length)
            if not reply.is_bodiless:
                async for part in answer.parts(self._gap_s_max):
                    reply.write(part)
                    await answer.writable(reply)
            reply.finish()


def question(request: Request) -> bytes:
    """The request as the pages are to see it: framed anew, and with our word for where it came from."""
    method = "GET" if request.method == "HEAD" else request.method  # pages answer both alike, the body less
    dropped = _named_by_connection(request.headers)
    lines = [b"%b %b HTTP/1.1\r\nhost: %b\r\n" % (method.encode(), request.target, request.host)]
    for name, value in request.headers:
        # WSGI writes dashes as underscores, so `X_Forwarded_For` would pass for the header that we set.
        if name not in NOT_FROM_CLIENTS and name not in dropped and b"_" not in name:
            lines.append(b"%b: %b\r\n" % (name, value))
    lines.append(b"x-forwarded-for: %b\r\n" % request.client.encode())
    lines.append(b"x-forwarded-host: %b\r\n" % request.host)
    lines.append(b"x-forwarded-proto: %b\r\n" % (b"https" if request.is_secure else b"http"))
    if request.body or request.method in {"POST", "PUT", "PATCH"}:
        lines.append(b"content-length: %d\r\n" % len(request.body))
    lines.append(b"\r\n")
    lines.append(request.body)
    return b"".join(lines)


def _passed_on(answer: Answer) -> list[Header]:
    dropped = _named_by_connection(answer.headers)
    return [header for header in answer.headers if header[0] not in NOT_FROM_PAGES and header[0] not in dropped]


def _named_by_connection(headers: list[Header]) -> frozenset[bytes]:
    named = [value for name, value in headers if name == b"connection"]
    if not named:
        return frozenset()
    return frozenset(part.strip().lower() for value in named for part in value.split(b","))
