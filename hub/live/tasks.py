"""What all loops of a node must do alike."""

import asyncio


def still_wanted() -> None:
    """Raise CancelledError in a task that was cancelled and has caught something else instead.

    Database and broker clients turn a cancellation into an error of their own if it meets them
    in the middle of connecting; a loop that took it for a fault of the server would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
