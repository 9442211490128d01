"""Makes everything in this folder anew from prompts.toml: the targets, the library, and targets.toml; and the same in
each folder below it that has prompts of its own.

    python images/make.py

The same prompts give the same files; only another version of `Scenes` or of Pillow changes them.
"""

import tomllib
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from imgloop_widgets.generators.scenes import Scenes

HERE = Path(__file__).parent
HEAD = "# Made by make.py; change prompts.toml and run it again.\n"


def draw(scenes: Scenes, prompt: str, seed: int, path: Path) -> str:
    """Draw a prompt into a file (the image and nothing else, no metadata); return the file's SHA-256."""
    buffer = BytesIO()
    scenes.draw(prompt, seed).save(buffer, "WEBP", quality=90, method=6)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return sha256(buffer.getvalue()).hexdigest()


def make(folder: Path) -> None:
    """Make the images of a folder with prompts, and its list of targets."""
    prompts = tomllib.loads((folder / "prompts.toml").read_text(encoding="utf-8"))
    tables = []
    for target in prompts["target"]:
        scenes = Scenes(quality=target.get("quality", "full"), size=512)
        file = f"targets/{target['id']}.webp"
        digest = draw(scenes, target["prompt"], target["seed"], folder / file)
        drawn = f"drawn by Scenes {scenes.version}" + (f", {scenes.quality}" if "quality" in target else "")
        values = {
            "id": target["id"], "category": target["id"].rpartition("-")[0], "file": file, "sha256": digest,
            "source": drawn, "licence": "CC0-1.0", "alt": target["alt"],
        }  # fmt: skip
        tables.append("\n[[target]]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items()))
    for category, entries in prompts.get("library", {}).items():
        for number, entry in enumerate(entries, 1):
            path = folder / "library" / category / f"{number:02}.webp"
            draw(Scenes(quality="full", size=512), entry["prompt"], entry["seed"], path)
    (folder / "targets.toml").write_text(HEAD + "".join(tables), encoding="utf-8")


def main() -> None:
    """Make everything."""
    for file in sorted(HERE.rglob("prompts.toml")):
        make(file.parent)


if __name__ == "__main__":
    main()
