import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.locks.Locker;
import org.apache.curator.framework.recipes.locks.Revoker;
import org.apache.curator.framework.recipes.shared.SharedCount;

/** Curator's locks and semaphores. */
final class CuratorLocks {
    static void run() throws Exception {
        Curator.check("InterProcessMutex excludes other clients", () -> excludes(InterProcessMutex::new));
        Curator.check("InterProcessMutex is reentrant", CuratorLocks::reentrant);
        Curator.check("InterProcessMutex outlives its owner's session", CuratorLocks::ownerExpires);
        Curator.check("InterProcessMutex can be revoked", CuratorLocks::revoked);
        Curator.check("InterProcessSemaphoreMutex excludes other clients", () -> excludes(InterProcessSemaphoreMutex::new));
        Curator.check("InterProcessReadWriteLock shares reads, excludes writes", CuratorLocks::readWrite);
        Curator.check("InterProcessMultiLock takes all or none", CuratorLocks::multi);
        Curator.check("InterProcessSemaphoreV2 counts leases", CuratorLocks::semaphore);
        Curator.check("InterProcessSemaphoreV2 follows a SharedCount", CuratorLocks::sharedSemaphore);
        Curator.check("Locker releases what it took", CuratorLocks::locker);
    }

    interface MakeLock {
        InterProcessLock make(CuratorFramework client, String path);
    }

    private static void excludes(MakeLock lock) throws Exception {
        String path = Curator.path();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger turns = new AtomicInteger();
        Curator.together(4, (client, number) -> {
            for (int turn = 0; turn < 5; turn++) {
                InterProcessLock mine = lock.make(client, path);
                mine.acquire();
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                Thread.sleep(5);
                inside.decrementAndGet();
                turns.incrementAndGet();
                mine.release();
            }
        });
        Checks.equal(20, turns.get());
        Checks.equal(1, most.get());
    }

    private static void reentrant() throws Exception {
        String path = Curator.path();
        CuratorFramework other = Curator.client();
        InterProcessMutex lock = new InterProcessMutex(Curator.client(), path);
        lock.acquire();
        lock.acquire();
        lock.release();
        InterProcessMutex theirs = new InterProcessMutex(other, path);
        Checks.that(!theirs.acquire(300, MILLISECONDS), "the lock is free after one of two releases");
        lock.release();
        Checks.that(theirs.acquire(30, SECONDS), "the lock is free after both releases");
        theirs.release();
    }

    private static void ownerExpires() throws Exception {
        String path = Curator.path();
        CuratorFramework owner = Curator.client();
        new InterProcessMutex(owner, path).acquire();
        InterProcessMutex waiting = new InterProcessMutex(Curator.client(), path);
        Checks.that(!waiting.acquire(300, MILLISECONDS), "the lock is taken");
        Curator.expire(owner);
        Checks.that(waiting.acquire(30, SECONDS), "the lock is free when its owner's session is gone");
        waiting.release();
    }

    private static void revoked() throws Exception {
        String path = Curator.path();
        InterProcessMutex lock = new InterProcessMutex(Curator.client(), path);
        CountDownLatch asked = new CountDownLatch(1);
        lock.makeRevocable(revoked -> asked.countDown());
        lock.acquire();
        String node = lock.getParticipantNodes().iterator().next();
        Revoker.attemptRevoke(Curator.client(), node);
        Checks.that(asked.await(30, SECONDS), "the owner is asked to give up the lock");
        lock.release();
    }

    private static void readWrite() throws Exception {
        String path = Curator.path();
        InterProcessReadWriteLock one = new InterProcessReadWriteLock(Curator.client(), path);
        InterProcessReadWriteLock two = new InterProcessReadWriteLock(Curator.client(), path);
        one.readLock().acquire();
        Checks.that(two.readLock().acquire(30, SECONDS), "two readers");
        Checks.that(!two.writeLock().acquire(300, MILLISECONDS), "no writer beside a reader");
        two.readLock().release();
        one.readLock().release();
        Checks.that(two.writeLock().acquire(30, SECONDS), "a writer alone");
        Checks.that(!one.readLock().acquire(300, MILLISECONDS), "no reader beside a writer");
        two.writeLock().release();
    }

    private static void multi() throws Exception {
        String first = Curator.path();
        String second = Curator.path();
        CuratorFramework client = Curator.client();
        InterProcessMutex held = new InterProcessMutex(Curator.client(), second);
        InterProcessMultiLock both = new InterProcessMultiLock(client, List.of(first, second));
        held.acquire();
        Checks.that(!both.acquire(300, MILLISECONDS), "both are free");
        InterProcessMutex probe = new InterProcessMutex(Curator.client(), first);
        Checks.that(probe.acquire(30, SECONDS), "the first was given back");
        probe.release();
        held.release();
        Checks.that(both.acquire(30, SECONDS), "both can be taken");
        both.release();
    }

    private static void semaphore() throws Exception {
        String path = Curator.path();
        InterProcessSemaphoreV2 one = new InterProcessSemaphoreV2(Curator.client(), path, 3);
        InterProcessSemaphoreV2 two = new InterProcessSemaphoreV2(Curator.client(), path, 3);
        List<Lease> leases = new ArrayList<>(one.acquire(2));
        leases.add(two.acquire());
        Checks.equal(null, two.acquire(300, MILLISECONDS));
        one.returnLease(leases.remove(0));
        Lease last = two.acquire(30, SECONDS);
        Checks.that(last != null, "a returned lease can be taken by another client");
        Checks.equal(3, two.getParticipantNodes().size());
    }

    private static void sharedSemaphore() throws Exception {
        String path = Curator.path();
        String count = Curator.path();
        CuratorFramework client = Curator.client();
        try (SharedCount limit = new SharedCount(client, count, 1); SharedCount same = new SharedCount(Curator.client(), count, 1)) {
            limit.start();
            same.start();
            InterProcessSemaphoreV2 semaphore = new InterProcessSemaphoreV2(client, path, limit);
            semaphore.acquire();
            Checks.equal(null, semaphore.acquire(300, MILLISECONDS));
            same.setCount(2);
            Checks.that(semaphore.acquire(30, SECONDS) != null, "a second lease once the count is 2");
        }
    }

    private static void locker() throws Exception {
        String path = Curator.path();
        InterProcessMutex lock = new InterProcessMutex(Curator.client(), path);
        InterProcessMutex theirs = new InterProcessMutex(Curator.client(), path);
        try (Locker ignored = new Locker(lock, 30, SECONDS)) {
            Checks.that(!theirs.acquire(300, MILLISECONDS), "the lock is taken inside");
        }
        Checks.that(theirs.acquire(30, SECONDS), "the lock is free afterwards");
        theirs.release();
    }

    private CuratorLocks() {}
}
