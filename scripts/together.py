"""Runs several commands, `together.py -- web … -- worker …`: when a signal comes, all are ended.

One that ends by itself is begun again, as the worker does when the database is restarted; where that does not help,
since it ends at once, all are ended.
"""

import signal
import subprocess
import sys
import time

PATIENCE = 15  # seconds to finish what is begun
STEADY = 5  # seconds that a command has run that is worth beginning again


def main(arguments):
    commands = split(arguments)
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: stopping.append(received))
    processes = [begin(command) for command in commands]
    begun = [time.monotonic()] * len(processes)
    while not stopping:
        ended = [number for number, process in enumerate(processes) if process.poll() is not None]
        if any(time.monotonic() - begun[number] < STEADY for number in ended):
            break
        for number in ended:
            print(f"It ended by itself and is begun again: {' '.join(commands[number])}", file=sys.stderr)
            processes[number], begun[number] = begin(commands[number]), time.monotonic()
        time.sleep(0.1)
    failed = [command for command, process in zip(commands, processes, strict=True) if process.poll()]
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for command in failed:
        print(f"It ended by itself, with an error: {' '.join(command)}", file=sys.stderr)
    return 1 if failed else 0


def begin(command):
    """In a session of its own: a terminal's Ctrl-C comes here, and each gets the signal once."""
    return subprocess.Popen(command, start_new_session=True)


def split(arguments):
    """Give the commands that stand behind each "--"."""
    commands: list[list[str]] = []
    for argument in arguments:
        if argument == "--":
            commands.append([])
        else:
            commands[-1].append(argument)
    return commands


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
