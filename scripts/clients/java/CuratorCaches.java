import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.data.Stat;

/** Curator's caches, watchers and kept nodes: one client changes what another one follows. */
@SuppressWarnings("deprecation")
final class CuratorCaches {
    static void run() throws Exception {
        Curator.check("PathChildrenCache follows children", CuratorCaches::pathChildren);
        Curator.check("NodeCache follows a node", CuratorCaches::node);
        Curator.check("TreeCache follows a tree", CuratorCaches::tree);
        Curator.check("CuratorCache follows a tree by one watch", CuratorCaches::cache);
        Curator.check("CuratorCache catches up after its session", CuratorCaches::cacheExpires);
        Curator.check("PersistentWatcher stays, recursive and not", CuratorCaches::watcher);
        Curator.check("PersistentNode comes back", CuratorCaches::persistentNode);
        Curator.check("PersistentTtlNode is touched in time", CuratorCaches::ttlNode);
        Curator.check("GroupMember knows who is there", CuratorCaches::group);
    }

    private static String text(ChildData data) {
        return data == null ? null : Checks.text(data.getData());
    }

    private static void pathChildren() throws Exception {
        String path = Curator.path();
        String first = path + "/a";
        CuratorFramework writer = Curator.client();
        writer.create().creatingParentsIfNeeded().forPath(first, Checks.bytes("1"));
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        try (PathChildrenCache cache = new PathChildrenCache(Curator.client(), path, true)) {
            cache.getListenable().addListener((client, event) -> {
                // A cache that is made while its client connects hears of that, too, and tells again what it has.
                String node = event.getData() == null ? "" : event.getData().getPath();
                if (node.startsWith(path) && !(event.getType() + node).equals("CHILD_ADDED" + first)) {
                    events.add(event.getType() + " " + node);
                }
            });
            cache.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
            Checks.equal("1", text(cache.getCurrentData(path + "/a")));
            writer.create().forPath(path + "/b", Checks.bytes("2"));
            Checks.next("CHILD_ADDED " + path + "/b", events);
            writer.setData().forPath(path + "/a", Checks.bytes("3"));
            Checks.next("CHILD_UPDATED " + path + "/a", events);
            Checks.equal("3", text(cache.getCurrentData(path + "/a")));
            writer.delete().forPath(path + "/b");
            Checks.next("CHILD_REMOVED " + path + "/b", events);
            Checks.equal(1, cache.getCurrentData().size());
        }
    }

    private static void node() throws Exception {
        String path = Curator.path();
        CuratorFramework writer = Curator.client();
        try (NodeCache cache = new NodeCache(Curator.client(), path)) {
            cache.start(true);
            Checks.equal(null, cache.getCurrentData());
            writer.create().creatingParentsIfNeeded().forPath(path, Checks.bytes("1"));
            Checks.eventually("it is there", () -> "1".equals(text(cache.getCurrentData())));
            writer.setData().forPath(path, Checks.bytes("2"));
            Checks.eventually("it has changed", () -> "2".equals(text(cache.getCurrentData())));
            writer.delete().forPath(path);
            Checks.eventually("it is gone", () -> cache.getCurrentData() == null);
        }
    }

    private static void tree() throws Exception {
        String path = Curator.path();
        CuratorFramework writer = Curator.client();
        writer.create().creatingParentsIfNeeded().forPath(path + "/a/b", Checks.bytes("1"));
        try (TreeCache cache = new TreeCache(Curator.client(), path)) {
            cache.start();
            Checks.eventually("what was there", () -> "1".equals(text(cache.getCurrentData(path + "/a/b"))));
            writer.create().creatingParentsIfNeeded().forPath(path + "/c/d/e", Checks.bytes("2"));
            Checks.eventually("what came", () -> "2".equals(text(cache.getCurrentData(path + "/c/d/e"))));
            writer.delete().deletingChildrenIfNeeded().forPath(path + "/a");
            Checks.eventually("what went", () -> cache.getCurrentData(path + "/a") == null);
            Checks.equal(1, cache.getCurrentChildren(path).size());
        }
    }

    private static void cache() throws Exception {
        String path = Curator.path();
        CuratorFramework writer = Curator.client();
        writer.create().creatingParentsIfNeeded().forPath(path + "/a", Checks.bytes("1"));
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        try (CuratorCache cache = CuratorCache.build(Curator.client(), path)) {
            cache.listenable().addListener(CuratorCacheListener.builder()
                .forCreates(node -> events.add("created " + node.getPath()))
                .forChanges((old, node) -> events.add("changed " + node.getPath()))
                .forDeletes(node -> events.add("deleted " + node.getPath()))
                .forInitialized(() -> events.add("initialized"))
                .build());
            cache.start();
            Checks.next("created " + path, events);
            Checks.next("created " + path + "/a", events);
            Checks.next("initialized", events);
            writer.create().creatingParentsIfNeeded().forPath(path + "/b/c", Checks.bytes("2"));
            Checks.next("created " + path + "/b", events);
            Checks.next("created " + path + "/b/c", events);
            writer.setData().forPath(path + "/b/c", Checks.bytes("3"));
            Checks.next("changed " + path + "/b/c", events);
            writer.delete().forPath(path + "/a");
            Checks.next("deleted " + path + "/a", events);
            Checks.equal("3", text(cache.get(path + "/b/c").orElse(null)));
        }
    }

