"""Live views of this worker, each accepted by the worker."""
