"""The canvas, on which a network is built.

``canvas`` is the whole: ``view`` shows the scene and turns the mouse into gestures (``hits``, ``gestures``, ``connecting``), on
top of ``panning_view``, which zooms and pans; ``key_connecting`` draws wires by keys, and ``overlays`` hold what floats above:
``problem_note``, ``quick_add``, ``rename_field``, kept in sight by ``floating``. ``palette`` lists the layers that can be
added.

``scene`` follows the document: one ``card_item`` for each card and one ``wire_item`` for each wire. What a card says is a
``card_face``; ``network_painting`` paints them all, with ``card_painting``, ``card_pictures``, ``lettering`` and ``icons``.
``geometry`` has the places and sizes of cards, and ``routing`` finds the ways of all wires, each by ``routes``, among
``boxes``. ``repainting`` has the whole view painted again where Qt would forget it.

A gesture or a command becomes one of the ``edits`` of the document; the scene hears of it as everybody does, and changes those
cards and wires that differ. ``clipboard`` takes layers from window to window, and ``visible_cards`` says whose maps can be
seen.
"""
