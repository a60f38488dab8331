"""`python -m pneumoscope` is the `pneumoscope` command."""

from pneumoscope.cli.main import main

if __name__ == "__main__":
    main(prog_name="pneumoscope")
