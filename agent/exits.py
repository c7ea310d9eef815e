"""How the agent's process ends, in numbers that a service manager acts on."""

from enum import IntEnum


class Exit(IntEnum):
    """How the process ends; a service manager restarts it after no other code than 1."""

    STOPPED = 0
    CRASHED = 1
    USAGE = 2
    SOURCE = 3
    ENROLMENT = 4
    REFUSED = 5
    FENCED = 6
    OLD_PROTOCOL = 7
    STATE = 8


MEANINGS = {
    Exit.STOPPED: "stopped in good order, or the recording is over",
    Exit.CRASHED: "an error of the agent itself",
    Exit.USAGE: "an option or a setting is wrong or missing",
    Exit.SOURCE: "the camera or recording cannot be read",
    Exit.ENROLMENT: "an enrolment is damaged, or a picture cannot be used",
    Exit.REFUSED: "the hub refuses the token",
    Exit.FENCED: "another agent has taken over with the same token",
    Exit.OLD_PROTOCOL: "hub and agent do not understand each other",
    Exit.STATE: "the state folder or the models cannot be used",
}
