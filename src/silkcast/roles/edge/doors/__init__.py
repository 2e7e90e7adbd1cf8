"""What stands behind each path of the public port; a door answers one kind of request and knows of no other."""
