from __future__ import annotations

from cnnlab.engine.system.resources import resource


def test_bundled_files_are_found_in_the_checkout() -> None:
    for parts in [("mnist", "train-images-idx3-ubyte.gz"), ("mnist", "LICENSE.md"), ("photos", "chelsea.jpg")]:
        assert resource(*parts).is_file()


def test_no_part_gives_the_folder_itself() -> None:
    assert resource().is_dir()
    assert resource("mnist").parent == resource()


def test_every_folder_of_data_says_whose_it_is() -> None:
    for folder in ("mnist", "photos"):
        text = resource(folder, "LICENSE.md").read_text(encoding="utf-8")
        assert all(file.name.removesuffix(".gz") in text for file in resource(folder).iterdir() if file.suffix != ".md")
