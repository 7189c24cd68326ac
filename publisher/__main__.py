"""`python -m publisher` is the `publisher` command."""

from publisher.cli import main

if __name__ == "__main__":
    main()
