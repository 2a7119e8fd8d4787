package org.pgagent.backup;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.pgagent.postgres.DataPath;

/**
 * The names in one directory, which may be a million: each takes its bytes and five more, nine while they are sorted. Not
 * thread-safe.
 */
final class NameList implements Iterable<DataPath> {
    /** The longest name of a file (limits.h, NAME_MAX), so that one byte has its length. */
    private static final int NAME_MAX_BYTES = 255;

    /** Each name's length, then its bytes. */
    private byte[] bytes = new byte[1024];

    private int used;

    /** Where each name begins. */
    private int[] begins = new int[64];

    private int count;

    /** Adds the name of an entry. */
    void add(byte[] name) {
        if (name.length == 0 || name.length > NAME_MAX_BYTES) {
            throw new IllegalArgumentException("a name of " + name.length + " bytes");
        }
        if (bytes.length - used <= name.length) {
            bytes = Arrays.copyOf(bytes, Math.addExact(bytes.length, Math.max(bytes.length / 2, NAME_MAX_BYTES + 1)));
        }
        if (count == begins.length) {
            begins = Arrays.copyOf(begins, Math.addExact(count, count / 2));
        }
        begins[count++] = used;
        bytes[used] = (byte) name.length;
        System.arraycopy(name, 0, bytes, used + 1, name.length);
        used += 1 + name.length;
    }

    /** Puts the names into the order of {@link DataPath#compareTo}, by merging. */
    void sort() {
        int[] from = begins;
        int[] to = new int[count];
        for (int width = 1; width < count && width > 0; width *= 2) {
            for (int low = 0; low < count; low += 2 * width) {
                merge(from, to, low, width);
                if (low > count - 2 * width) {
                    break;
                }
            }
            int[] sorted = to;
            to = from;
            from = sorted;
        }
        begins = from;
    }

    private void merge(int[] from, int[] to, int low, int width) {
        int middle = (int) Math.min(count, (long) low + width);
        int high = (int) Math.min(count, (long) low + 2L * width);
        int left = low;
        int right = middle;
        for (int i = low; i < high; i++) {
            boolean takeLeft = left < middle && (right == high || compare(from[left], from[right]) <= 0);
            to[i] = from[takeLeft ? left++ : right++];
        }
    }

    private int compare(int one, int other) {
        return Arrays.compareUnsigned(bytes, one + 1, end(one), bytes, other + 1, end(other));
    }

    private int end(int begin) {
        return begin + 1 + (bytes[begin] & 0xff);
    }

    private DataPath name(int index) {
        return DataPath.ofBytes(Arrays.copyOfRange(bytes, begins[index] + 1, end(begins[index])));
    }

    @Override
    public Iterator<DataPath> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < count;
            }

            @Override
            public DataPath next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return name(next++);
            }
        };
    }
}
