"""The main window, which connects the features with each other.

``parts`` makes everything that stands in the window, and ``main_window`` puts it in its place and connects it. ``docks`` are the
panels around the canvas, and ``workspaces`` arranges them for building, training and exploring. ``tool_bar`` is the bar below the
menus; ``menus`` says what there is to choose, and ``menu_items`` makes menus of it. ``recorded_runs`` connects the table of runs
with curves, run bar and files. ``help`` shows keys, glossary, version and licences.
"""
