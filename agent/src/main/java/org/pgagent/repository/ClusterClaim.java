package org.pgagent.repository;

import java.io.IOException;
import java.time.Clock;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.pgagent.postgres.ControlFile;
import org.pgagent.repository.ClusterDescription.ConditionalWrites;
import org.pgagent.storage.ConditionProbe;
import org.pgagent.storage.ConditionSupport;
import org.pgagent.storage.HeadComparePutObjectStore;
import org.pgagent.storage.ObjectStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a name in the repository a cluster's own before anything is written under it, and finds out once whether the store
 * honours conditional writes.
 */
public final class ClusterClaim {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterClaim.class);

    private final ObjectStore store;
    private final ClusterKeys keys;
    private final Clock clock;
    private final RandomGenerator random;

    public ClusterClaim(ObjectStore store, ClusterKeys keys, Clock clock, RandomGenerator random) {
        this.store = store;
        this.keys = keys;
        this.clock = clock;
        this.random = random;
    }

    /**
     * A name that keeps this cluster.
     *
     * @param store the one to write to: what it was, or, if that ignores conditions, one that asks before each write.
     *     Closing the one closes the other
     */
    public record Claimed(ObjectStore store, ClusterDescription description) {}

    /**
     * Writes {@code cluster.json} if the name is free, and compares if it is not. One request as a rule, about ten for the
     * first writer of all.
     *
     * @param own the control file of the cluster that will be written
     * @throws org.pgagent.error.PgAgentException of kind FOREIGN_CLUSTER if the name keeps another cluster
     */
    public Claimed claim(ControlFile own) throws IOException {
        Optional<ClusterDescription> found = find(own);
        ConditionalWrites conditions = conditions(found);
        ObjectStore careful = careful(conditions);
        ClusterDescription description = found.isPresent()
                ? found.get()
                : new ClusterDescriptions(careful, keys).claim(described(own, conditions));
        return new Claimed(careful, description);
    }

    /**
     * The store to write to under a name that keeps a cluster, whichever that is; empty if the name is free. One request as
     * a rule.
     */
    public Optional<Claimed> claimed() throws IOException {
        Optional<ClusterDescription> found = new ClusterDescriptions(store, keys).find();
        return found.isEmpty() ? Optional.empty() : Optional.of(new Claimed(careful(conditions(found)), found.get()));
    }

    private ConditionalWrites conditions(Optional<ClusterDescription> found) throws IOException {
        Optional<ConditionalWrites> known = found.map(ClusterDescription::conditionalWrites)
                .filter(conditions -> conditions.store().equals(store.identity()));
        return known.isPresent() ? known.get() : probe();
    }

    private ObjectStore careful(ConditionalWrites conditions) {
        return conditions.honoured() ? store : new HeadComparePutObjectStore(store);
    }

    /**
     * Looks, and writes nothing: the description, or empty if the name is free.
     *
     * @throws org.pgagent.error.PgAgentException of kind FOREIGN_CLUSTER if the name keeps another cluster
     */
    public Optional<ClusterDescription> find(ControlFile own) throws IOException {
        ClusterDescriptions descriptions = new ClusterDescriptions(store, keys);
        Optional<ClusterDescription> found = descriptions.find();
        if (found.isPresent()) {
            descriptions.requireSame(found.get(), described(own, null));
        }
        return found;
    }

    private ClusterDescription described(ControlFile own, ConditionalWrites conditions) {
        return new ClusterDescription(
                ClusterDescription.FORMAT,
                own.systemIdentifier(),
                own.majorVersion(),
                own.layout().walSegmentSize().bytes(),
                clock.instant(),
                conditions);
    }

    private ConditionalWrites probe() throws IOException {
        ConditionSupport support = new ConditionProbe(store, keys.cluster() + "/", random).run();
        if (support == ConditionSupport.IGNORED) {
            LOG.warn(
                    "store ignores conditional writes: two hosts that write the same object in the same moment may"
                            + " overwrite each other unseen; let only one host write store={}",
                    store.describe());
        }
        return new ConditionalWrites(store.identity(), support == ConditionSupport.HONOURED);
    }
}
