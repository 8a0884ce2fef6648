"""Security equipment: cameras and access control are installed, break, and are mended where somebody sees to it."""

from __future__ import annotations

from govsim.kernels.compiled import compiled


@compiled
def keep_up(security, effort, money, levers, p):
    """A week of wear and repair, as shares of the devices.

    effort 0..1: the firm's security service; money 0..1: whether the fund can pay. What a programme puts in is new, stays,
    and wears like the rest.
    """
    for c in range(security.shape[0]):
        device = security[c]
        device.cameras_work = _more(device.cameras, device.cameras_work, levers[c].crime_cameras)
        device.cameras = max(device.cameras, levers[c].crime_cameras)
        device.access_works = _more(device.access, device.access_works, levers[c].crime_access)
        device.access = max(device.access, levers[c].crime_access)
        mend = min(1.0, p.mends * effort[c] * money[c] + levers[c].crime_upkeep)
        device.cameras_work += mend * (1.0 - device.cameras_work) - p.camera_breaks * device.cameras_work
        device.access_works += mend * (1.0 - device.access_works) - p.access_breaks * device.access_works


@compiled
def _more(installed, work, wanted):
    """Share that works when new devices join."""
    if wanted <= installed:
        return work
    return (installed * work + wanted - installed) / wanted
