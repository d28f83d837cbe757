import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.api.transaction.OperationType;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooDefs.Ids;

/** What of Curator's framework its recipes do not use. */
final class CuratorBasics {
    static void run() throws Exception {
        Curator.check("framework: parents as containers", CuratorBasics::containers);
        Curator.check("framework: nodes with a time to live", CuratorBasics::ttl);
        Curator.check("framework: transactions", CuratorBasics::transaction);
        Curator.check("framework: protected creation", CuratorBasics::protection);
        Curator.check("framework: namespaces and background calls", CuratorBasics::background);
        Curator.check("framework: digest authorization", CuratorBasics::authorization);
        Curator.check("framework: watches are added and removed", CuratorBasics::watches);
        Curator.check("framework: the ensemble's configuration", CuratorBasics::configuration);
    }

    private static void containers() throws Exception {
        String path = Curator.path();
        CuratorFramework client = Curator.client();
        client.create().creatingParentContainersIfNeeded().forPath(path + "/a/b");
        client.create().withMode(CreateMode.CONTAINER).forPath(path + "/c");
        client.createContainers(path + "/d/e");
        for (String node : List.of("/a", "/a/b", "/c", "/d", "/d/e")) {
            Checks.equal(0L, client.checkExists().forPath(path + node).getEphemeralOwner());
        }
    }

    private static void ttl() throws Exception {
        String path = Curator.path();
        CuratorFramework client = Curator.client();
        String made = client.create().withTtl(600_000).creatingParentsIfNeeded()
            .withMode(CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL).forPath(path + "/x-", Checks.bytes("1"));
        Checks.that(made.startsWith(path + "/x-0"), made);
        Checks.equal(0L, client.checkExists().forPath(made).getEphemeralOwner());
    }

    private static void transaction() throws Exception {
        String path = Curator.path();
        CuratorFramework client = Curator.client();
        client.create().creatingParentsIfNeeded().forPath(path);
        List<CuratorTransactionResult> results = client.transaction().forOperations(
            client.transactionOp().check().withVersion(0).forPath(path),
            client.transactionOp().create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(path + "/e-", Checks.bytes("1")),
            client.transactionOp().setData().withVersion(0).forPath(path, Checks.bytes("2")),
            client.transactionOp().create().forPath(path + "/gone"),
            client.transactionOp().delete().forPath(path + "/gone"));
        Checks.equal(5, results.size());
        Checks.equal(OperationType.CREATE, results.get(1).getType());
        Checks.equal(path + "/e-0000000000", results.get(1).getResultPath());
        Checks.equal(1, results.get(2).getResultStat().getVersion());
        Checks.refused(KeeperException.BadVersionException.class, () -> client.transaction().forOperations(
            client.transactionOp().create().forPath(path + "/never"),
            client.transactionOp().check().withVersion(7).forPath(path)));
        Checks.equal(null, client.checkExists().forPath(path + "/never"));
    }

    private static void protection() throws Exception {
        String path = Curator.path();
        CuratorFramework client = Curator.client();
        String made = client.create().creatingParentContainersIfNeeded().withProtection()
            .withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(path + "/p-");
        Checks.that(made.startsWith(path + "/_c_") && made.endsWith("-p-0000000000"), made);
        client.create().orSetData().forPath(path + "/q", Checks.bytes("1"));
        client.create().orSetData().forPath(path + "/q", Checks.bytes("2"));
        Checks.equal("2", Checks.text(Curator.upToDate().getData().forPath(path + "/q")));
        client.delete().guaranteed().deletingChildrenIfNeeded().forPath(path);
        client.delete().quietly().forPath(path);
    }

    private static void background() throws Exception {
        CuratorFramework client = Curator.client();
        CuratorFramework inside = client.usingNamespace("namespace" + System.nanoTime());
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        inside.create().creatingParentsIfNeeded()
            .inBackground((c, event) -> done.add(event.getType() + " " + event.getResultCode() + " " + event.getName()))
            .forPath("/a/b", Checks.bytes("1"));
        Checks.next("CREATE 0 /a/b", done);
        inside.getData().inBackground((c, event) -> done.add(event.getType() + " " + event.getResultCode())).forPath("/none");
        Checks.next("GET_DATA -101", done);
        inside.sync().inBackground((c, event) -> done.add(event.getType() + " " + event.getResultCode())).forPath("/a");
        Checks.next("SYNC 0", done);
        Checks.equal("1", Checks.text(client.getData().forPath("/" + inside.getNamespace() + "/a/b")));
    }

    private static void authorization() throws Exception {
        String path = Curator.path();
        CuratorFramework owner = Curator.started(CuratorFrameworkFactory.builder().authorization("digest", Checks.bytes("who:secret")));
        CuratorFramework other = Curator.client();
        owner.create().creatingParentsIfNeeded().forPath(path);
        owner.create().withACL(Ids.CREATOR_ALL_ACL).forPath(path + "/a", Checks.bytes("1"));
        Checks.equal("1", Checks.text(owner.getData().forPath(path + "/a")));
        Checks.equal("digest", owner.getACL().forPath(path + "/a").get(0).getId().getScheme());
        Curator.catchUp(other);
        Checks.refused(KeeperException.NoAuthException.class, () -> other.getData().forPath(path + "/a"));
        Checks.refused(KeeperException.NoAuthException.class, () -> other.setData().forPath(path + "/a", new byte[0]));
        Checks.refused(KeeperException.InvalidACLException.class, () -> other.create().withACL(Ids.CREATOR_ALL_ACL).forPath(path + "/b"));
    }

    private static void watches() throws Exception {
        String path = Curator.path();
        CuratorFramework client = Curator.client();
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        client.create().creatingParentsIfNeeded().forPath(path);
        client.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE)
            .usingWatcher((org.apache.zookeeper.Watcher) event -> events.add(event.getType() + " " + event.getPath())).forPath(path);
        client.create().forPath(path + "/a");
        Checks.next("NodeCreated " + path + "/a", events);
        client.watchers().removeAll().ofType(WatcherType.Any).forPath(path);
        Checks.next("PersistentWatchRemoved " + path, events);
        client.delete().forPath(path + "/a");
        Curator.catchUp(client);
        Checks.equal(null, events.poll());
        client.checkExists().usingWatcher((org.apache.zookeeper.Watcher) event -> events.add(event.getType() + " " + event.getPath())).forPath(path);
        client.watchers().removeAll().ofType(WatcherType.Data).forPath(path);
        Checks.next("DataWatchRemoved " + path, events);
    }

    private static void configuration() throws Exception {
        String text = Checks.text(Curator.client().getConfig().forEnsemble());
        Checks.equal((long) Curator.servers.split(",").length, text.lines().filter(line -> line.startsWith("server.")).count());
        Checks.that(text.contains("\nversion="), text);
    }

    private CuratorBasics() {}
}
