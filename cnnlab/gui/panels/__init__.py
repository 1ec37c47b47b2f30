"""The panels beside the canvas: settings, facts, problems and code. Other features make their forms of the fields here.

``property_form`` shows what is selected: ``layer_page`` one layer, ``several_page`` several, ``network_page`` the network. A
layer's page has its settings in a ``param_form``, ``layer_facts``, ``layer_help``, the offer of a ``conversion``, and in
``learning_form`` how it learns; ``freezing`` freezes the selected layers and lets them learn again. ``param_form`` has a row
for each setting, with a control of ``fields`` or ``pair_field``; ``form_area`` scrolls forms, ``giving_up`` notices when a
refused value is given up, and ``labels`` are the texts and buttons.

``problems`` lists what keeps the network from training. ``code_view`` shows the network as PyTorch code in a ``source_text``,
coloured by ``python_highlighter``.

What a person typed becomes one edit of the document; panels then show what the document says.
"""
