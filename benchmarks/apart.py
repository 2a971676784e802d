"""A command in a process of its own, and what it took: a small process asks, because a child begins
with its parent's peak of memory.
"""

import json
import resource
import subprocess
import sys
import time


def main(command: list[str]) -> None:
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    took = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {
        "seconds": took,
        "cpu": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss / 1024,
        "said": done.stdout.decode(),
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1:])
