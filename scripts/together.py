"""Runs several commands, `together.py -- web … -- worker …`: when one ends or a signal comes, all are ended."""

import signal
import subprocess
import sys
import time

PATIENCE = 15  # seconds to finish what is begun


def main(arguments):
    commands = split(arguments)
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, frame: stopping.append(received))
    # Sessions of their own: a terminal's Ctrl-C comes here, and each is told once.
    processes = [subprocess.Popen(command, start_new_session=True) for command in commands]
    while not stopping and all(process.poll() is None for process in processes):
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
