package org.pgagent.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.pgagent.postgres.DataPath;
import org.pgagent.postgres.RelationFile;
import org.pgagent.transfer.ChangeRule;

class SummarizedChangesTest {
    private static final int SEGMENT_PAGES = 100;
    private static final ChangeRule CONTENT = new ChangeRule.ByContent();

    private final SummarizedChanges changes = new SummarizedChanges(SEGMENT_PAGES, 8192);

    private static RelationFile file(String path) {
        return RelationFile.parse(DataPath.of(path)).orElseThrow();
    }

    private static ChangeRule listed(int... pages) {
        BitSet set = new BitSet();
        for (int page : pages) {
            set.set(page);
        }
        return new ChangeRule.Listed(set, 8192);
    }

    @Test
    void of_a_relation_that_no_summary_names_nothing_has_changed() {
        assertThat(changes.rule(file("base/5/16384"))).isEqualTo(listed());
    }

    @Test
    void pages_of_all_summaries_come_together_file_by_file() {
        changes.pages(1663, 5, 16384, 0, new int[] {1, 7});
        changes.pages(1663, 5, 16384, 1, new int[] {3});
        changes.pages(1663, 5, 16384, 0, new int[] {2, 7});
        changes.pages(1663, 6, 16384, 0, new int[] {50});
        changes.pages(16390, 5, 16384, 0, new int[] {51});
        changes.pages(1664, 0, 1260, 0, new int[] {52});

        assertThat(changes.rule(file("base/5/16384"))).isEqualTo(listed(1, 2, 7));
        assertThat(changes.rule(file("base/5/16384.1"))).isEqualTo(listed(3));
        assertThat(changes.rule(file("base/5/16384.2"))).isEqualTo(listed());
        assertThat(changes.rule(file("pg_tblspc/16390/PG_17_202406281/5/16384")))
                .isEqualTo(listed(51));
        assertThat(changes.rule(file("global/1260"))).isEqualTo(listed(52));
    }

    @Test
    void every_page_behind_the_lowest_limit_has_changed() {
        changes.limit(1663, 5, 16384, 198);
        changes.limit(1663, 5, 16384, 250);
        changes.pages(1663, 5, 16384, 1, new int[] {3});

        assertThat(changes.rule(file("base/5/16384"))).isEqualTo(listed());
        assertThat(changes.rule(file("base/5/16384.1"))).isEqualTo(listed(3, 98, 99));
        assertThat(changes.rule(file("base/5/16384.2"))).isEqualTo(CONTENT);
        assertThat(changes.rule(file("base/5/16384.3"))).isEqualTo(CONTENT);
    }

    @Test
    void of_a_relation_or_database_that_was_made_anew_everything_is_compared() {
        changes.limit(1663, 5, 16384, 0);
        changes.database(6);

        assertThat(changes.rule(file("base/5/16384"))).isEqualTo(CONTENT);
        assertThat(changes.rule(file("base/5/16385"))).isEqualTo(listed());
        assertThat(changes.rule(file("base/6/16385"))).isEqualTo(CONTENT);
        assertThat(changes.rule(file("pg_tblspc/16390/PG_17_202406281/6/16384")))
                .isEqualTo(CONTENT);
    }

    @Test
    void what_it_gives_is_not_changed_by_what_it_learns() {
        changes.pages(1663, 5, 16384, 0, new int[] {1});
        ChangeRule rule = changes.rule(file("base/5/16384"));

        changes.pages(1663, 5, 16384, 0, new int[] {2});

        assertThat(rule).isEqualTo(listed(1));
    }

    @Test
    void a_terabyte_has_room_if_some_pages_of_each_file_have_changed_and_not_ten() {
        SummarizedChanges much = new SummarizedChanges(131_072, 8192);
        for (int file = 0; file < 1024; file++) {
            much.pages(1663, 5, 16384, file, new int[] {7, 131_071});
        }
        assertThat(much.takesMore()).isTrue();
        for (int file = 1024; file < 10_240; file++) {
            much.pages(1663, 5, 16384, file, new int[] {7, 131_071});
        }
        assertThat(much.takesMore()).isFalse();
    }

    @Test
    void a_hundred_thousand_relations_have_room_and_a_million_have_not() {
        for (int relation = 0; relation < 100_000; relation++) {
            changes.pages(1663, 5, 16384 + relation, 0, new int[] {1});
        }
        assertThat(changes.takesMore()).isTrue();
        for (int relation = 100_000; relation < 1_000_000 && changes.takesMore(); relation++) {
            changes.limit(1663, 5, 16384 + relation, 0);
        }
        assertThat(changes.takesMore()).isFalse();
    }
}
