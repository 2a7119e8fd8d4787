package org.pgagent.config;

import java.util.Arrays;
import java.util.List;
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

    /**
     * Reads one of which only the beginning may be written, as long as no other begins so.
     *
     * @throws IllegalArgumentException with all of them if the text is the beginning of none, or of more than one
     */
    public static <E extends Enum<E>> E parseBeginning(Class<E> choices, String text) {
        List<E> found = Arrays.stream(choices.getEnumConstants())
                .filter(constant -> !text.isEmpty() && name(constant).startsWith(text.toLowerCase(Locale.ROOT)))
                .toList();
        return found.size() == 1 ? found.get(0) : parse(choices, text);
    }

    static String names(Class<? extends Enum<?>> choices, String separator) {
        return Arrays.stream(choices.getEnumConstants()).map(Choice::name).collect(Collectors.joining(separator));
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
