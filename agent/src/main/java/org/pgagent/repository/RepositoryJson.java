package org.pgagent.repository;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdScalarSerializer;
import java.io.IOException;
import java.time.Instant;
import java.util.Locale;
import java.util.function.Function;
import org.pgagent.error.ErrorKind;
import org.pgagent.error.PgAgentException;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;

/**
 * The repository's JSON: field names in snake_case, PostgreSQL's values as PostgreSQL prints them, times in ISO 8601, enums
 * by their printed name. Unknown fields are passed over, so that a newer minor format can be read.
 */
public final class RepositoryJson {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .addModule(values())
            .build();

    private RepositoryJson() {}

    private static SimpleModule values() {
        SimpleModule module = new SimpleModule();
        asText(module, Lsn.class, Lsn::parse);
        asText(module, SystemIdentifier.class, SystemIdentifier::parse);
        asText(module, BackupId.class, BackupId::new);
        asText(module, PackId.class, PackId::parse);
        asText(module, Instant.class, Instant::parse);
        asText(module, BackupKind.class, text -> BackupKind.valueOf(text.toUpperCase(Locale.ROOT)));
        asText(module, ChangedBy.class, text -> ChangedBy.valueOf(text.toUpperCase(Locale.ROOT)));
        asText(module, Validation.Depth.class, text -> Validation.Depth.valueOf(text.toUpperCase(Locale.ROOT)));
        module.addSerializer(new StdScalarSerializer<>(Timeline.class) {
            private static final long serialVersionUID = 1L;

            @Override
            public void serialize(Timeline value, JsonGenerator out, SerializerProvider provider) throws IOException {
                out.writeNumber(value.id());
            }
        });
        module.addDeserializer(Timeline.class, new StdScalarDeserializer<>(Timeline.class) {
            private static final long serialVersionUID = 1L;

            @Override
            public Timeline deserialize(JsonParser in, DeserializationContext context) throws IOException {
                return new Timeline(in.getLongValue());
            }
        });
        return module;
    }

    private static <T> void asText(SimpleModule module, Class<T> type, Function<String, T> parse) {
        module.addSerializer(new StdScalarSerializer<>(type) {
            private static final long serialVersionUID = 1L;

            @Override
            public void serialize(T value, JsonGenerator out, SerializerProvider provider) throws IOException {
                out.writeString(value.toString());
            }
        });
        module.addDeserializer(type, new StdScalarDeserializer<>(type) {
            private static final long serialVersionUID = 1L;

            @Override
            public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
                String text = in.getText();
                try {
                    return parse.apply(text);
                } catch (RuntimeException e) {
                    throw context.weirdStringException(text, handledType(), e.getMessage());
                }
            }
        });
    }

    /** The mapper, for streaming and for commands that print the same JSON. Not to be configured further. */
    public static ObjectMapper mapper() {
        return MAPPER;
    }

    /** Prints a value as indented JSON in UTF-8, ending in a newline. */
    static byte[] print(Object value) {
        try {
            String text = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n";
            return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("cannot print " + value.getClass(), e);
        }
    }

    /**
     * Reads a value.
     *
     * @param where the object's name, for the message
     * @throws PgAgentException of kind CORRUPTED if the bytes are not such a value
     */
    static <T> T read(byte[] bytes, Class<T> type, Object where) throws PgAgentException {
        try {
            T value = MAPPER.readValue(bytes, type);
            if (value == null) {
                throw new IOException("the document is null");
            }
            return value;
        } catch (IOException e) {
            throw unreadable(where, e);
        }
    }

    static PgAgentException unreadable(Object where, Exception cause) {
        return new PgAgentException(
                ErrorKind.CORRUPTED,
                where + " cannot be read: " + firstLine(cause),
                "Look at the object in the store; docs/repository-format.md says what it should have.",
                cause);
    }

    private static String firstLine(Exception cause) {
        return cause instanceof JsonProcessingException json ? json.getOriginalMessage() : cause.getMessage();
    }
}
