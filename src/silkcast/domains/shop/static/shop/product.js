// A product's page and the cart: units by steps, prices and stock as they change.

import "./prices.js";
import "./stock.js";
import "./units.js";
