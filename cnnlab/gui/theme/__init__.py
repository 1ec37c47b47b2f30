"""How the app looks.

``theme`` has the one table of colours, light and dark, the type sizes and the grid; ``stylesheet`` says the same to Qt.
``colour_map`` mixes the colours for values, and ``images`` turns arrays into pictures with them. ``icons`` draws glyphs in the
colours of the theme. Widgets read the theme when they paint, and paint again when it changes.
"""
