"""When the emulator ends: with the toolkit that starts it, after an hour without requests, or on request.

It takes the processes of functions along: all are in its process group.
"""

import os
import signal
import sys
import threading
import time

# The argument of the toolkit, which holds a pipe to standard input.
STARTED_BY_TOOLKIT = "--started-by-toolkit"
# Sent by the toolkit when the record of this emulator is written, so that it will be found again.
STARTED = b"started\n"
# Requests in progress get this long, then the process ends without them.
GRACE_SECONDS = 10

_last_request = time.monotonic()
_open_requests = 0


def install():
    if STARTED_BY_TOOLKIT in sys.argv:
        sys.argv.remove(STARTED_BY_TOOLKIT)
        threading.Thread(target=_end_with_starter, daemon=True).start()
    limit = os.environ.get("PURLIN_LOCAL_STOP_AFTER", "")
    if limit:
        threading.Thread(target=_end_in_silence, args=(int(limit),), daemon=True).start()


class request:
    """Counts a request as long as it lasts."""

    def __enter__(self):
        global _open_requests
        _open_requests += 1

    def __exit__(self, *_error):
        global _open_requests, _last_request
        _open_requests -= 1
        _last_request = time.monotonic()


def stop():
    """Ends the process when its requests are answered, at the latest after the grace."""
    timer = threading.Timer(GRACE_SECONDS, end)
    timer.daemon = True
    timer.start()
    os.kill(os.getpid(), signal.SIGTERM)


def end(status=0):
    """Ends this process and its children. Threads may wait for children, so the interpreter does not end by itself."""
    sys.stdout.flush()
    sys.stderr.flush()
    if status == 0 and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(status)


def _end_with_starter():
    """A toolkit that ends before it wrote the record closes the pipe."""
    if sys.stdin.buffer.readline() != STARTED:
        os._exit(1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)


def _end_in_silence(limit):
    while _open_requests or time.monotonic() - _last_request < limit:
        time.sleep(min(1 + limit / 100, 30))
    print(f"no request for {limit} s: the emulator ends", file=sys.stderr)
    stop()
