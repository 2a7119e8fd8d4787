package org.pgagent.repository;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** What whoever takes a backup writes into its record: a value for each of a few keys, in the order of the keys. */
public record Annotations(Map<String, String> byKey) {
    public static final Annotations NONE = new Annotations(Map.of());

    private static final int COUNT_MAX = 32;
    private static final int VALUE_LENGTH_MAX = 500;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/-]{0,62}");

    public Annotations {
        if (byKey.size() > COUNT_MAX) {
            throw new IllegalArgumentException("more than " + COUNT_MAX + " annotations");
        }
        byKey.forEach((key, value) -> {
            if (!KEY.matcher(key).matches()) {
                throw new IllegalArgumentException("not an annotation's key: '" + key
                        + "' (good ones: release, ticket/4711; up to 63 letters, digits and . _ / -)");
            }
            if (value.length() > VALUE_LENGTH_MAX || value.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("the annotation " + key + " is longer than " + VALUE_LENGTH_MAX
                        + " characters, or has control characters");
            }
        });
        byKey = new TreeMap<>(byKey);
    }

    /**
     * Reads annotations of the form {@code key=value}.
     *
     * @throws IllegalArgumentException if one has another form, or a key comes twice
     */
    public static Annotations parse(List<String> texts) {
        Map<String, String> byKey = new TreeMap<>();
        for (String text : texts) {
            int equals = text.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("not an annotation: '" + text + "' (a good one: release=2026.4)");
            }
            String key = text.substring(0, equals);
            if (byKey.put(key, text.substring(equals + 1)) != null) {
                throw new IllegalArgumentException("there are two annotations " + key);
            }
        }
        return new Annotations(byKey);
    }
}
