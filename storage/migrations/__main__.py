"""`python -m storage.migrations "what changes"` writes the next version from the models."""

import argparse
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from storage.database import migrations


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m storage.migrations", description=__doc__)
    parser.add_argument("message", help="what changes, in a few words")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'before.db'}")
        with engine.begin() as connection:
            config = migrations(connection)
            command.upgrade(config, "head")
            command.revision(config, options.message, autogenerate=True)
        engine.dispose()


if __name__ == "__main__":
    main()
