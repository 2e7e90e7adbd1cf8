"""The public live shop of the base's own channel: watch, comment, buy, follow the parcel. Owns no rows."""
