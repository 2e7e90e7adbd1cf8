"""One module per process role; each imports only the stack that its own work needs."""
