"""The machine under the engine; nothing in here knows of networks.

``processor`` counts its cores and runs work in steps, and ``threads`` says how many threads torch takes. ``memory`` says how much
is there and free. ``subprocesses`` runs work in a Python process of its own. ``resources`` finds the files that come with the app,
and ``text_table`` lays texts out in columns for a terminal.
"""
