package org.pgagent.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds what somebody may have meant who wrote a name that does not exist. */
public final class NearestName {
    private NearestName() {}

    /** The known name that is nearest, if it differs in at most half of its letters. */
    public static Optional<String> to(String written, Collection<String> known) {
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        return known.stream()
                .min(Comparator.<String>comparingInt(name -> distance.apply(written, name))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(name -> distance.apply(written, name) <= name.length() / 2);
    }
}
