"""What a training, and the measuring of a network, does in a terminal.

``session`` goes from the command to the last message: ``resuming`` finds the run to resume, ``reading`` reads the pictures,
``signals`` notes Ctrl+C, ``display`` shows what the run reports, and ``trained_file`` saves the weights into the project file.
Before that, ``pictures`` checks that data and network go together and prepares them, and ``frozen_layers`` freezes layers.

``measuring`` evaluates a network, and ``metrics_text`` writes the metrics as text or JSON. Of recorded runs, ``run_table``
lists them, ``watching`` follows one, and ``reopening`` makes a project of one. ``download_bar`` shows how far a download is.
"""
