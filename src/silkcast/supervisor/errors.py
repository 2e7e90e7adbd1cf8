"""Why `silkcast up` does not start, or ends.

SilkcastError
├── AlreadyRunning    another supervisor holds this data folder
├── PortTaken         somebody else listens there
├── FolderUnusable    the data folder cannot be written
├── FolderGone        the data folder was removed, or another one stands in its place
└── NotPrepared       tables or static files could not be brought up to date
"""

from __future__ import annotations

from silkcast.kernel.errors import SilkcastError


class AlreadyRunning(SilkcastError):
    code = "supervisor.already_running"


class PortTaken(SilkcastError):
    code = "supervisor.port_taken"


class FolderUnusable(SilkcastError):
    code = "supervisor.folder_unusable"


class FolderGone(SilkcastError):
    code = "supervisor.folder_gone"


class NotPrepared(SilkcastError):
    code = "supervisor.not_prepared"
