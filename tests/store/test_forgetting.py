"""What is left on the disk of a worker who was forgotten."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from imgloop_widgets.store import open_store


def test_no_byte_of_a_forgotten_worker_is_left_and_every_byte_of_the_others(folder: Path, build: ModuleType) -> None:
    with open_store(folder) as store:
        for number in range(40):
            worker = "Zoe-the-forgotten" if number % 4 == 0 else f"other-{number}"
            session, _ = store.open_session(build.opened(number, worker_id=worker, unit_id=str(number)))
            image = store.put_image(f"picture {number}".encode())
            prompts = [build.prompted(1, prompt=f"a bear for {worker} " * 30)]
            store.append(session, [*prompts, replace(build.generated(2), image_sha256=image)])
            store.save_draft(session, 3, {"prompt": f"typed by {worker}"})
        others = [rows for page in store.rows(sessions=1) for rows in page if "Zoe" not in page[0][4]]
        assert b"Zoe-the-forgotten" in everything(folder)

        store.forget("Zoe-the-forgotten")

        assert [row for page in store.rows() for row in page] == others
    assert b"Zoe-the-forgotten" not in everything(folder)
    assert len(list((folder / "images").rglob("*.webp"))) == 30


def everything(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())
