#!/bin/sh
# Starts fast and keeps little, since it is asked one question at a time.
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xmx256m \
    -cp "$(dirname "$0")/classes" adapter.Main
