package org.pgagent.serve;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.FileSystemReason;
import org.pgagent.error.PgAgentException;

/** Answers Prometheus on a port of the loopback address, with threads of its own. */
public final class MetricsEndpoint implements AutoCloseable {
    private final HTTPServer server;

    private MetricsEndpoint(HTTPServer server) {
        this.server = server;
    }

    /** What a number does. */
    public enum Kind {
        /** Only ever grows; its name gets {@code _total} at the end. */
        COUNTER,
        GAUGE
    }

    /**
     * A number with its name.
     *
     * @param value is asked for at each look; not a number where there is none
     */
    public record Metric(Kind kind, String name, String help, DoubleSupplier value) {}

    /**
     * Begins to answer.
     *
     * @throws PgAgentException of kind LOCAL_IO if the port cannot be had
     */
    static MetricsEndpoint open(int port, List<Metric> metrics) throws PgAgentException {
        PrometheusRegistry registry = new PrometheusRegistry();
        metrics.forEach(metric -> register(metric, registry));
        try {
            return new MetricsEndpoint(HTTPServer.builder()
                    .inetAddress(InetAddress.getLoopbackAddress())
                    .port(port)
                    .registry(registry)
                    .buildAndStart());
        } catch (IOException e) {
            throw new PgAgentException(
                    ErrorKind.LOCAL_IO,
                    "port " + port + " cannot be had for metrics: " + FileSystemReason.of(e),
                    "Give another one with --metrics-port; each agent needs its own.",
                    e);
        }
    }

    private static void register(Metric metric, PrometheusRegistry registry) {
        switch (metric.kind()) {
            case COUNTER ->
                CounterWithCallback.builder()
                        .name(metric.name())
                        .help(metric.help())
                        .callback(callback -> callback.call(metric.value().getAsDouble()))
                        .register(registry);
            case GAUGE ->
                GaugeWithCallback.builder()
                        .name(metric.name())
                        .help(metric.help())
                        .callback(callback -> callback.call(metric.value().getAsDouble()))
                        .register(registry);
        }
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.close();
    }
}
