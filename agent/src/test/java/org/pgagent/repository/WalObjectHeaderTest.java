package org.pgagent.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgagent.chunk.Codec;
import org.pgagent.chunk.ContentHash;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.SystemIdentifier;

class WalObjectHeaderTest {
    private static final ContentHash HASH = ContentHash.parse("99aa06d3014798d86001c324468d497f");
    private static final WalObjectHeader HEADER = header("000000010000000000000003");

    private static WalObjectHeader header(String file) {
        return new WalObjectHeader(file, Codec.LZ4, 16777216, HASH, SystemIdentifier.parse("18386812345678901235"));
    }

    @Test
    void is_a_skippable_frame_with_one_line_of_json() {
        byte[] bytes = HEADER.toBytes();
        assertThat(bytes).hasSize(512).startsWith(0x50, 0x2A, 0x4D, 0x18, 0xF8, 0x01, 0, 0);
        String line = new String(bytes, 8, 504, StandardCharsets.US_ASCII);
        assertThat(line)
                .startsWith("{\"format\":1,\"file\":\"000000010000000000000003\",\"codec\":\"lz4\",\"size\":16777216,"
                        + "\"xxh128\":\"99aa06d3014798d86001c324468d497f\","
                        + "\"system_identifier\":\"18386812345678901235\"} ")
                .endsWith(" \n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "000000010000000000000003",
                "000000010000000000000003.partial",
                "000000010000000000000003.00000028.backup",
                "whatever it is called",
                "quotes\"and\\backslashes\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""
            })
    void reads_what_it_wrote(String file) throws PgAgentException {
        assertThat(WalObjectHeader.parse(header(file).toBytes(), "x")).isEqualTo(header(file));
    }

    @Test
    void passes_over_fields_of_later_versions() throws PgAgentException {
        assertThat(WalObjectHeader.parse(edited("\"codec\"", "\"host\":\"a\",\"codec\""), "x"))
                .isEqualTo(HEADER);
    }

    @Test
    void refuses_a_later_format() {
        assertThatThrownBy(() -> WalObjectHeader.parse(edited("\"format\":1", "\"format\":2"), "main/wal/x"))
                .hasMessageContaining("main/wal/x has format 2")
                .extracting("kind")
                .isEqualTo(ErrorKind.INCOMPATIBLE);
    }

    @Test
    void refuses_what_is_no_header() {
        byte[] good = HEADER.toBytes();
        refused(new byte[0]);
        refused(new byte[512]);
        refused(Arrays.copyOf(good, 511));
        refused("{\"format\":1}".getBytes(StandardCharsets.US_ASCII));
        refused(edited("{\"format\"", "{'format'"));
        refused(edited("\"lz4\"", "\"lzma\""));
        refused(edited("\"size\":16777216", "\"size\":-1"));
        refused(edited("\"size\":16777216", "\"size\":null"));
        refused(edited("\"xxh128\":\"99", "\"xxh128\":\""));
        refused(edited("\"xxh128\"", "\"xxh129\""));
        refused(edited("\"system_identifier\"", "\"system\""));
        refused(edited("\"file\":\"0000", "\"file\":\"/000"));
        byte[] otherMagic = good.clone();
        otherMagic[0] = 0x51;
        refused(otherMagic);
        byte[] otherLength = good.clone();
        otherLength[4] = 0;
        refused(otherLength);
    }

    private static byte[] edited(String old, String replacement) {
        String text = new String(HEADER.toBytes(), StandardCharsets.ISO_8859_1);
        assertThat(text).contains(old);
        String filled = text.replace(old, replacement).strip() + " ".repeat(512);
        return filled.substring(0, 512).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static void refused(byte[] bytes) {
        assertThatThrownBy(() -> WalObjectHeader.parse(bytes, "x"))
                .isInstanceOf(PgAgentException.class)
                .extracting("kind")
                .isEqualTo(ErrorKind.CORRUPTED);
    }
}
