"""Pure decisions about stock: from which shelves an order is filled."""
