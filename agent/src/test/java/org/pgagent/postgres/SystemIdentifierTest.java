package org.pgagent.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SystemIdentifierTest {
    @Property
    void every_number_of_64_bits_survives_printing(@ForAll long value) {
        SystemIdentifier identifier = new SystemIdentifier(value);

        assertThat(identifier.toString()).doesNotStartWith("-");
        assertThat(SystemIdentifier.parse(identifier.toString())).isEqualTo(identifier);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", "1 ", "0x10", "18446744073709551616", "main"})
    void refuses_what_is_no_number(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SystemIdentifier.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining("7386812345678901234");
    }
}
