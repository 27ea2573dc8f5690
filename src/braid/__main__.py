"""`python -m braid`: the command, where it isn't on the path."""

from braid.cli.main import main

if __name__ == "__main__":
    main()
