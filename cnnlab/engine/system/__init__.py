"""The machine under the engine: processor, memory, other processes, files that come with the app."""
