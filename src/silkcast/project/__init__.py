"""Django's own corner: settings, addresses, the WSGI application."""
