package org.pgagent.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The constants of an enum as people write them: in lower case and with hyphens; capitals are understood, too. */
public final class Choice {
    private Choice() {}

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException with all of them if the text is none
     */
    public static <E extends Enum<E>> E parse(Class<E> choices, String text) {
        for (E constant : choices.getEnumConstants()) {
            if (name(constant).equalsIgnoreCase(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("'" + text + "' is none of " + names(choices, ", "));
    }

    static String names(Class<? extends Enum<?>> choices, String separator) {
        return Arrays.stream(choices.getEnumConstants()).map(Choice::name).collect(Collectors.joining(separator));
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
