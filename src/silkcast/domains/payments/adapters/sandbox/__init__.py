"""A gateway that moves no money: documented test cards, an own memory that survives restarts, fees like a real one."""
