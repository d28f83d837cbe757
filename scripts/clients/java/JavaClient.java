import static java.util.concurrent.TimeUnit.SECONDS;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.OpResult;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.ClientInfo;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/** Each call of ZooKeeper's own Java client, answered as its documentation says. */
final class JavaClient {
    private static String servers;
    private static final List<ZooKeeper> open = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        servers = arguments[0];
        check("create, read, change and delete", JavaClient::basics);
        check("sequential, ephemeral, container and TTL nodes", JavaClient::kinds);
        check("data: null, empty, large, too large", JavaClient::data);
        check("errors", JavaClient::errors);
        check("asynchronous calls in order", JavaClient::asynchronous);
        check("multi: all or nothing", JavaClient::multi);
        check("multi: reads fail one by one", JavaClient::multiRead);
        check("watches: once", JavaClient::watches);
        check("watches: persistent and recursive", JavaClient::persistentWatches);
        check("watches: removed", JavaClient::removedWatches);
        check("watches: set again at another server, with what was missed", JavaClient::watchesMove);
        check("sessions: taken over, ended, expired", JavaClient::sessions);
        check("ACL: enforced", JavaClient::acl);
        check("ACL: of an unknown scheme", JavaClient::unknownScheme);
        check("who is there: whoAmI, getEphemerals, getAllChildrenNumber", JavaClient::questions);
        check("quotas: counted", JavaClient::quotas);
        check("the ensemble's configuration", JavaClient::configuration);
        check("chroot", JavaClient::chroot);
        System.exit(0); // a check that hangs has a thread that never ends
    }

    private static void check(String name, Checks.Body body) throws Exception {
        Checks.check(name, () -> {
            try {
                body.run();
            } finally {
                for (ZooKeeper client : open) {
                    client.close();
                }
                open.clear();
            }
        });
    }

    private static ZooKeeper connect(String where, Watcher watcher) throws Exception {
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper client = new ZooKeeper(where, 10_000, event -> {
            if (event.getState() == Watcher.Event.KeeperState.SyncConnected) {
                connected.countDown();
            }
            watcher.process(event);
        });
        open.add(client);
        Checks.that(connected.await(45, SECONDS), "connected");
        return client;
    }

    private static ZooKeeper connect() throws Exception {
        return connect(servers, event -> {});
    }

    private static void code(Code expected, Checks.Body body) throws Exception {
        Checks.equal(expected, Checks.refused(KeeperException.class, body).code());
    }

    private static void basics() throws Exception {
        ZooKeeper client = connect();
        Stat made = new Stat();
        Checks.equal("/basics", client.create("/basics", Checks.bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, made));
        Stat read = new Stat();
        Checks.equal("1", Checks.text(client.getData("/basics", false, read)));
        Checks.equal(made, read);
        Checks.equal(read, client.exists("/basics", false));
        Checks.equal(made.getCzxid(), made.getMzxid());
        Checks.equal(made.getCzxid(), made.getPzxid());
        Stat changed = client.setData("/basics", Checks.bytes("22"), 0);
        Checks.equal(1, changed.getVersion());
        Checks.equal(2, changed.getDataLength());
        Checks.that(changed.getMzxid() > changed.getCzxid(), "the change has a newer zxid");
        client.create("/basics/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/basics/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Stat parent = new Stat();
        Checks.equal(new TreeSet<>(List.of("a", "b")), new TreeSet<>(client.getChildren("/basics", false, parent)));
        Checks.equal(2, parent.getCversion());
        Checks.equal(2, parent.getNumChildren());
        client.delete("/basics/a", 0);
        client.delete("/basics/b", -1);
        client.delete("/basics", 1);
        Checks.equal(null, client.exists("/basics", false));
    }

    private static void kinds() throws Exception {
        ZooKeeper client = connect();
        client.create("/kinds", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER);
        Checks.equal("/kinds/s-0000000000", client.create("/kinds/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL));
        Checks.equal("/kinds/s-0000000001", client.create("/kinds/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL));
        Checks.equal(client.getSessionId(), client.exists("/kinds/s-0000000001", false).getEphemeralOwner());
        Stat stat = new Stat();
        client.create("/kinds/t", Checks.bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 600_000);
        Checks.equal(0L, stat.getEphemeralOwner());
        Checks.equal("/kinds/t-0000000003",
            client.create("/kinds/t-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, stat, 1));
        Checks.equal(4, client.exists("/kinds", false).getNumChildren());
        Checks.equal(0L, client.exists("/kinds", false).getEphemeralOwner());
        code(Code.NOCHILDRENFOREPHEMERALS,
            () -> client.create("/kinds/s-0000000001/x", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
    }

    private static void data() throws Exception {
        ZooKeeper client = connect();
        client.create("/data", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Checks.equal(null, client.getData("/data", false, null));
        Checks.equal(0, client.exists("/data", false).getDataLength());
        client.setData("/data", new byte[0], -1);
        Checks.equal(0, client.getData("/data", false, null).length);
        byte[] large = new byte[1_000_000];
        large[999_999] = 7;
        client.setData("/data", large, -1);
        Checks.equal(7, (int) client.getData("/data", false, null)[999_999]);
        // The server closes the connection; the client comes back.
        code(Code.CONNECTIONLOSS, () -> client.setData("/data", new byte[2_000_000], -1));
        Checks.eventually("the session goes on", () -> {
            try {
                return client.exists("/data", false).getVersion() == 2;
            } catch (KeeperException.ConnectionLossException again) {
                return false;
            }
        });
        client.delete("/data", -1);
    }

    private static void errors() throws Exception {
        ZooKeeper client = connect();
        client.create("/errors", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        code(Code.NODEEXISTS, () -> client.create("/errors", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        code(Code.NONODE, () -> client.create("/errors/a/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        code(Code.NONODE, () -> client.getData("/errors/a", false, null));
        code(Code.NONODE, () -> client.getChildren("/errors/a", false));
        code(Code.NONODE, () -> client.delete("/errors/a", -1));
        code(Code.NONODE, () -> client.getACL("/errors/a", new Stat()));
        code(Code.BADVERSION, () -> client.setData("/errors", null, 5));
        code(Code.BADVERSION, () -> client.delete("/errors", 5));
        code(Code.BADVERSION, () -> client.setACL("/errors", Ids.OPEN_ACL_UNSAFE, 5));
        code(Code.INVALIDACL, () -> client.create("/errors/a", null, Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT));
        code(Code.INVALIDACL, () -> client.setACL("/errors", acl(new Id("what", "ever")), -1));
        client.create("/errors/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        code(Code.NOTEMPTY, () -> client.delete("/errors", -1));
        code(Code.BADARGUMENTS, () -> client.delete("/", -1));
        code(Code.NOWATCHER, () -> client.removeAllWatches("/errors", WatcherType.Any, false));
        Checks.equal(ZooKeeper.States.CONNECTED, client.getState());
    }

    private static void asynchronous() throws Exception {
        ZooKeeper client = connect();
        client.create("/async", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        BlockingQueue<String> answers = new LinkedBlockingQueue<>();
        for (int i = 0; i < 500; i++) {
            int number = i;
            if (i % 2 == 0) {
                client.create("/async/" + i, Checks.bytes("" + i), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL,
                    (rc, path, context, name) -> answers.add(number + " " + rc), null);
            } else {
                client.getData("/async/" + (i - 1), false, (rc, path, context, bytes, stat) -> answers.add(number + " " + rc), null);
            }
        }
        for (int i = 0; i < 500; i++) {
            Checks.next(i + " 0", answers);
        }
        client.sync("/async", (rc, path, context) -> answers.add("sync " + rc + " " + path), null);
        Checks.next("sync 0 /async", answers);
    }

    private static void multi() throws Exception {
        ZooKeeper client = connect();
        List<OpResult> results = client.multi(List.of(
            Op.create("/multi", Checks.bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.check("/multi", 0),
            Op.setData("/multi", Checks.bytes("2"), 0),
            Op.create("/multi/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL),
            Op.create("/multi/gone", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.delete("/multi/gone", -1)));
        Checks.equal(1, ((OpResult.SetDataResult) results.get(2)).getStat().getVersion());
        Checks.equal("/multi/s-0000000000", ((OpResult.CreateResult) results.get(3)).getPath());
        Stat stat = client.exists("/multi", false);
        Checks.equal(stat.getCzxid(), stat.getMzxid());
        KeeperException failed = Checks.refused(KeeperException.class, () -> client.multi(List.of(
            Op.setData("/multi", Checks.bytes("3"), -1),
            Op.delete("/multi/none", -1),
            Op.delete("/multi/s-0000000000", -1))));
        Checks.equal(Code.NONODE, failed.code());
        List<Integer> codes = new ArrayList<>();
        for (OpResult result : failed.getResults()) {
            codes.add(((OpResult.ErrorResult) result).getErr());
        }
        Checks.equal(List.of(0, Code.NONODE.intValue(), Code.RUNTIMEINCONSISTENCY.intValue()), codes);
        Checks.equal("2", Checks.text(client.getData("/multi", false, null)));
        List<OpResult> built = client.transaction().create("/multi/t", null, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER)
            .setData("/multi/t", Checks.bytes("x"), 0).commit();
        Checks.equal(2, built.size());
        Checks.equal(0, client.multi(List.of()).size());
    }

    private static void multiRead() throws Exception {
        ZooKeeper client = connect();
        client.create("/reads", Checks.bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/reads/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        List<OpResult> results = client.multi(List.of(Op.getData("/reads"), Op.getChildren("/reads/none"), Op.getChildren("/reads")));
        Checks.equal("1", Checks.text(((OpResult.GetDataResult) results.get(0)).getData()));
        Checks.equal(Code.NONODE.intValue(), ((OpResult.ErrorResult) results.get(1)).getErr());
        Checks.equal(List.of("a"), ((OpResult.GetChildrenResult) results.get(2)).getChildren());
    }

    private static String next(BlockingQueue<WatchedEvent> events) throws InterruptedException {
        while (true) {
            WatchedEvent event = events.poll(45, SECONDS);
            if (event == null || event.getType() != Watcher.Event.EventType.None) {
                return event == null ? null : event.getType() + " " + event.getPath();
            }
        }
    }

    private static void watches() throws Exception {
        ZooKeeper writer = connect();
        ZooKeeper client = connect();
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        Checks.equal(null, client.exists("/watched", events::add));
        writer.create("/watched", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Checks.equal("NodeCreated /watched", next(events));
        client.getData("/watched", events::add, null);
        writer.setData("/watched", Checks.bytes("1"), -1);
        Checks.equal("NodeDataChanged /watched", next(events));
        client.getChildren("/watched", events::add);
        writer.create("/watched/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        Checks.equal("NodeChildrenChanged /watched", next(events));
        Watcher both = events::add; // one watcher hears once, though the server sends for each list it is in
        client.getData("/watched/a", both, null);
        client.getChildren("/watched/a", both);
        writer.close();
        Checks.equal("NodeDeleted /watched/a", next(events));
        client.setData("/watched", Checks.bytes("2"), -1);
        client.delete("/watched", -1);
        Checks.equal(null, events.poll());
    }

    private static void persistentWatches() throws Exception {
        ZooKeeper client = connect();
        client.create("/persistent", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        BlockingQueue<WatchedEvent> all = new LinkedBlockingQueue<>();
        BlockingQueue<WatchedEvent> own = new LinkedBlockingQueue<>();
        client.addWatch("/persistent", all::add, AddWatchMode.PERSISTENT_RECURSIVE);
        ZooKeeper other = connect();
        other.addWatch("/persistent", own::add, AddWatchMode.PERSISTENT);
        for (int i = 0; i < 2; i++) {
            client.create("/persistent/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            client.create("/persistent/a/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            client.setData("/persistent/a/b", Checks.bytes("1"), -1);
            client.delete("/persistent/a/b", -1);
            client.delete("/persistent/a", -1);
            client.setData("/persistent", Checks.bytes("1"), -1);
            for (String expected : List.of("NodeCreated /persistent/a", "NodeCreated /persistent/a/b", "NodeDataChanged /persistent/a/b",
                "NodeDeleted /persistent/a/b", "NodeDeleted /persistent/a", "NodeDataChanged /persistent")) {
                Checks.equal(expected, next(all));
            }
            for (String expected : List.of("NodeChildrenChanged", "NodeChildrenChanged", "NodeDataChanged")) {
                Checks.equal(expected + " /persistent", next(own));
            }
        }
    }

    private static void removedWatches() throws Exception {
        ZooKeeper client = connect();
        client.create("/removed", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        Watcher watcher = events::add;
        client.getData("/removed", watcher, null);
        client.getChildren("/removed", watcher);
        client.removeWatches("/removed", watcher, WatcherType.Children, false);
        Checks.equal("ChildWatchRemoved /removed", next(events));
        client.create("/removed/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.setData("/removed", Checks.bytes("1"), -1);
        Checks.equal("NodeDataChanged /removed", next(events));
        client.getData("/removed", watcher, null);
        client.removeAllWatches("/removed", WatcherType.Any, false);
        Checks.equal("DataWatchRemoved /removed", next(events));
        client.addWatch("/removed", watcher, AddWatchMode.PERSISTENT);
        client.removeWatches("/removed", watcher, WatcherType.Any, false);
        Checks.equal("PersistentWatchRemoved /removed", next(events));
        client.setData("/removed", Checks.bytes("2"), -1);
        client.exists("/removed", false);
        Checks.equal(null, events.poll());
        code(Code.NOWATCHER, () -> client.removeWatches("/removed", watcher, WatcherType.Data, false));
    }

    /** The client loses its connection, and something changes before it has found another server. */
    private static void watchesMove() throws Exception {
        ZooKeeper writer = connect();
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        ZooKeeper client = connect();
        for (String path : List.of("/move", "/move/data", "/move/deleted", "/move/kept", "/move/tree")) {
            writer.create(path, null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        }
        CountDownLatch synced = new CountDownLatch(1);
        client.sync("/", (rc, path, context) -> synced.countDown(), null);
        synced.await();
        client.getData("/move/data", events::add, null);
        client.getData("/move/kept", events::add, null);
        client.exists("/move/deleted", events::add);
        client.exists("/move/created", events::add);
        client.getChildren("/move", events::add);
        client.addWatch("/move/tree", events::add, AddWatchMode.PERSISTENT_RECURSIVE);
        cut(client);
        writer.setData("/move/data", Checks.bytes("1"), -1);
        writer.delete("/move/deleted", -1);
        writer.create("/move/created", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        TreeSet<String> got = new TreeSet<>();
        for (int i = 0; i < 4; i++) {
            got.add("" + next(events));
        }
        Checks.equal(new TreeSet<>(List.of("NodeDataChanged /move/data", "NodeDeleted /move/deleted", "NodeCreated /move/created",
            "NodeChildrenChanged /move")), got);
        writer.setData("/move/kept", Checks.bytes("1"), -1);
        Checks.equal("NodeDataChanged /move/kept", next(events));
        writer.create("/move/tree/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        Checks.equal("NodeCreated /move/tree/a", next(events));
    }

    /** Closes the client's socket under it, as the client's own tests do. */
    private static void cut(ZooKeeper client) throws Exception {
        Field connection = ZooKeeper.class.getDeclaredField("cnxn");
        connection.setAccessible(true);
        Field thread = connection.getType().getDeclaredField("sendThread");
        thread.setAccessible(true);
        Method close = thread.getType().getDeclaredMethod("testableCloseSocket");
        close.setAccessible(true);
        close.invoke(thread.get(connection.get(client)));
    }

    private static void sessions() throws Exception {
        BlockingQueue<WatchedEvent> states = new LinkedBlockingQueue<>();
        ZooKeeper first = connect(servers, states::add);
        first.create("/session", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        long id = first.getSessionId();
        // The first client takes its session back as soon as it can, so that one try may come to nothing.
        Checks.eventually("the first client learns that its session has ended", () -> {
            CountDownLatch connected = new CountDownLatch(1);
            ZooKeeper second = new ZooKeeper(servers, 10_000, event -> connected.countDown(), id, first.getSessionPasswd());
            if (connected.await(1, SECONDS)) {
                Checks.equal(id, second.getSessionId());
            }
            second.close();
            Thread.sleep(2000);
            return states.stream().anyMatch(event -> event.getState() == Watcher.Event.KeeperState.Expired);
        });
        ZooKeeper third = connect();
        CountDownLatch synced = new CountDownLatch(1);
        third.sync("/", (rc, path, context) -> synced.countDown(), null);
        synced.await();
        Checks.equal(null, third.exists("/session", false));
        CountDownLatch refused = new CountDownLatch(1);
        ZooKeeper wrong = new ZooKeeper(servers, 10_000, event -> {
            if (event.getState() == Watcher.Event.KeeperState.Expired) {
                refused.countDown();
            }
        }, third.getSessionId(), new byte[16]);
        Checks.that(refused.await(45, SECONDS), "a wrong password is refused");
        wrong.close();
    }

    /** All rights for one; List.of will not do, since the client asks whether the list contains null. */
    private static List<ACL> acl(Id id) {
        return Arrays.asList(new ACL(Perms.ALL, id));
    }

    private static void acl() throws Exception {
        ZooKeeper owner = connect();
        ZooKeeper other = connect();
        owner.addAuthInfo("digest", Checks.bytes("who:secret"));
        owner.create("/acl", Checks.bytes("1"), Ids.CREATOR_ALL_ACL, CreateMode.PERSISTENT);
        String id = DigestAuthenticationProvider.generateDigest("who:secret");
        Checks.equal(List.of(new ACL(Perms.ALL, new Id("digest", id))), owner.getACL("/acl", new Stat()));
        CountDownLatch synced = new CountDownLatch(1);
        other.sync("/", (rc, path, context) -> synced.countDown(), null);
        synced.await();
        code(Code.NOAUTH, () -> other.getData("/acl", false, null));
        code(Code.NOAUTH, () -> other.setData("/acl", null, 7));
        code(Code.NOAUTH, () -> other.getChildren("/acl", false));
        code(Code.NOAUTH, () -> other.create("/acl/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT));
        code(Code.NOAUTH, () -> other.setACL("/acl", Ids.OPEN_ACL_UNSAFE, -1));
        Checks.equal(1, other.exists("/acl", false).getDataLength());
        List<ACL> mixed = Arrays.asList(new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE), new ACL(Perms.ALL, new Id("digest", id)));
        Checks.equal(1, owner.setACL("/acl", mixed, 0).getAversion());
        CountDownLatch again = new CountDownLatch(1);
        other.sync("/", (rc, path, context) -> again.countDown(), null);
        again.await();
        Checks.equal("1", Checks.text(other.getData("/acl", false, null)));
        Checks.equal(new Id("digest", "who:x"), other.getACL("/acl", new Stat()).get(1).getId());
        code(Code.NOAUTH, () -> other.setData("/acl", null, -1));
        owner.create("/acl/ip", Checks.bytes("1"), acl(new Id("ip", "127.0.0.0/8")), CreateMode.PERSISTENT);
        owner.create("/acl/elsewhere", Checks.bytes("1"), acl(new Id("ip", "10.1.2.3")), CreateMode.PERSISTENT);
        Checks.equal("1", Checks.text(owner.getData("/acl/ip", false, null)));
        code(Code.NOAUTH, () -> owner.getData("/acl/elsewhere", false, null));
    }

    private static void unknownScheme() throws Exception {
        BlockingQueue<WatchedEvent> states = new LinkedBlockingQueue<>();
        ZooKeeper client = connect(servers, states::add);
        client.addAuthInfo("nonsense", Checks.bytes("x"));
        Checks.eventually("authentication fails",
            () -> states.stream().anyMatch(event -> event.getState() == Watcher.Event.KeeperState.AuthFailed));
        code(Code.AUTHFAILED, () -> client.exists("/", false));
    }

    private static void questions() throws Exception {
        ZooKeeper client = connect();
        client.addAuthInfo("digest", Checks.bytes("who:secret"));
        TreeSet<String> ids = new TreeSet<>();
        for (ClientInfo info : client.whoAmI()) {
            ids.add(info.getAuthScheme() + " " + info.getUser());
        }
        Checks.equal(new TreeSet<>(List.of("digest who", "ip 127.0.0.1")), ids);
        client.create("/questions", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/questions/a", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        client.create("/questions/b", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/questions/b/c", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        Checks.equal(new TreeSet<>(List.of("/questions/a", "/questions/b/c")), new TreeSet<>(client.getEphemerals()));
        Checks.equal(List.of("/questions/b/c"), client.getEphemerals("/questions/b"));
        Checks.equal(3, client.getAllChildrenNumber("/questions"));
    }

    private static void quotas() throws Exception {
        ZooKeeper client = connect();
        client.create("/quota", Checks.bytes("12"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/quota/a", Checks.bytes("345"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/zookeeper/quota/quota", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/zookeeper/quota/quota/zookeeper_limits", Checks.bytes("count=2,bytes=1000"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/zookeeper/quota/quota/zookeeper_stats", Checks.bytes("count=0,bytes=0"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/quota/b", Checks.bytes("67"), Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        String stats = Checks.text(client.getData("/zookeeper/quota/quota/zookeeper_stats", false, null));
        Checks.that(stats.contains("count=3") && stats.contains("bytes=7"), stats);
    }

    private static void configuration() throws Exception {
        ZooKeeper client = connect();
        String text = Checks.text(client.getConfig(false, new Stat()));
        Checks.equal((long) servers.split(",").length, text.lines().filter(line -> line.startsWith("server.")).count());
        Checks.that(text.contains("\nversion="), text);
    }

    private static void chroot() throws Exception {
        ZooKeeper client = connect();
        client.create("/root", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        ZooKeeper inside = connect(servers + "/root", event -> {});
        Checks.equal("/a", inside.create("/a", Checks.bytes("1"), Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL));
        BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
        inside.getData("/a", events::add, null);
        inside.setData("/a", Checks.bytes("2"), -1);
        Checks.equal("NodeDataChanged /a", next(events));
        Checks.equal(1, inside.exists("/", false).getNumChildren());
    }

    private JavaClient() {}
}
