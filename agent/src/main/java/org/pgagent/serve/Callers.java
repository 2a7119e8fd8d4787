package org.pgagent.serve;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor.DiscardPolicy;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.pgagent.error.PgAgentException;
import org.pgagent.serve.Frames.MalformedFrameException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes callers from the socket, each on a thread of its own, and sees to the deadlines of the protocol. */
final class Callers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Callers.class);

    static final int CALLERS_MAX = 16;

    /** Neither command takes it for an answer of the archive. */
    private static final int DOUBT = 126;

    /**
     * How long things may take.
     *
     * @param exchange what the caller does: sending its request, and taking its answer
     * @param heartbeat how often it hears that its request is under way
     * @param end what is still under way at the end; a part of what {@link Agent} gives that
     */
    record Deadlines(Duration exchange, Duration heartbeat, Duration end) {
        static final Deadlines OF_PROTOCOL =
                new Deadlines(Duration.ofSeconds(10), Duration.ofSeconds(2), Duration.ofSeconds(10));
    }

    private final AgentSocket socket;
    private final RequestDesk desk;
    private final Semaphore places = new Semaphore(CALLERS_MAX);
    private final ExecutorService threads;
    private final Deadlines deadlines;

    /** What comes after the end is watched by nobody: the process ends. */
    private final ScheduledThreadPoolExecutor watch =
            new ScheduledThreadPoolExecutor(1, work -> new Thread(work, "watch"), new DiscardPolicy());

    private final Thread accepting = new Thread(this::accept, "accept");
    private final AtomicInteger served = new AtomicInteger();
    private volatile boolean leaving;
    private volatile long lastEnd = System.nanoTime();

    /** Takes over the socket. */
    Callers(AgentSocket socket, RequestDesk desk) {
        this(socket, desk, work -> new Thread(work, "caller"), Deadlines.OF_PROTOCOL);
    }

    Callers(AgentSocket socket, RequestDesk desk, ThreadFactory threads, Deadlines deadlines) {
        this.socket = socket;
        this.desk = desk;
        this.threads = Executors.newCachedThreadPool(threads);
        this.deadlines = deadlines;
        watch.setRemoveOnCancelPolicy(true);
    }

    /** Begins to take callers. */
    void start() {
        accepting.setDaemon(true);
        accepting.start();
    }

    /** Whether callers are still taken; an agent that takes none must end, so that another one can. */
    boolean takesCallers() {
        return accepting.isAlive() && socket.stillThere();
    }

    /** How long nobody has been served; nothing while somebody is. */
    Duration idle() {
        return served.get() > 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - lastEnd);
    }

    private void accept() {
        while (true) {
            places.acquireUninterruptibly();
            try {
                SocketChannel caller = socket.accept();
                hand(caller);
                continue;
            } catch (ClosedChannelException e) {
                return;
            } catch (PgAgentException e) {
                LOG.warn("a caller was turned away: {}", e.getMessage());
            } catch (IOException | RuntimeException | OutOfMemoryError e) {
                LOG.warn("a caller could not be taken: {}", e.toString());
                pause();
            }
            places.release();
        }
    }

    private void hand(SocketChannel caller) throws IOException {
        served.incrementAndGet();
        try {
            threads.execute(() -> serve(caller));
        } catch (RejectedExecutionException e) {
            served.decrementAndGet();
            places.release();
            caller.close(); // it came in the moment of our end, and asks the next agent
        } catch (OutOfMemoryError e) { // no thread could be made
            served.decrementAndGet();
            caller.close();
            throw e;
        }
    }

    /** Out of file descriptors, say: trying again at once would only burn time. */
    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel channel) {
        try (Caller caller = new Caller(channel)) {
            converse(caller);
        } catch (EOFException e) {
            LOG.debug("a caller went without a request");
        } catch (IOException e) {
            // Whoever asked is gone; what was asked for was done all the same, or will be asked for again.
            LOG.debug("a caller went before its answer: {}", e.toString());
        } finally {
            lastEnd = System.nanoTime();
            served.decrementAndGet();
            places.release();
        }
    }

    private void converse(Caller caller) throws IOException {
        AgentAnswer answer = answer(caller);
        ScheduledFuture<?> deadline = deadline(caller);
        try {
            caller.answer(answer);
        } finally {
            deadline.cancel(false);
        }
    }

    private AgentAnswer answer(Caller caller) throws IOException {
        AgentRequest request;
        try {
            request = read(caller);
        } catch (MalformedFrameException e) {
            LOG.warn("a request is not as the protocol says: {}", e.getMessage());
            return refusal(e);
        }
        if (leaving) {
            return new AgentAnswer.Leaving();
        }
        caller.begin();
        long every = deadlines.heartbeat().toMillis();
        ScheduledFuture<?> beats = watch.scheduleWithFixedDelay(caller::working, every, every, TimeUnit.MILLISECONDS);
        try {
            return desk.answer(request);
        } finally {
            beats.cancel(false);
        }
    }

    private AgentRequest read(Caller caller) throws IOException {
        ScheduledFuture<?> deadline = deadline(caller);
        try {
            return caller.read();
        } finally {
            deadline.cancel(false);
        }
    }

    private ScheduledFuture<?> deadline(Caller caller) {
        return watch.schedule(caller::close, deadlines.exchange().toMillis(), TimeUnit.MILLISECONDS);
    }

    private static AgentAnswer refusal(MalformedFrameException refused) {
        return new AgentAnswer.Done(
                DOUBT,
                "pgagent: error: the agent does not understand the request: " + refused.getMessage()
                        + "\nhint: The program and the agent are of two versions; end the agent, and the program starts its"
                        + " own.\n");
    }

    /**
     * Tells whoever still comes to ask another agent, and returns when everybody who was being served has an answer,
     * or when the deadline for that is over.
     */
    @Override
    public void close() throws IOException {
        leaving = true;
        socket.close();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(deadlines.end().toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("requests were under way for too long, they are asked for again: {}", served.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watch.shutdownNow();
    }
}
