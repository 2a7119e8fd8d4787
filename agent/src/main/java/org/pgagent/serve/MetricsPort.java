package org.pgagent.serve;

import java.util.List;
import java.util.Optional;
import org.pgagent.error.PgAgentException;
import org.pgagent.serve.MetricsEndpoint.Metric;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The port where Prometheus finds an agent's numbers, if there is to be one. One that cannot be had is no reason not to archive:
 * it is asked for again now and then. For one thread.
 */
public final class MetricsPort implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsPort.class);
    private static final int TRY_EVERY_TICKS = 40;

    private final Optional<Integer> port;
    private final List<Metric> metrics;
    private MetricsEndpoint endpoint;
    private int ticksToTry;
    private boolean refused;

    public MetricsPort(Optional<Integer> port, List<Metric> metrics) {
        this.port = port;
        this.metrics = List.copyOf(metrics);
    }

    /** To be called now and then; takes the port if it can be had by now. */
    public void tick() {
        if (port.isEmpty() || endpoint != null || ticksToTry-- > 0) {
            return;
        }
        ticksToTry = TRY_EVERY_TICKS - 1;
        try {
            endpoint = MetricsEndpoint.open(port.get(), metrics);
            if (refused) {
                LOG.info("metrics are served now port={}", port.get());
            }
        } catch (PgAgentException e) {
            if (!refused) {
                LOG.warn("no metrics as long as that lasts: {} {}", e.getMessage(), e.hint());
            }
            refused = true;
        }
    }

    @Override
    public void close() {
        if (endpoint != null) {
            endpoint.close();
        }
    }
}
