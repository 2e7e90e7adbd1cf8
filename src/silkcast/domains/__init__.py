"""The business, one folder per domain; a domain is reached only through its api, contracts and events."""
