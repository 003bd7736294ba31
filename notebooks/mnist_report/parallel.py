"""How many cores a run may use without slowing its neighbours."""

import joblib
import psutil


def free_cores() -> int:
    """Return how many of the allowed cores are idle now; at least one."""
    allowed = joblib.cpu_count()
    busy = psutil.cpu_percent(interval=0.5) / 100 * psutil.cpu_count()
    return max(1, round(allowed - busy))
