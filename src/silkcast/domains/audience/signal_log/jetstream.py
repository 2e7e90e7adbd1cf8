"""One JetStream stream, spoken to from threads: its own loop does the talking, and every question has a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Generator
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import nats
from nats.aio.client import Client
from nats.errors import Error as ClientError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, Header, StreamConfig, StreamInfo
from nats.js.errors import APIError, NotFoundError

from silkcast.domains.audience.signal_log.errors import LogSilent

STREAM = "silkcast-signals"  # where the address names none
ANSWER_S_MAX = 2.0
APPEND_S_MAX = 10.0  # long enough for a server to be restarted
RETRY_S = 0.1
MESSAGES_A_READ = 64
READER_IDLE_S = 60.0
DUPLICATE_WINDOW_S = 600.0
HEAD_BYTES_MAX = 512  # a message's headers, which count into its size
_WRONG_SEQUENCE = 10071  # JetStream: "wrong last sequence"

T = TypeVar("T")


class Outrun(Exception):
    """Another message stands where this one was to stand."""


@dataclass(frozen=True, slots=True)
class Message:
    """`place` is its sequence number in the whole stream."""

    place: int
    raw: bytes
    id: str = ""


class Stream:
    """`nats://user:password@host:port/name`: the name of the stream, made on first use where there is none."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.name = parts.path.strip("/") or STREAM
        self._url = urlunsplit(parts._replace(path=""))
        self._client: Client | None = None
        self._js: JetStreamContext
        self._created = ""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="signals-stream", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._loop.is_closed():
            return
        if self._client is not None:
            with contextlib.suppress(LogSilent):
                self._ask(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def subject(self, base_id: str) -> str:
        return f"{self.name}.{base_id}"

    @property
    def message_bytes_max(self) -> int:
        assert self._client is not None
        return self._client.max_payload - HEAD_BYTES_MAX

    def created(self) -> str:
        """When the server made the stream: another moment means another stream."""
        return str(self._ask(self._info()).created)

    def base_ids(self) -> list[str]:
        info = self._ask(self._info(subjects=f"{self.name}.>"))
        return sorted(subject.removeprefix(f"{self.name}.") for subject in info.state.subjects or {})

    def last(self, subject: str) -> Message | None:
        return self._ask(self._get(subject=subject))

    def at(self, place: int) -> Message | None:
        return self._ask(self._get(place=place))

    def append(self, subject: str, raw: bytes, *, id: str, after: int) -> int:
        """The message's place, once the server has it synced. `after` is the place of the subject's last message, 0
        for none. Raises Outrun where that is another by now; LogSilent where nobody knows."""
        return self._ask(self._append(subject, raw, id, after), deadline_s=APPEND_S_MAX + ANSWER_S_MAX)

    def read(self, subject: str, *, since: int) -> Generator[Message, None, None]:
        """From a place on, in order and without acknowledgements: whoever reads keeps count, and stops at the end it
        knows. Raises LogSilent where nothing more comes."""
        reader = self._ask(self._reader(subject, since))
        try:
            while True:
                yield from self._ask(self._fetch(reader))
        finally:
            with contextlib.suppress(LogSilent):
                self._ask(reader.unsubscribe())

    def _ask(self, question: Coroutine[Any, Any, T], *, deadline_s: float = 2 * ANSWER_S_MAX) -> T:
        future = asyncio.run_coroutine_threadsafe(asyncio.wait_for(question, deadline_s), self._loop)
        try:
            return future.result()
        except (TimeoutError, ClientError, OSError) as error:
            raise LogSilent(reason=str(error) or type(error).__name__) from error

    async def _connected(self) -> JetStreamContext:
        if self._client is None:
            client = await nats.connect(
                self._url,
                connect_timeout=ANSWER_S_MAX,
                allow_reconnect=True,
                max_reconnect_attempts=-1,
                reconnect_time_wait=RETRY_S,
                pending_size=0,  # while the server is away nothing is kept to be sent later: whoever asked asks again
                error_cb=_ignore,
            )
            self._client, self._js = client, client.jetstream(timeout=ANSWER_S_MAX)
        return self._js

    async def _info(self, *, subjects: str | None = None) -> StreamInfo:
        js = await self._connected()
        try:
            return await js.stream_info(self.name, subjects_filter=subjects)
        except NotFoundError:
            config = StreamConfig(
                name=self.name,
                subjects=[f"{self.name}.*"],
                duplicate_window=DUPLICATE_WINDOW_S,
                allow_direct=True,
            )
            return await js.add_stream(config)

    async def _get(self, *, subject: str | None = None, place: int | None = None) -> Message | None:
        js = await self._connected()
        try:
            found = await js.get_msg(self.name, seq=place, subject=subject, direct=True)
        except NotFoundError:
            return None
        headers = found.headers or {}
        assert found.seq is not None
        return Message(found.seq, found.data or b"", str(headers.get(Header.MSG_ID.value, "")))

    async def _append(self, subject: str, raw: bytes, id: str, after: int) -> int:
        headers = {Header.MSG_ID.value: id, Header.EXPECTED_LAST_SUBJECT_SEQUENCE.value: str(after)}
        gives_up_s = self._loop.time() + APPEND_S_MAX
        while True:
            try:
                js = await self._connected()
                # The same bytes under the same id, so that a repeat of what did arrive is known as one.
                answer = await js.publish(subject, raw, timeout=ANSWER_S_MAX, stream=self.name, headers=dict(headers))
                return answer.seq
            except APIError as error:
                if error.err_code == _WRONG_SEQUENCE:
                    return await self._place_of(subject, id)
                if self._loop.time() > gives_up_s:
                    raise
            except (ClientError, TimeoutError, OSError):
                if self._loop.time() > gives_up_s:
                    raise
            await asyncio.sleep(RETRY_S)

    async def _place_of(self, subject: str, id: str) -> int:
        """Of a message that an earlier try stored, longer ago than the server remembers ids."""
        last = await self._get(subject=subject)
        if last is None or last.id != id:
            raise Outrun
        return last.place

    async def _reader(self, subject: str, since: int) -> JetStreamContext.PullSubscription:
        js = await self._connected()
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=since,
            ack_policy=AckPolicy.NONE,
            mem_storage=True,
            inactive_threshold=READER_IDLE_S,
        )
        return await js.pull_subscribe(subject, stream=self.name, config=config)

    async def _fetch(self, reader: JetStreamContext.PullSubscription) -> list[Message]:
        found = await reader.fetch(MESSAGES_A_READ, timeout=ANSWER_S_MAX)
        return [Message(message.metadata.sequence.stream, message.data) for message in found]


async def _ignore(_: Exception) -> None:
    """The client goes on by itself, and whoever asked is told when there was no answer."""
