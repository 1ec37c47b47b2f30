"""The main window: menus, tool bar, docks and workspaces around the canvas."""
