"""The times of deciding as the settings of one agent want them."""

from dataclasses import replace

from agent.decisions.attention import PHONE_EVERY_S
from agent.decisions.observation import Debounce
from agent.settings import Settings

STALL_FRAMES = 3  # that are missed in a row are a stall, not a hiccup
LONGEST_LOOK_S = 1.5  # at one frame, on a machine that is busy with other things
COVERED_FRAMES = 3  # that look alike are a still picture, not chance
ROOM = 1.5  # windows are wider than their frames by this: frames come early and late


def debounce(settings: Settings) -> Debounce:
    """The times of the settings; at any pace a window has room for the frames it asks for."""
    timing = replace(Debounce(), away_after_s=settings.away_after_s).scaled(settings.pace)

    def room(frames: int, seconds: float) -> float:
        return max(seconds, frames * ROOM / settings.fps)

    return replace(
        timing,
        present_within_s=room(timing.present_matches, timing.present_within_s),
        impersonation_within_s=room(timing.impersonation_frames, timing.impersonation_within_s),
        device_within_s=max(timing.device_passes * PHONE_EVERY_S, timing.device_within_s),
        covered_for_s=room(COVERED_FRAMES, timing.covered_for_s),
        stall_s=max(LONGEST_LOOK_S, room(STALL_FRAMES, timing.stall_s)),
    )
