"""What a sign-in tells of where it came from, as little as its owner needs to know it again."""
