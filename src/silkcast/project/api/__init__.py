"""`/api/v1`: one document of every domain's operations, for programs with a key."""

from __future__ import annotations

from silkcast.domains.audience.rest import router as audience
from silkcast.domains.base.people_rest import router as people
from silkcast.domains.base.rest import router as base
from silkcast.domains.catalog.rest import router as catalog
from silkcast.domains.insight.rest import router as insight
from silkcast.domains.inventory.rest import router as inventory
from silkcast.domains.orders.rest import router as orders
from silkcast.domains.payments.rest import router as payments
from silkcast.domains.shipping.rest import router as shipping
from silkcast.domains.studio.rest import router as studio
from silkcast.project.api.answers import answer_errors
from silkcast.project.api.bodies import Bodies
from silkcast.project.api.document import Api
from silkcast.project.api.identity import ApiKey
from silkcast.project.api.records import router as records
from silkcast.project.api.shows import router as shows

__all__ = ["api"]

api = Api(
    title="Silkcast",
    version="1",
    description=(
        "Everything a screen of Silkcast does to shows, products, stock, orders and money. A key acts within its "
        "scopes, for the base or for one merchant, whose rows alone it then sees. Money is a whole number of minor "
        "units with an ISO 4217 currency; times are UTC; ids are UUIDs."
    ),
    auth=ApiKey(),
    parser=Bodies(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
answer_errors(api)
for router in (base, people, studio, shows, insight, catalog, inventory, orders, shipping, payments, audience, records):
    api.add_router("", router)
