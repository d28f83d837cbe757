import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Runs named checks, each with a time limit, and prints a line for each: pass or fail, its name, why (tabs between). */
final class Checks {
    interface Body {
        void run() throws Exception;
    }

    /** Generous: beside other work on two cores a client that is merely starved must not look like one that hangs. */
    static final int SECONDS = 90;

    static void check(String name, Body body) throws InterruptedException {
        Throwable[] thrown = new Throwable[1];
        Thread thread = new Thread(() -> {
            try {
                body.run();
            } catch (Throwable error) {
                thrown[0] = error;
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
        thread.join(TimeUnit.SECONDS.toMillis(SECONDS));
        String why = "";
        if (thread.isAlive()) {
            why = "no end after " + SECONDS + " s, in " + place(thread.getStackTrace());
        } else if (thrown[0] != null) {
            StringWriter trace = new StringWriter();
            thrown[0].printStackTrace(new PrintWriter(trace));
            System.err.println(name + ": " + trace);
            why = thrown[0] + ", in " + place(thrown[0].getStackTrace());
        }
        System.out.println((why.isEmpty() ? "pass" : "fail") + "\t" + name + "\t" + why.replaceAll("\\s+", " "));
        System.out.flush();
    }

    /** The line of these checks in which it happened, or the innermost one of all. */
    private static String place(StackTraceElement[] trace) {
        return Arrays.stream(trace)
            .filter(frame -> !frame.getClassName().contains(".") && !frame.getClassName().startsWith("Checks"))
            .findFirst()
            .or(() -> Arrays.stream(trace).findFirst())
            .map(Object::toString)
            .orElse("?");
    }

    static void equal(Object expected, Object actual) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError("expected " + expected + ", got " + actual);
        }
    }

    static void that(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("not so: " + what);
        }
    }

    /** Waits until the condition holds. */
    static void eventually(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS / 2);
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never: " + what);
            }
            Thread.sleep(20);
        }
    }

    /** The next of what happens in other threads. */
    static <T> void next(T expected, BlockingQueue<T> happened) throws InterruptedException {
        equal(expected, happened.poll(SECONDS / 2, TimeUnit.SECONDS));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** The exception that the body throws, which must be of this kind. */
    static <E extends Exception> E refused(Class<E> kind, Body body) throws Exception {
        try {
            body.run();
        } catch (Exception error) {
            if (kind.isInstance(error)) {
                return kind.cast(error);
            }
            throw error;
        }
        throw new AssertionError("not refused with " + kind.getSimpleName());
    }

    private Checks() {}
}
