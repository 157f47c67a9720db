"""What processes use, as Linux tells it under /proc."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")
# Places in /proc/PID/stat, after the name, which is in parentheses and may hold anything.
PARENT, TIMES = 1, slice(11, 15)


def family(root: int) -> dict[int, list[str]]:
    """Find a process and all that descend from it: what each one's ``stat`` holds."""
    stats = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            try:
                stats[int(folder.name)] = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
    members = {root}
    while more := {process for process, stat in stats.items() if int(stat[PARENT]) in members} - members:
        members |= more
    return {process: stats[process] for process in members if process in stats}


def cpu_of(root: int) -> float:
    """Add up the seconds of CPU that a process and its descendants have used, those that ended included."""
    return sum(int(ticks) for stat in family(root).values() for ticks in stat[TIMES]) / TICKS


def memory_of(root: int) -> float:
    """Add up the memory of a process and its descendants in MB, shared pages shared out among those who share them."""
    total = 0
    for process in family(root):
        try:
            lines = (PROC / str(process) / "smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024
