import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooKeeper;

/** Each recipe of Curator with two or more clients, and what of its framework the recipes do not use. */
final class Curator {
    static String servers;
    private static final AtomicInteger names = new AtomicInteger();
    private static final List<CuratorFramework> open = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        servers = arguments[0];
        CuratorLocks.run();
        CuratorCoordination.run();
        CuratorQueues.run();
        CuratorCaches.run();
        CuratorBasics.run();
        System.exit(0); // a check that hangs has a thread that never ends
    }

    /** A check with clients of its own, which are closed at its end. */
    static void check(String name, Checks.Body body) throws InterruptedException {
        Checks.check(name, () -> {
            try {
                body.run();
            } finally {
                closeAll();
            }
        });
    }

    private static void closeAll() {
        List<CuratorFramework> clients;
        synchronized (open) {
            clients = new ArrayList<>(open);
            open.clear();
        }
        for (CuratorFramework client : clients) {
            try {
                client.close();
            } catch (RuntimeException alreadyClosed) {
                // A check may have closed it.
            }
        }
    }

    static CuratorFramework client() throws Exception {
        return started(CuratorFrameworkFactory.builder());
    }

    static CuratorFramework started(CuratorFrameworkFactory.Builder builder) throws Exception {
        CuratorFramework client = builder.connectString(servers)
            .sessionTimeoutMs(10_000)
            .connectionTimeoutMs(20_000)
            .retryPolicy(new RetryOneTime(100))
            .build();
        synchronized (open) {
            open.add(client);
        }
        client.start();
        client.blockUntilConnected();
        return client;
    }

    /** A client that knows of everything that others have done up to now: reads of a server may be behind. */
    static CuratorFramework upToDate() throws Exception {
        CuratorFramework client = client();
        catchUp(client);
        return client;
    }

    static void catchUp(CuratorFramework client) throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        client.sync().inBackground((c, event) -> done.countDown()).forPath("/");
        done.await();
    }

    interface Part {
        void run(CuratorFramework client, int number) throws Exception;
    }

    /** So many clients do their part at the same time, and all of them succeed. */
    static void together(int clients, Part part) throws Exception {
        List<FutureTask<Void>> parts = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            CuratorFramework client = client();
            int number = i;
            FutureTask<Void> task = new FutureTask<>(() -> {
                part.run(client, number);
                return null;
            });
            parts.add(task);
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            thread.start();
        }
        for (FutureTask<Void> task : parts) {
            task.get();
        }
    }

    /** A path that nobody else uses. */
    static String path() {
        return "/curator/" + names.incrementAndGet();
    }

    /** Ends the client's session at the server, as a second process with the same session would, and waits until it knows. */
    static void expire(CuratorFramework client) throws Exception {
        CountDownLatch lost = new CountDownLatch(1);
        client.getConnectionStateListenable().addListener((c, state) -> {
            if (state == ConnectionState.LOST) {
                lost.countDown();
            }
        });
        ZooKeeper session = client.getZookeeperClient().getZooKeeper();
        // The client takes its session back as soon as it can, so that one try may come to nothing.
        do {
            CountDownLatch connected = new CountDownLatch(1);
            ZooKeeper thief = new ZooKeeper(servers, 10_000, event -> connected.countDown(), session.getSessionId(), session.getSessionPasswd());
            connected.await(1, TimeUnit.SECONDS);
            thief.close();
        } while (!lost.await(3, TimeUnit.SECONDS));
    }

    private Curator() {}
}
