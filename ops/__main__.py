"""The programs of an operator by one name: `python -m ops backup`, as `docker compose run --rm ops backup` asks."""

import sys

from ops import backup, restore

PROGRAMS = {"backup": backup.main, "restore": restore.main}


def main(args: list[str]) -> int:
    program = PROGRAMS.get(args[0]) if args else None
    if program is None:
        print(f"Which one? {', '.join(PROGRAMS)}", file=sys.stderr)
        return 1
    return program(args[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
