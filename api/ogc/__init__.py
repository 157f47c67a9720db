"""OGC API – Features – Part 1: Core (OGC 17-069r4): incidents as a layer of maps, for QGIS, GDAL and all who speak it."""
