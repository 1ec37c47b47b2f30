"""Which sets of pictures there are, and how their pictures become a network's input.

``sources`` has one entry for each set of pictures: classes, sizes, task; ``published`` says where others’ sets are fetched and how
their files lie, and ``imagenet`` what its classes are called. ``augmentation`` are the settings by which training pictures vary,
and ``preprocessing`` those by which any picture becomes the network’s numbers: a picture passes through them in this order.
"""
