"""The processes that compute: how programs start and end, CPU and GPU settings, launchers' workers, terminals."""
