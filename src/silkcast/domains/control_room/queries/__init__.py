"""What pages show, one file per page: plain dicts and lists as the templates name them, in a bounded number of reads."""
