"""The desk on a Ray cluster: as many models as there are replicas, one address in front of them (Ray Serve).

    ray start --head                                    on one machine; `ray start --address=…` on the others
    imgloop generate-server --engine ray --replicas 8 --gpus 1 --generator diffusers --option model=/models/sdxl-turbo

Each replica has a queue and batches of its own; Ray Serve gives a request to the one that is least busy. Without a
cluster it starts one of this machine alone. The package, the model's files and the key in IMGLOOP_SERVER_KEY must be
where the replicas are: the key is passed on, files are not.
"""

import asyncio
import importlib
import json
import signal
from collections.abc import Callable, Mapping
from typing import Any

from imgloop_widgets.generation_server.desk import Desk

NAME = "imgloop"


def serve_on_ray(
    generator: str,
    options: Mapping[str, Any],
    *,
    port: int,
    host: str,
    on_ready: Callable[[str], object],
    replicas: int,
    gpus: float,
    **more: Any,
) -> None:
    """Serve a generator on the cluster until a signal comes. more: see `Desk`.

    Raises:
        ValueError: Ray Serve is not installed, or there is no such generator.
    """
    try:
        ray, serve = (importlib.import_module(name) for name in ("ray", "ray.serve"))
    except ImportError as error:
        how = "pip install 'imgloop_widgets[ray]'"
        raise ValueError(f"--engine ray needs {error.name or 'ray'}; install it with: {how}") from None
    if not ray.is_initialized():
        ray.init(ignore_reinit_error=True, log_to_driver=False, include_dashboard=False)
    serve.start(http_options={"host": host, "port": port})
    deployment = serve.deployment(
        _Replica,
        name=NAME,
        num_replicas=replicas,
        max_ongoing_requests=more.get("longest", 64) + more.get("batch", 4),
        ray_actor_options={"num_gpus": gpus},
        graceful_shutdown_timeout_s=60,
    )
    try:
        serve.run(deployment.bind(generator, dict(options), more), name=NAME, route_prefix="/")
        on_ready(f"http://{'localhost' if host in ('0.0.0.0', '::') else host}:{port}/v1")
        asyncio.run(_until_signalled())
    finally:
        serve.shutdown()


async def _until_signalled() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


class _Replica:
    """A desk in a process of the cluster."""

    def __init__(self, generator: str, options: Mapping[str, Any], more: Mapping[str, Any]) -> None:
        from imgloop_widgets.generation_server.start import desk

        self._desk: Desk = desk(generator, options, **more)

    async def __call__(self, request: Any) -> Any:
        """Answer a request of Starlette's, the framework that Ray Serve brings."""
        from starlette.responses import Response

        headers = {name.lower(): value for name, value in request.headers.items()}
        reply = await self._desk.answer(request.method, request.url.path, headers, await request.body())
        wait = {} if reply.retry_after_s is None else {"Retry-After": str(reply.retry_after_s)}
        return Response(json.dumps(reply.body), reply.status, wait, "application/json")
