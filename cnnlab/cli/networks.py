"""The commands that make, show and export networks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnlab.cli.shared import Force, ProjectFile, fail, opened, readable_errors, refuse_to_replace
from cnnlab.core import templates
from cnnlab.core.messages import text as _

app = typer.Typer()

_TEMPLATES = "\n\n".join(
    f"  {template.key}: {template.title}. {template.description}" for template in templates.TEMPLATES
)


@app.command("new", help=_("Write a new project file from a template."), epilog=_("Templates:") + f"\n\n{_TEMPLATES}")
def _new(
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help=_("One of those below."), show_default=False)],
    project: ProjectFile,
    force: Force = False,
) -> None:
    chosen = templates.BY_KEY.get(template)
    if chosen is None:
        known = ", ".join(templates.BY_KEY)
        fail(_("There is no template “{name}”. Choose one of: {known}.", name=template, known=known))
    refuse_to_replace(project, force)
    from cnnlab.engine.archive import save

    with readable_errors():
        save(chosen.build(), project)
    typer.echo(str(project))


@app.command(
    "import",
    help=_(
        "Write a project with one of torchvision's classification networks as editable layers, without weights: "
        "“cnnlab weights” reads them from a file."
    ),
)
def _import(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help=_("As torchvision calls it: resnet50, vgg16…"), show_default=False)
    ],
    project: ProjectFile,
    force: Force = False,
) -> None:
    refuse_to_replace(project, force)
    from cnnlab.engine.archive import save
    from cnnlab.engine.importer import import_torchvision

    with readable_errors():
        save(import_torchvision(name), project)
    typer.echo(str(project))


@app.command(
    "weights", help=_("Put the weights of a .safetensors, .pth or .pt file into a project, by the names of its layers.")
)
def _weights(
    project: ProjectFile,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The file of weights."), show_default=False)],
    partly: Annotated[
        bool, typer.Option("--partly", help=_("Take what fits, even if other layers are left without weights."))
    ] = False,
) -> None:
    from cnnlab.engine import weight_files
    from cnnlab.engine.archive import save

    found = opened(project)
    with readable_errors():
        match = weight_files.match(found.project.graph, weight_files.read(file))
        filled = weight_files.put(found.project, match, partly=partly)
        for text in (*match.notes, match.text):
            typer.echo(str(text), err=True)
        save(filled, project, expected=found.stamp, runs=found.runs)
    typer.echo(str(project))


@app.command("summary", help=_("Show the layers of a project as a table, and what is wrong with them."))
def _summary(project: ProjectFile) -> None:
    from cnnlab.api import problems, summary
    from cnnlab.engine.system import text_table

    shown = opened(project).project
    typer.echo(summary(shown).text(text_table.terminal_width()))
    for problem in problems(shown):
        typer.echo(str(problem), err=True)


@app.command(
    "export",
    help=_(
        "Write a project's network for other programs. The ending of FILE says how: .py (PyTorch source), .onnx, .pt2 "
        "(torch.export), .safetensors (weights), .md or .csv (the table of its layers)."
    ),
)
def _export(
    project: ProjectFile,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_("The file to write."), show_default=False)],
    force: Force = False,
) -> None:
    refuse_to_replace(file, force)
    from cnnlab.engine.exports import formats

    with readable_errors():
        formats.write(opened(project).project, file)
    typer.echo(str(file))
