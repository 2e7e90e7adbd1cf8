"""Pictures and sound: RTMP, the mixer and the room's process; no database and no business rules."""
