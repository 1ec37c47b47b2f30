"""The window: it shows the project and takes the person's gestures, with Qt and without torch.

``window`` puts everything in its place: menus, docks, tool bar, workspaces. What it holds are features, which do not know each
other: ``editor`` is the canvas on which a network is built, ``training`` trains it and keeps its runs in view, ``inspect`` looks
inside it, ``gallery`` has networks to begin with, and ``files`` opens, saves, exports and downloads. ``panels`` are the forms and
lists beside the canvas, and the fields of which every form is made. They meet in ``document``, which is the project as it is now,
and in ``selection``, the layers that the person looks at. ``notify`` tells people what happened, ``preferences`` remembers the
window's choices between two starts, ``theme`` has every colour, font and icon, and ``workers`` every kind of thread.

A gesture goes from its widget to ``document.edit``, and views follow the document's signals. Slow work goes to ``workers`` as a
function and a value: there what is slow of ``engine`` is imported, and results come back as signals.
"""
