import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.queue.DistributedDelayQueue;
import org.apache.curator.framework.recipes.queue.DistributedIdQueue;
import org.apache.curator.framework.recipes.queue.DistributedPriorityQueue;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.state.ConnectionState;

/** Curator's queues, with one client that puts and others that take. */
final class CuratorQueues {
    static void run() throws Exception {
        Curator.check("DistributedQueue delivers in order", CuratorQueues::queue);
        Curator.check("DistributedQueue with a lock delivers once", CuratorQueues::lockedQueue);
        Curator.check("DistributedIdQueue removes by id", CuratorQueues::idQueue);
        Curator.check("DistributedPriorityQueue delivers by priority", CuratorQueues::priorityQueue);
        Curator.check("DistributedDelayQueue delivers later", CuratorQueues::delayQueue);
        Curator.check("SimpleDistributedQueue offers, peeks and takes", CuratorQueues::simpleQueue);
    }

    private static final class Taker implements QueueConsumer<String> {
        final BlockingQueue<String> taken = new LinkedBlockingQueue<>();

        @Override
        public void consumeMessage(String message) {
            taken.add(message);
        }

        @Override
        public void stateChanged(CuratorFramework client, ConnectionState state) {}

        String next() throws InterruptedException {
            return taken.poll(45, SECONDS);
        }
    }

    private static final QueueSerializer<String> text = new QueueSerializer<>() {
        @Override
        public byte[] serialize(String item) {
            return Checks.bytes(item);
        }

        @Override
        public String deserialize(byte[] bytes) {
            return Checks.text(bytes);
        }
    };

    private static void queue() throws Exception {
        String path = Curator.path();
        Taker taker = new Taker();
        try (DistributedQueue<String> in = QueueBuilder.<String>builder(Curator.client(), null, text, path).buildQueue();
            DistributedQueue<String> out = QueueBuilder.builder(Curator.client(), taker, text, path).buildQueue()) {
            in.start();
            in.put("a");
            in.put("b");
            Checks.that(in.flushPuts(30, SECONDS), "everything was put");
            out.start();
            in.put("c");
            for (String item : List.of("a", "b", "c")) {
                Checks.equal(item, taker.next());
            }
        }
    }

    private static void lockedQueue() throws Exception {
        String path = Curator.path();
        String lock = Curator.path();
        Taker taker = new Taker();
        try (DistributedQueue<String> in = QueueBuilder.<String>builder(Curator.client(), null, text, path).lockPath(lock).buildQueue();
            DistributedQueue<String> one = QueueBuilder.builder(Curator.client(), taker, text, path).lockPath(lock).buildQueue();
            DistributedQueue<String> two = QueueBuilder.builder(Curator.client(), taker, text, path).lockPath(lock).buildQueue()) {
            in.start();
            one.start();
            two.start();
            Set<String> all = new HashSet<>();
            for (int i = 0; i < 20; i++) {
                in.put("item " + i);
                all.add("item " + i);
            }
            List<String> got = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                got.add(taker.next());
            }
            Checks.equal(null, taker.taken.poll(200, MILLISECONDS));
            Checks.equal(all, new HashSet<>(got));
        }
    }

    private static void idQueue() throws Exception {
        String path = Curator.path();
        Taker taker = new Taker();
        try (DistributedIdQueue<String> in = QueueBuilder.<String>builder(Curator.client(), null, text, path).buildIdQueue();
            DistributedIdQueue<String> out = QueueBuilder.builder(Curator.client(), taker, text, path).lockPath(Curator.path()).buildIdQueue()) {
            in.start();
            in.put("a", "first");
            in.put("b", "second");
            Checks.that(in.flushPuts(30, SECONDS), "everything was put");
            Checks.equal(1, in.remove("first"));
            out.start();
            Checks.equal("b", taker.next());
        }
    }

    private static void priorityQueue() throws Exception {
        String path = Curator.path();
        Taker taker = new Taker();
        try (DistributedPriorityQueue<String> in = QueueBuilder.<String>builder(Curator.client(), null, text, path).buildPriorityQueue(1);
            DistributedPriorityQueue<String> out = QueueBuilder.builder(Curator.client(), taker, text, path).buildPriorityQueue(1)) {
            in.start();
            in.put("last", 30);
            in.put("first", -5);
            in.put("middle", 10);
            Checks.that(in.flushPuts(30, SECONDS), "everything was put");
            out.start();
            for (String item : List.of("first", "middle", "last")) {
                Checks.equal(item, taker.next());
            }
        }
    }

    private static void delayQueue() throws Exception {
        String path = Curator.path();
        Taker taker = new Taker();
        try (DistributedDelayQueue<String> in = QueueBuilder.<String>builder(Curator.client(), null, text, path).buildDelayQueue();
            DistributedDelayQueue<String> out = QueueBuilder.builder(Curator.client(), taker, text, path).lockPath(Curator.path()).buildDelayQueue()) {
            in.start();
            out.start();
            long due = System.currentTimeMillis() + 1500;
            in.put("later", due);
            in.put("now", System.currentTimeMillis());
            Checks.equal("now", taker.next());
            Checks.equal("later", taker.next());
            Checks.that(System.currentTimeMillis() >= due, "it came when it was due");
        }
    }

    private static void simpleQueue() throws Exception {
        String path = Curator.path();
        SimpleDistributedQueue in = new SimpleDistributedQueue(Curator.client(), path);
        CuratorFramework reader = Curator.client();
        SimpleDistributedQueue out = new SimpleDistributedQueue(reader, path);
        Checks.equal(null, out.poll(200, MILLISECONDS));
        in.offer(Checks.bytes("a"));
        in.offer(Checks.bytes("b"));
        Curator.catchUp(reader);
        Checks.equal("a", Checks.text(out.peek()));
        Checks.equal("a", Checks.text(out.take()));
        Checks.equal("b", Checks.text(out.poll(30, SECONDS)));
        Checks.equal(null, out.poll());
    }

    private CuratorQueues() {}
}
