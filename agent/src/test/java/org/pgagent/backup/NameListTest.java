package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgagent.postgres.DataPath;

final class NameListTest {
    private static byte[] name(Random random) {
        byte[] name = new byte[random.nextInt(4) == 0 ? 1 + random.nextInt(255) : 1 + random.nextInt(4)];
        for (int i = 0; i < name.length; i++) {
            int letter = random.nextInt(255) + 1;
            name[i] = (byte) (letter == '/' || letter == '.' ? 'x' : letter);
        }
        return name;
    }

    @Test
    void names_come_in_the_order_of_paths() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            NameList names = new NameList();
            List<DataPath> expected = new ArrayList<>();
            int count = random.nextInt(seed < 200 ? 20 : 3000);
            for (int i = 0; i < count; i++) {
                byte[] name = name(random);
                names.add(name);
                expected.add(DataPath.ofBytes(name));
            }
            Collections.sort(expected);

            names.sort();

            assertThat(names).as("seed " + seed).containsExactlyElementsOf(expected);
        }
    }

    @Test
    void a_million_names_are_sorted_in_little_memory() {
        NameList names = new NameList();
        for (int i = 0; i < 1_000_000; i++) {
            names.add(Integer.toString((int) (i * 7919L % 1_000_000)).getBytes(StandardCharsets.US_ASCII));
        }
        names.sort();
        String before = "";
        int inOrder = 0;
        for (DataPath name : names) {
            inOrder += name.name().compareTo(before) > 0 ? 1 : 0;
            before = name.name();
        }
        assertThat(inOrder).isEqualTo(1_000_000);
    }

    @Test
    void what_is_no_name_of_a_file_is_refused() {
        NameList names = new NameList();
        assertThatIllegalArgumentException().isThrownBy(() -> names.add(new byte[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> names.add(new byte[256]));
    }
}
