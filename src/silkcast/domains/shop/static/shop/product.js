// A product's page and the cart: units by steps, stock as it falls.

import "./stock.js";
import "./units.js";
