"""Kernels that are forked from a parent which has imported everything already.

    server ──── starts ────► parent: imports what is named, then waits; one for each kind of kernel
       │  "a kernel, please"   │
       │ ◄──── its pid ─────── ├── fork ──► kernel (a session and process group of its own)
       │                       ├── fork ──► kernel
       └──── "life": a pipe whose end every kernel and the parent hold; it closes when the server is gone

A kernel so started needs a tenth of the time and a fraction of the memory: what was imported is shared. To who starts,
signals, interrupts or ends it, it is a process like any other; `docs/forked_kernels.md` says what differs.

| module        | runs in    | what it does                                                                       |
| ------------- | ---------- | ---------------------------------------------------------------------------------- |
| `provisioner` | the server | the entry point for Jupyter: forks, or says why not and starts a plain kernel      |
| `parents`     | the server | starts parents, asks them for kernels, replaces those that died                    |
| `process`     | the server | one forked kernel: is it running, how did it end                                   |
| `recipe`      | the server | which parent a kernel needs: interpreter, modules, what is read at start alone     |
| `wire`        | both       | their messages                                                                     |
| `parent`      | the parent | forks, and says how kernels end                                                    |
| `preload`     | the parent | imports, and leaves out what can't be forked                                       |
| `child`       | the kernel | what is its own: session, signals, files, environment, folder, chance              |
| `ipython`     | the kernel | starts ipykernel                                                                   |

The parent's modules import the standard library alone: they run in the interpreter of the kernel, whichever that is.
"""
