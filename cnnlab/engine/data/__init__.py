"""Data sets: found, read, split, and made into the batches that a network learns from.

``downloads`` fetches one file and ``fetching`` a whole set, into the folder that ``set_folders`` names. ``mnist``, ``derived`` from
it, ``published_sets`` and ``image_folder`` read pictures: ``idx`` is the format of MNIST's files, ``pictures`` opens one file,
``folder_scan`` finds the files of a folder, and ``folder_notes`` says what of it is left out. ``datasets`` chooses among them,
holds pictures out by ``splits``, and returns a ``Dataset`` of ``picture_sets``; ``fingerprint`` tells one data set from another.

From there ``placement`` decides where the pictures are during a run, ``streaming`` reads those that stay on the disk, and
``batches`` puts them together: in the order that ``draws`` gives, brought to the Input by ``preparation``, varied by ``augment``
with the operations in ``transforms``. ``statistics`` measures what to normalise with. ``errors`` has the error of those that read
data sets.
"""
