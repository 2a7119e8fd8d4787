package org.pgagent.restore;

import java.util.Optional;
import org.pgagent.repository.BackupId;

/**
 * What a restore is asked to do.
 *
 * @param backup the backup to take; empty: the newest that fits the recovery target
 */
public record RestoreRequest(Optional<BackupId> backup, RestoreDestination destination, RecoveryRequest recovery) {}
