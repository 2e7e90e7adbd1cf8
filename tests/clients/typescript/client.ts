// Buys one thing and reads the orders, by the types made from our document: what it can't know does not compile.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

const [, , origin, key, skuId] = process.argv as [string, string, string, string, string];
const client = createClient<paths>({ baseUrl: origin, headers: { Authorization: `Bearer ${key}` } });

const buyer: components["schemas"]["orders_BuyerIn"] = {
  email: "buyer@example.test",
  address: { name: "Test Buyer", line1: "1 Test Street", city: "Testville", region: "CA", postcode: "90001", country: "US", line2: "", phone: "" },
};

async function place(headers: { "Idempotency-Key": string }, units: number) {
  const body = { currency: "USD", lines: [{ sku_id: skuId, units }], buyer, language: "en-US" };
  return client.POST("/api/v1/orders", { params: { header: headers }, body });
}

const placed = await place({ "Idempotency-Key": "from TypeScript" }, 1);
const refused = await place({ "Idempotency-Key": "too many" }, 1_000_000);
const listed = await client.GET("/api/v1/orders", { params: { query: { limit: 1 } } });
const [order] = listed.data?.items ?? [];

console.log(
  JSON.stringify({
    placed: placed.data?.checkout_id,
    refused: refused.error?.error.facts,
    listed: order?.checkout_id,
    units: order?.lines.map((line) => line.units),
    total: order?.total,
  }),
);
