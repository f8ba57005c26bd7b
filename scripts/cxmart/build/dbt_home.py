"""A plugin of dbt-duckdb (profiles.yml names it): before dbt opens its database, the folder for it is there.

So a plain `dbt build` with a new CXMART_HOME works as `cxmart build` does; where it can't, dbt says why in the words of
a cxmart command.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from cxmart.base.errors import translate


class Plugin(BasePlugin):
    """Makes the folder of the database where it is missing."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder.

        Raises:
            DbtRuntimeError: it is a file, or can't be made.
        """
        assert self.creds
        home = Path(self.creds.path).parent
        if home.exists() and not home.is_dir():
            raise DbtRuntimeError(f"CXMART_HOME is {home}, which is no folder")
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DbtRuntimeError(str(translate(error, home))) from error
