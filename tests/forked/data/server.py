"""A server with kernels, for the tests that end it: `server.py FOLDER WHAT…` prints its family and waits."""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from conftest import Start

from imgloop_widgets.forked import parents

folder = Path(sys.argv[1])
start = Start(folder)
kernels = [asyncio.run(start.launch(what)) for what in sys.argv[2:]]
deadline = time.monotonic() + 20
while not all(kernel.file.exists() for kernel in kernels) and time.monotonic() < deadline:
    time.sleep(0.05)
family = {"parents": [p.pid for p in parents._parents.values()], "kernels": [k.provisioner.pid for k in kernels]}
print(json.dumps(family), flush=True)
sys.stdin.read()
if os.environ.get("END") == "hard":
    os._exit(1)
