"""The entry points of a conversion into whole episodes: its units, its commit, and the files that its workers read."""

from vladata.robot.describe import work_files
from vladata.robot.prepare import Prepared
from vladata.robot.unit import open_units
from vladata.robot.whole.describe import committing
from vladata.runs.attempt import Kind

WHOLE: Kind[Prepared] = Kind(open_units, committing, work_files)
