"""The process of one live room: cameras in, one programme out to many destinations and to HLS.

It holds a desired-state document and no database connection; what happened is spooled on disk until somebody
acknowledges it. Threads: one per camera (decode), the programme (mix on the tick), the encoder, the HLS writer, the
watchdog; all else, sockets included, is the asyncio loop. Between them lie bounded queues, each with a drop rule.
"""
