#!/usr/bin/env bash
# zkServer.sh start-foreground FILE, for suites that start ZooKeeper with it; see java beside this file.
exec "$(dirname "$0")/java" ${SERVER_JVMFLAGS:-} "$2"
