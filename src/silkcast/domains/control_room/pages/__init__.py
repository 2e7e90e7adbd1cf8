"""The views, one file per page: who may see it, what it shows, what its forms do."""
