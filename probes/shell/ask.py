"""Asks one device on its command line for all that there is to know. Blocks."""

from __future__ import annotations

import logging

from probes.shell import reading, session
from probes.shell.platforms import PLATFORMS
from probes.shell.values import Heard, ShellAim, ShellStatus

log = logging.getLogger(__name__)


def ask(aim: ShellAim) -> Heard:
    """All that the platform has commands for; what came before a failure counts."""
    commands = PLATFORMS.get(aim.platform)
    if commands is None:
        known = ", ".join(sorted(PLATFORMS))
        detail = f"no commands are known for platform {aim.platform!r}; known are {known}"
        return Heard(status=ShellStatus.UNKNOWN_PLATFORM, detail=detail)
    all_of_them = dict.fromkeys(each for several in commands.values() for each in several)
    try:
        return _asked(aim, list(all_of_them))
    except Exception as problem:  # of netmiko, paramiko or a template: the device did it
        log.warning("%s on the command line: %r", aim.address, problem)
        detail = f"what it says cannot be understood ({type(problem).__name__})"
        return Heard(status=ShellStatus.CUT, detail=detail)


def _asked(aim: ShellAim, commands: list[str]) -> Heard:
    limit_s = aim.profile.timeout_s
    said = session.speak(aim.address, aim.platform, aim.profile, commands, limit_s=limit_s)
    words = (*aim.secrets, aim.profile.password, aim.profile.enable)
    facts = reading.facts(aim.platform, said.answers, words) if said.answers else None
    return Heard(status=said.status, detail=said.detail, facts=facts)
