"""Can this machine be a worker's PC: the models of the agent, and a camera?"""

from importlib.util import find_spec

from hub.checks import Finding, fail, ok, warn

PART = "agent"


def worker() -> list[Finding]:
    """Nothing where the agent is not installed."""
    if find_spec("insightface") is None or find_spec("av") is None:
        return []
    return [models(), camera()]


def models() -> Finding:
    from agent.vision.models import DETECTOR, MESH, RECOGNISER, ModelsError, load

    try:
        pack = load()
        for name in (DETECTOR, MESH, RECOGNISER):
            pack.file(name)
    except ModelsError as missing:
        return fail(PART, str(missing))
    return ok(PART, "its models are complete, and the files that their manifest lists")


def camera() -> Finding:
    from agent.cameras.camera import CameraFault, frames, source

    try:
        next(frames(source("0")))
    except CameraFault as fault:
        return warn(PART, f"{fault.say} (only a worker's PC needs one)")
    return ok(PART, "camera 0 gives pictures")
