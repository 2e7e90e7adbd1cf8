"""Django's SQLite backend on a safe SQLite version, with one fair turnstile for all writers."""
