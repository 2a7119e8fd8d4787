package org.pgagent.repository;

import java.time.Instant;

/**
 * That a restore on trial came to nothing.
 *
 * @param at when it began
 * @param host where
 * @param step what it failed at: restore, recovery or checks
 * @param error why
 */
public record FailedDrill(Instant at, String host, String pgagentVersion, String step, String error) {}
