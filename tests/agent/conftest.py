"""The people of the clips, and the eyes that know them."""

from tests.people import enrolled, eyes, pack

__all__ = ["enrolled", "eyes", "pack"]
