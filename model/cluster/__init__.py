"""Work shared out: to this process alone, to processes of this machine, or to a Dask cluster of many."""