    private static void cacheExpires() throws Exception {
        String path = Curator.path();
        CuratorFramework writer = Curator.client();
        CuratorFramework reader = Curator.client();
        writer.create().creatingParentsIfNeeded().forPath(path + "/a", Checks.bytes("1"));
        try (CuratorCache cache = CuratorCache.build(reader, path)) {
            cache.start();
            Checks.eventually("what was there", () -> "1".equals(text(cache.get(path + "/a").orElse(null))));
            Curator.expire(reader);
            writer.setData().forPath(path + "/a", Checks.bytes("2"));
            writer.create().forPath(path + "/b", Checks.bytes("3"));
            Checks.eventually("what changed meanwhile", () -> "2".equals(text(cache.get(path + "/a").orElse(null))));
            Checks.eventually("what came meanwhile", () -> "3".equals(text(cache.get(path + "/b").orElse(null))));
        }
    }

    private static String event(BlockingQueue<WatchedEvent> events) throws InterruptedException {
        while (true) {
            WatchedEvent event = events.poll(45, SECONDS);
            if (event == null || event.getPath() != null) {
                return event == null ? null : event.getType() + " " + event.getPath();
            }
        }
    }

    private static void watcher() throws Exception {
        String path = Curator.path();
        CuratorFramework writer = Curator.client();
        writer.create().creatingParentsIfNeeded().forPath(path);
        BlockingQueue<WatchedEvent> all = new LinkedBlockingQueue<>();
        BlockingQueue<WatchedEvent> own = new LinkedBlockingQueue<>();
        try (PersistentWatcher recursive = new PersistentWatcher(Curator.client(), path, true);
            PersistentWatcher plain = new PersistentWatcher(Curator.client(), path, false)) {
            recursive.getListenable().addListener(all::add);
            plain.getListenable().addListener(own::add);
            java.util.concurrent.CountDownLatch set = new java.util.concurrent.CountDownLatch(2);
            recursive.getResetListenable().addListener(set::countDown);
            plain.getResetListenable().addListener(set::countDown);
            recursive.start();
            plain.start();
            Checks.that(set.await(45, SECONDS), "both watches are set");
            writer.create().forPath(path + "/a");
            writer.setData().forPath(path + "/a", Checks.bytes("1"));
            writer.setData().forPath(path, Checks.bytes("1"));
            writer.setData().forPath(path, Checks.bytes("2"));
            writer.delete().forPath(path + "/a");
            for (String expected : new String[] {
                "NodeCreated " + path + "/a", "NodeDataChanged " + path + "/a", "NodeDataChanged " + path,
                "NodeDataChanged " + path, "NodeDeleted " + path + "/a",
            }) {
                Checks.equal(expected, event(all));
            }
            for (String type : new String[] {"NodeChildrenChanged ", "NodeDataChanged ", "NodeDataChanged ", "NodeChildrenChanged "}) {
                Checks.equal(type + path, event(own));
            }
        }
    }

    private static void persistentNode() throws Exception {
        String path = Curator.path();
        CuratorFramework owner = Curator.client();
        CuratorFramework other = Curator.client();
        try (PersistentNode node = new PersistentNode(owner, CreateMode.EPHEMERAL, false, path, Checks.bytes("1"))) {
            node.start();
            Checks.that(node.waitForInitialCreate(45, SECONDS), "it is made");
            Curator.catchUp(other);
            long first = other.checkExists().forPath(path).getEphemeralOwner();
            Checks.equal(owner.getZookeeperClient().getZooKeeper().getSessionId(), first);
            other.delete().forPath(path);
            Checks.eventually("it is made again", () -> other.checkExists().forPath(path) != null);
            Curator.expire(owner);
            Checks.eventually("it is made by the next session", () -> {
                Stat stat = other.checkExists().forPath(path);
                return stat != null && stat.getEphemeralOwner() != first;
            });
        }
        Checks.eventually("it ends with its owner", () -> other.checkExists().forPath(path) == null);
    }

    private static void ttlNode() throws Exception {
        String path = Curator.path();
        CuratorFramework other = Curator.client();
        try (PersistentTtlNode node = new PersistentTtlNode(Curator.client(), path, 3000, Checks.bytes("1"))) {
            node.start();
            Checks.that(node.waitForInitialCreate(45, SECONDS), "it is made");
            Curator.catchUp(other);
            Checks.equal("1", Checks.text(other.getData().forPath(path)));
            Checks.eventually("its child is touched", () -> {
                Stat stat = other.checkExists().forPath(path + "/" + PersistentTtlNode.DEFAULT_CHILD_NODE_NAME);
                return stat != null && stat.getVersion() >= 1;
            });
        }
    }

    private static void group() throws Exception {
        String path = Curator.path();
        try (GroupMember one = new GroupMember(Curator.client(), path, "one", Checks.bytes("1"));
            GroupMember two = new GroupMember(Curator.client(), path, "two", Checks.bytes("2"))) {
            one.start();
            two.start();
            Checks.eventually("both are known", () -> one.getCurrentMembers().size() == 2 && two.getCurrentMembers().size() == 2);
            Checks.equal("2", Checks.text(one.getCurrentMembers().get("two")));
            two.close();
            Checks.eventually("one has left", () -> one.getCurrentMembers().size() == 1);
        }
    }

    private CuratorCaches() {}
}
