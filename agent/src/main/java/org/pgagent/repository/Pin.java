package org.pgagent.repository;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;

/**
 * That a backup is kept whatever the retention policy says.
 *
 * @param until the end of that; null if it has none
 * @param note why, in the words of whoever said so; null if he said nothing
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Pin(Instant until, String note) {}
