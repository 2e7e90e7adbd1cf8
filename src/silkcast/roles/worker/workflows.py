"""Long work that survives a crash. Workflows live only here; other roles start them by an event in the outbox.

A step may run twice, so each only calls actions and outside systems that know a repeat by its key.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dbos import DBOS, SetWorkflowID
from pysqlite3 import dbapi2 as sqlite

from silkcast.domains.orders import fulfilment
from silkcast.domains.orders.events import OrderPaid
from silkcast.domains.payments.events import RefundBegun
from silkcast.kernel.context import Context
from silkcast.kernel.errors import Unavailable
from silkcast.kernel.events import on

EXECUTOR = "worker-1"  # a slot's name, so that a restarted worker takes up what it left
APPLICATION_VERSION = "1"  # raised when a workflow's steps change; running ones end under the old one


@DBOS.step(retries_allowed=True, interval_seconds=1.0, max_attempts=8, backoff_rate=2.0)
def buy_label(base_id: str, order_id: str, cause_id: str) -> bool:
    return fulfilment.buy_label(base_id, order_id, cause_id)


@DBOS.step(retries_allowed=True, interval_seconds=1.0, max_attempts=8, backoff_rate=2.0)
def send_off(base_id: str, order_id: str, cause_id: str) -> None:
    fulfilment.send_off(base_id, order_id, cause_id)


@DBOS.step(retries_allowed=True, interval_seconds=1.0, max_attempts=8, backoff_rate=2.0)
def ask_for_refund(base_id: str, refund_id: str, cause_id: str) -> None:
    fulfilment.make_refund(base_id, refund_id, cause_id)


@DBOS.workflow()
def fulfil(base_id: str, order_id: str, cause_id: str) -> None:
    """From a paid order to a parcel on its way."""
    if buy_label(base_id, order_id, cause_id):
        send_off(base_id, order_id, cause_id)


@DBOS.workflow()
def refund(base_id: str, refund_id: str, cause_id: str) -> None:
    ask_for_refund(base_id, refund_id, cause_id)


@on(OrderPaid, outside=True)
def start_fulfilment(ctx: Context, event: OrderPaid) -> None:
    _start(f"fulfil-{event.order_id}", fulfil, str(ctx.base_id), str(event.order_id), str(ctx.cause_id))


@on(RefundBegun, outside=True)
def start_refund(ctx: Context, event: RefundBegun) -> None:
    _start(f"refund-{event.refund_id}", refund, str(ctx.base_id), str(event.refund_id), str(ctx.cause_id))


def _start(name: str, workflow: Callable[[str, str, str], None], *arguments: str) -> None:
    """Begin a workflow under a name of its own; where its file is busy the relay waits and comes again."""
    try:
        with SetWorkflowID(name):
            DBOS.start_workflow(workflow, *arguments)
    except Exception as error:
        raise Unavailable(what="workflows") from error


def launch(path: Path) -> None:
    """Open the workflows' own file and take up what an earlier worker left unfinished."""
    with sqlite.connect(str(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")  # kept by the file: commits cost a tenth of the default's
    database.close()
    DBOS(
        config={
            "name": "silkcast",
            "system_database_url": f"sqlite:///{path}",
            "executor_id": EXECUTOR,
            "application_version": APPLICATION_VERSION,
            "log_level": "WARNING",
        }
    )
    DBOS.launch()


def close() -> None:
    DBOS.destroy(workflow_completion_timeout_sec=5)
