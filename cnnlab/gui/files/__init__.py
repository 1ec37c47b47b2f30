"""Files and folders, from the question where they lie to the word that all went well.

``project_files`` opens and saves projects and asks about unsaved changes. ``file_work`` is what all slow work on one file shares:
``export`` writes files for other programs, and ``weights_import`` reads weights, which ``weights_dialog`` shows beside the layers
before they are loaded. ``pictures_folder`` downloads a data set or asks for its folder. What is read goes into the document as one
edit; the reading and writing itself is the engine's, in a thread.
"""
