package org.pgagent.postgres;

import java.util.BitSet;

/**
 * Some pages of a stretch of a file, told by their numbers from the stretch's first page, which is 0. Never changes.
 *
 * <p>Written as hexadecimal digits, four pages each: page 0 is the highest bit of the first digit. Digits that would be zero
 * at the end are left out, so {@code 9} is pages 0 and 3, and {@code 01} is page 7.
 */
public final class PageSet {
    /** Pages of a stretch: those of 1 GiB with the smallest page size. */
    public static final int PAGES_MAX = 1 << 20;

    private static final int PAGES_PER_DIGIT = 4;

    private final BitSet pages;

    private PageSet(BitSet pages) {
        this.pages = pages;
    }

    public static PageSet of(BitSet pages) {
        if (pages.length() > PAGES_MAX) {
            throw new IllegalArgumentException("page " + (pages.length() - 1) + " of a stretch");
        }
        return new PageSet((BitSet) pages.clone());
    }

    /** Reads the form that {@link #toString} prints. */
    public static PageSet parse(String digits) {
        if (digits.length() > PAGES_MAX / PAGES_PER_DIGIT) {
            throw new IllegalArgumentException(digits.length() * PAGES_PER_DIGIT + " pages of a stretch");
        }
        BitSet pages = new BitSet(digits.length() * PAGES_PER_DIGIT);
        for (int i = 0; i < digits.length(); i++) {
            int digit = Character.digit(digits.charAt(i), 16);
            if (digit < 0 || digits.charAt(i) >= 0x80) {
                throw new IllegalArgumentException("not a set of pages: '" + digits + "' (hexadecimal digits)");
            }
            for (int bit = 0; bit < PAGES_PER_DIGIT; bit++) {
                pages.set(i * PAGES_PER_DIGIT + bit, (digit & (8 >> bit)) != 0);
            }
        }
        return new PageSet(pages);
    }

    public int count() {
        return pages.cardinality();
    }

    /** The number of the last page of the set, plus one. */
    public int length() {
        return pages.length();
    }

    /** The first page of the set at or after one, or -1. */
    public int next(int page) {
        return pages.nextSetBit(page);
    }

    /** A copy that the caller may change. */
    public BitSet toBits() {
        return (BitSet) pages.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PageSet set && pages.equals(set.pages);
    }

    @Override
    public int hashCode() {
        return pages.hashCode();
    }

    @Override
    public String toString() {
        StringBuilder digits = new StringBuilder();
        for (int page = 0; page < pages.length(); page += PAGES_PER_DIGIT) {
            int digit = 0;
            for (int bit = 0; bit < PAGES_PER_DIGIT; bit++) {
                digit |= pages.get(page + bit) ? 8 >> bit : 0;
            }
            digits.append(Character.forDigit(digit, 16));
        }
        return digits.toString();
    }
}
