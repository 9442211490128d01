"""A kernel that tells what it is: `python -m told FILE WHAT`, and does WHAT then."""

import atexit
import contextlib
import gc
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path


def what_it_is():
    files = {}
    for number in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            files[number] = os.readlink(f"/proc/self/fd/{number}")
    return {
        "pid": os.getpid(),
        "parent": os.getppid(),
        "group": os.getpgid(0),
        "session": os.getsid(0),
        "folder": os.getcwd(),
        "environment": dict(os.environ),
        "inherited": os.popen("echo $TOLD").read().strip(),  # what a program that it starts sees
        "arguments": sys.argv[1:],
        "path": sys.path,
        "files": files,
        "input": sys.stdin.read(),
        "masked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "child": str(int(signal.getsignal(signal.SIGCHLD))),
        "term": str(int(signal.getsignal(signal.SIGTERM))),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
        "random": random.random(),
        "numpy": float(sys.modules["numpy"].random.random()) if "numpy" in sys.modules else None,
        "uuid1": str(uuid.uuid1()),
        "uuid4": str(uuid.uuid4()),
        "threads": [thread.name for thread in threading.enumerate()],
        "collector": [gc.isenabled(), gc.get_freeze_count()],
        "modules": sorted(sys.modules),
        "name": Path("/proc/self/comm").read_text().strip(),
    }


def tell(file, text):
    file.with_suffix(".part").write_text(text)
    file.with_suffix(".part").rename(file)


def main():
    file, what = Path(sys.argv[1]), sys.argv[2]
    print("said to output", flush=True)
    print("said to errors", file=sys.stderr)
    if what == "nothing":
        return
    told = what_it_is()
    if what == "import":
        __import__(sys.argv[3])
        told["modules"] = sorted(sys.modules)
    if what == "with a child":
        told["own"] = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid
    if what == "last words":
        atexit.register(lambda: tell(file.with_suffix(".last"), "done"))
        thread = threading.Thread(target=lambda: (time.sleep(0.3), print("from a thread")))
        thread.start()
    tell(file, json.dumps(told))
    if what == "exit 7":
        sys.exit(7)
    if what == "exit text":
        sys.exit("a last sentence")
    if what == "raise":
        raise RuntimeError("on purpose")
    if what == "last words":
        return
    if what == "hold the lock":  # a library that never lets another thread run
        import ctypes

        ctypes.PyDLL(None).sleep(60)
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        tell(file.with_suffix(".interrupted"), "yes")
        time.sleep(60)


if __name__ == "__main__":
    main()
