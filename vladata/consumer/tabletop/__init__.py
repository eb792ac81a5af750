"""A world of coloured shapes on a table, for closing the loop without a download: numpy alone draws it."""
