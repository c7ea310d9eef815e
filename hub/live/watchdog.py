"""Runs a command and ends it when standard input closes: for systems without PR_SET_PDEATHSIG."""

import signal
import subprocess
import sys
import threading


def main() -> int:
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=end_with_parent, args=(child,), daemon=True).start()
    return child.wait()


def end_with_parent(child: "subprocess.Popen[bytes]") -> None:
    sys.stdin.buffer.read()
    child.terminate()


if __name__ == "__main__":
    sys.exit(main())
