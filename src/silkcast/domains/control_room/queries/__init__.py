"""What pages show, one file per page: plain dicts as the templates name them, in a bounded number of reads."""
