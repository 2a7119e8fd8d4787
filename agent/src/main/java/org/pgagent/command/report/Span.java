package org.pgagent.command.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A stretch of time. */
record Span(Instant from, Instant to) {
    Span {
        if (to.isBefore(from)) {
            throw new IllegalArgumentException("a stretch of time that ends at " + to + " before its begin " + from);
        }
    }

    /** Whether it goes on at a moment. */
    boolean has(Instant moment) {
        return !moment.isBefore(from) && moment.isBefore(to);
    }

    /** The same without what overlaps or touches, in ascending order. */
    static List<Span> merged(List<Span> spans) {
        List<Span> merged = new ArrayList<>();
        for (Span span : spans.stream().sorted(Comparator.comparing(Span::from)).toList()) {
            int last = merged.size() - 1;
            if (last < 0 || merged.get(last).to().isBefore(span.from())) {
                merged.add(span);
            } else if (merged.get(last).to().isBefore(span.to())) {
                merged.set(last, new Span(merged.get(last).from(), span.to()));
            }
        }
        return merged;
    }
}
