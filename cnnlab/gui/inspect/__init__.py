"""The network seen from inside, while it is built or trained.

``controller`` sends the latest input through the latest weights, in a thread, and tells what was seen. The input comes from
``input_panel``: drawn on the ``draw_pad`` (``draw_surface``, ``ink_raster``), chosen among ``sample_photos`` or the test
pictures, or read from a file; ``preparation_strip`` shows what becomes of it. What was seen goes to the cards on the canvas, to
``prediction_panel`` with its ``bars``, and to ``layer_views``, which keeps the views of the selected layer in step.

``layer_view`` says what such a view is: ``map_view`` and ``kernel_view`` show tiles of a ``tile_panel``, which has a
``tile_sheet`` (``tile_stack`` holds the values, ``sheet_view`` the zoom), and ``pixel_view`` shows one sum in
``arithmetic_rows``. ``cells`` writes numbers and frames on all of them, and ``empty_state`` the sentence where there is nothing
to show.
"""
