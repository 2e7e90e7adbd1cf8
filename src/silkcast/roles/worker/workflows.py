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
from silkcast.kernel.settings import Settings

SCHEMA = "workflows"  # on PostgreSQL
APPLICATION_VERSION = "1"  # raised when a workflow's steps change; those under way then begin anew
LEFT_OVER = ["PENDING", "ENQUEUED", "CANCELLED"]  # nobody cancels but a take-over that was broken off


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


def launch(settings: Settings, number: int) -> None:
    """Open the workflows' own tables and take up what an earlier worker of that number left unfinished."""
    DBOS(
        config={
            "name": "silkcast",
            "system_database_url": settings.database_url or _file(settings.data / "workflows.db"),
            "dbos_system_schema": SCHEMA,
            "executor_id": f"worker-{number + 1}",  # a slot's name: it survives the process
            "application_version": APPLICATION_VERSION,
            "log_level": "WARNING",
        }
    )
    DBOS.launch()
    if number == 0:  # one for all: another would stop what the first has just begun
        _take_over()


def _take_over() -> None:
    """Begin anew, under this version's steps, what an earlier version left; a step knows a repeat by its key."""
    for left in DBOS.list_workflows(status=LEFT_OVER, load_input=False, load_output=False):
        if left.app_version != APPLICATION_VERSION:
            DBOS.cancel_workflow(left.workflow_id)
            DBOS.rewind_workflow(left.workflow_id, application_version=APPLICATION_VERSION)


def _file(path: Path) -> str:
    with sqlite.connect(str(path)) as database:
        database.execute("PRAGMA journal_mode=WAL")  # kept by the file: commits cost a tenth of the default's
    database.close()
    return f"sqlite:///{path}"


def close() -> None:
    DBOS.destroy(workflow_completion_timeout_sec=5)
