import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.CachedAtomicLong;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicInteger;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.atomic.PromotedToLock;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedValue;
import org.apache.curator.framework.recipes.shared.VersionedValue;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.retry.RetryUntilElapsed;

/** Curator's elections, barriers and counters. */
final class CuratorCoordination {
    static void run() throws Exception {
        Curator.check("LeaderLatch has one leader, and a successor", CuratorCoordination::latch);
        Curator.check("LeaderLatch survives the leader's session", CuratorCoordination::latchExpires);
        Curator.check("LeaderSelector passes leadership round", CuratorCoordination::selector);
        Curator.check("DistributedBarrier holds until it is removed", CuratorCoordination::barrier);
        Curator.check("DistributedDoubleBarrier enters and leaves together", CuratorCoordination::doubleBarrier);
        Curator.check("SharedCount tells other clients", CuratorCoordination::sharedCount);
        Curator.check("SharedValue refuses an old version", CuratorCoordination::sharedValue);
        Curator.check("DistributedAtomicLong loses no increment", CuratorCoordination::atomicLong);
        Curator.check("DistributedAtomicInteger promotes to a lock", CuratorCoordination::atomicInteger);
        Curator.check("CachedAtomicLong gives each number once", CuratorCoordination::cachedLong);
    }

    private static void latch() throws Exception {
        String path = Curator.path();
        List<LeaderLatch> latches = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            LeaderLatch latch = new LeaderLatch(Curator.client(), path, "latch " + i);
            latch.start();
            latches.add(latch);
        }
        while (!latches.isEmpty()) {
            Checks.eventually("a leader", () -> latches.stream().anyMatch(LeaderLatch::hasLeadership));
            LeaderLatch leader = latches.stream().filter(LeaderLatch::hasLeadership).findFirst().get();
            Checks.equal(1L, latches.stream().filter(LeaderLatch::hasLeadership).count());
            Checks.eventually("all take part", () -> leader.getParticipants().size() == latches.size());
            for (LeaderLatch latch : latches) {
                Checks.eventually("all know the leader", () -> leader.getId().equals(latch.getLeader().getId()));
            }
            leader.close();
            latches.remove(leader);
        }
    }

    private static void latchExpires() throws Exception {
        String path = Curator.path();
        CuratorFramework first = Curator.client();
        LeaderLatch two = new LeaderLatch(Curator.client(), path, "two");
        try (LeaderLatch one = new LeaderLatch(first, path, "one")) {
            one.start();
            Checks.that(one.await(30, SECONDS), "the first one leads");
            two.start();
            Checks.eventually("both take part", () -> one.getParticipants().size() == 2);
            Curator.expire(first);
            Checks.that(two.await(30, SECONDS), "the second one leads");
            Checks.eventually("the first one does not", () -> !one.hasLeadership());
            two.close();
            Checks.that(one.await(30, SECONDS), "the first one leads with its new session");
        }
    }

    private static void selector() throws Exception {
        String path = Curator.path();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Set<Integer> leaders = ConcurrentHashMap.newKeySet();
        List<LeaderSelector> selectors = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            LeaderSelector selector = new LeaderSelector(Curator.client(), path, new LeaderSelectorListenerAdapter() {
                @Override
                public void takeLeadership(CuratorFramework client) throws Exception {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    leaders.add(number);
                    Thread.sleep(20);
                    inside.decrementAndGet();
                }
            });
            selector.autoRequeue();
            selector.start();
            selectors.add(selector);
        }
        Checks.eventually("each was leader", () -> leaders.size() == 3);
        Checks.equal(1, most.get());
        selectors.forEach(LeaderSelector::close);
    }

    private static void barrier() throws Exception {
        String path = Curator.path();
        DistributedBarrier barrier = new DistributedBarrier(Curator.client(), path);
        DistributedBarrier waiting = new DistributedBarrier(Curator.client(), path);
        barrier.setBarrier();
        Checks.that(!waiting.waitOnBarrier(300, MILLISECONDS), "the barrier is open");
        barrier.removeBarrier();
        Checks.that(waiting.waitOnBarrier(30, SECONDS), "the barrier is open once removed");
    }

    private static void doubleBarrier() throws Exception {
        String path = Curator.path();
        int members = 3;
        AtomicInteger inside = new AtomicInteger();
        Curator.together(members, (client, number) -> {
            DistributedDoubleBarrier barrier = new DistributedDoubleBarrier(client, path, members);
            Thread.sleep(50 * number);
            inside.incrementAndGet();
            Checks.that(barrier.enter(60, SECONDS), "all have entered");
            Checks.equal(members, inside.get());
            Checks.that(barrier.leave(60, SECONDS), "all have left");
        });
    }

    private static void sharedCount() throws Exception {
        String path = Curator.path();
        try (SharedCount one = new SharedCount(Curator.client(), path, 7); SharedCount two = new SharedCount(Curator.client(), path, 7)) {
            one.start();
            two.start();
            Checks.equal(7, two.getCount());
            one.setCount(8);
            Checks.eventually("the other client sees 8", () -> two.getCount() == 8);
            Checks.that(two.trySetCount(two.getVersionedValue(), 9), "a change on the newest version");
            Checks.eventually("the first client sees 9", () -> one.getCount() == 9);
        }
    }

    private static void sharedValue() throws Exception {
        String path = Curator.path();
        byte[] seed = Checks.bytes("a");
        try (SharedValue one = new SharedValue(Curator.client(), path, seed); SharedValue two = new SharedValue(Curator.client(), path, seed)) {
            one.start();
            two.start();
            VersionedValue<byte[]> old = one.getVersionedValue();
            two.setValue(Checks.bytes("b"));
            Checks.that(!one.trySetValue(old, Checks.bytes("c")), "the old version is refused");
            Checks.eventually("b is seen", () -> Checks.text(one.getValue()).equals("b"));
        }
    }

    private static void atomicLong() throws Exception {
        String path = Curator.path();
        Curator.together(2, (client, number) -> {
            DistributedAtomicLong counter = new DistributedAtomicLong(client, path, new RetryUntilElapsed(60_000, 1));
            for (int turn = 0; turn < 50; turn++) {
                Checks.that(counter.increment().succeeded(), "an increment");
            }
        });
        Checks.equal(100L, new DistributedAtomicLong(Curator.upToDate(), path, new RetryOneTime(1)).get().postValue());
    }

    private static void atomicInteger() throws Exception {
        String path = Curator.path();
        PromotedToLock lock = PromotedToLock.builder().lockPath(Curator.path()).timeout(30, SECONDS).build();
        CuratorFramework client = Curator.client();
        DistributedAtomicInteger counter = new DistributedAtomicInteger(client, path, new RetryOneTime(1), lock);
        Checks.that(counter.initialize(5), "the first value");
        Checks.that(!counter.initialize(6), "a second first value");
        Checks.equal(12, counter.add(7).postValue());
        AtomicValue<Integer> wrong = counter.compareAndSet(11, 0);
        Checks.that(!wrong.succeeded(), "a compare with what is not there");
        Checks.that(counter.compareAndSet(12, 3).succeeded(), "a compare with what is there");
        Checks.equal(3, new DistributedAtomicInteger(Curator.upToDate(), path, new RetryOneTime(1)).get().postValue());
    }

    private static void cachedLong() throws Exception {
        String path = Curator.path();
        Set<Long> numbers = ConcurrentHashMap.newKeySet();
        for (int i = 0; i < 2; i++) {
            DistributedAtomicLong counter = new DistributedAtomicLong(Curator.upToDate(), path, new RetryOneTime(1));
            CachedAtomicLong cached = new CachedAtomicLong(counter, 10);
            for (int turn = 0; turn < 25; turn++) {
                Checks.that(numbers.add(cached.next().postValue()), "a number that nobody had");
            }
        }
        Checks.equal(50, numbers.size());
    }

    private CuratorCoordination() {}
}
