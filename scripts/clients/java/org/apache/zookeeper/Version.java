package org.apache.zookeeper;

import org.apache.zookeeper.version.Info;

/**
 * Debian's build of ZooKeeper calls itself "3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC", which the Go clients
 * cannot read. In front of its jar this class makes it answer srvr in the form that they were written for.
 */
public class Version implements Info {
    public static int getRevision() {
        return REVISION;
    }

    public static String getRevisionHash() {
        return "debian";
    }

    public static String getBuildDate() {
        return "02/25/2022 08:49 GMT";
    }

    public static String getVersion() {
        return MAJOR + "." + MINOR + "." + MICRO;
    }

    public static String getVersionRevision() {
        return getVersion() + "-" + getRevisionHash();
    }

    public static String getFullVersion() {
        return getVersionRevision() + ", built on " + getBuildDate();
    }
}
