"""Serving a study to workers (`app.serve`) and the one call of a worker's notebook (`page.open_page`).

Nothing is imported here: the kernel of a worker's page runs `kernel.py` of this package, and must not load a server.
"""
