"""HTTP/1.1 on uvloop with llhttp as the parser: measured at a quarter of the CPU that an ASGI server took here."""
