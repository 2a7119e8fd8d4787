package org.pgagent;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the table of packages in docs/architecture.md: who may know whom. */
final class ArchitectureTest {
    private static final String TOP = "org.pgagent";

    /** From the top row to the bottom one. Above all of them: the program itself, in {@link #TOP}. */
    private static final List<List<String>> ROWS = List.of(
            List.of("command"),
            List.of("serve"),
            List.of("config"),
            List.of("backup", "wal", "restore", "catalog"),
            List.of("transfer"),
            List.of("repository"),
            List.of("chunk", "storage", "postgres"),
            List.of("error"));

    private static final JavaClasses PROGRAM = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(TOP);

    private record Row(String name, List<String> forbidden) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Stream<Row> packages() {
        List<Row> packages = new ArrayList<>();
        List<String> forbidden = new ArrayList<>(List.of(TOP));
        for (List<String> row : ROWS) {
            row.forEach(name -> forbidden.add(TOP + "." + name + ".."));
            for (String name : row) {
                List<String> others = new ArrayList<>(forbidden);
                others.remove(TOP + "." + name + "..");
                packages.add(new Row(name, others));
            }
        }
        return packages.stream();
    }

    @ParameterizedTest
    @MethodSource("packages")
    void a_package_knows_only_rows_below_it(Row row) {
        noClasses()
                .that()
                .resideInAPackage(TOP + "." + row.name() + "..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(row.forbidden().toArray(String[]::new))
                .allowEmptyShould(true)
                .check(PROGRAM);
    }

    @Test
    void every_package_has_a_row() {
        Set<String> rows = ROWS.stream().flatMap(List::stream).collect(Collectors.toSet());
        Set<String> found = PROGRAM.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> !name.equals(TOP))
                .map(name -> name.replaceFirst("^org\\.pgagent\\.([^.]+).*", "$1"))
                .collect(Collectors.toSet());

        assertThat(rows).containsAll(found);
    }

    @Test
    void packages_have_no_cycles() {
        slices().matching(TOP + ".(**)").should().beFreeOfCycles().check(PROGRAM);
    }

    @Test
    void only_the_s3_store_knows_the_aws_sdk() {
        noClasses()
                .that()
                .resideOutsideOfPackage(TOP + ".storage.s3..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("software.amazon.awssdk..")
                .check(PROGRAM);
    }

    @Test
    void only_the_session_knows_sql() {
        noClasses()
                .that()
                .resideOutsideOfPackage(TOP + ".postgres.session..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
                .check(PROGRAM);
    }
}
