"""`imgloop generate-server`: one model for many kernels, behind the protocol of OpenAI's images endpoint."""

import os
import sys
import tomllib
from collections.abc import Callable
from typing import Annotated, Any

import typer

from imgloop_widgets.cli.serve import free_port, probe
from imgloop_widgets.errors import ImgloopError

EXAMPLE = "imgloop generate-server --generator diffusers --option model=models/sdxl-turbo --option steps=4 --batch 8"

PORT = 8900
KEY = "IMGLOOP_SERVER_KEY"
OURS = ("127.0.0.1", "localhost", "::1")
ENGINES = ("here", "ray")


def generate_server(
    generator: Annotated[
        str, typer.Option(metavar="NAME", help="A generator as a study file names it: diffusers, scenes, …")
    ] = "diffusers",
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="One of the generator's options; again for each."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What askers call the model; left out: as the generator.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="N", help=f"Left out: {PORT}, or the next free one. 0: any free one."),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen at; 0.0.0.0 for every one of this machine.")
    ] = "127.0.0.1",
    batch: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Images drawn at once.")] = 4,
    queue: Annotated[
        int, typer.Option(min=1, metavar="N", help="Images that may wait; who comes then is told to come later.")
    ] = 64,
    timeout: Annotated[float, typer.Option(min=1, metavar="SECONDS", help="For one image.")] = 300.0,
    engine: Annotated[
        str, typer.Option(metavar="ENGINE", help="here, or ray: on all machines of a Ray cluster.")
    ] = "here",
    replicas: Annotated[int, typer.Option(min=1, metavar="N", help="With ray: how many models.")] = 1,
    gpus: Annotated[float, typer.Option(min=0, metavar="N", help="With ray: GPUs of one model.")] = 0.0,
) -> None:
    """Serve one model to many kernels until Ctrl+C.

    It speaks the protocol of OpenAI's images endpoint: a study asks it by generator =
    "openai_images" with its address as base_url. Where the environment variable
    IMGLOOP_SERVER_KEY is set, askers must have that key.
    """
    if engine not in ENGINES:
        raise ImgloopError(f"--engine must be {' or '.join(ENGINES)}; not {engine!r}")
    if port is None:
        port = free_port(PORT, host)
    elif port:
        probe(port, host)
    options = dict(_read(one) for one in option or ())
    name, key = name or generator, os.environ.get(KEY) or None
    more: dict[str, Any] = {"model": name, "key": key, "batch": batch, "longest": queue, "timeout_s": timeout}
    if host not in OURS and key is None:
        typer.echo(f"Anybody who reaches {host} may ask for images; set {KEY} to let only those who have the key.")

    def announce(address: str) -> None:
        typer.echo(f"{name} is served at {address}. In a study file:")
        secret = f', key_env = "{KEY}"' if key else ""
        asked = f'options = {{ model = "{name}", base_url = "{address}", send_seed = true{secret} }}'
        typer.echo(f'  generator = "openai_images"\n  {asked}')
        typer.echo("Ctrl+C stops: what is asked for already is drawn first.")
        sys.stdout.flush()

    start: Callable[..., None]
    if engine == "ray":
        from imgloop_widgets.generation_server.on_ray import serve_on_ray as start

        more |= {"replicas": replicas, "gpus": gpus}
    else:
        from imgloop_widgets.generation_server.start import serve_here as start
    try:
        start(generator, options, port=port, host=host, on_ready=announce, **more)
    except ValueError as error:
        raise ImgloopError(str(error)) from None
    typer.echo("Stopped.")


def _read(option: str) -> tuple[str, Any]:
    """Return name and value of NAME=VALUE. A value is read as in a study file; what is none is a text."""
    name, equals, text = option.partition("=")
    if not equals or not name:
        raise ImgloopError(f"--option must be NAME=VALUE; not {option!r}")
    try:
        return name, tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return name, text
