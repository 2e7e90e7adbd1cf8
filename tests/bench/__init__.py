"""`make bench`: figures of the hot paths, each beside an alternative in the same run; never part of the tests."""
