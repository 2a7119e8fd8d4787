package org.pgagent;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonModule;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.pgagent.command.Verb;
import org.pgagent.postgres.Lsn;
import org.pgagent.postgres.SystemIdentifier;
import org.pgagent.postgres.Timeline;
import org.pgagent.repository.BackupId;
import org.pgagent.repository.PackId;
import org.pgagent.repository.RepositoryJson;

/** The schemas of what {@code --json} prints, made from the types that are printed. */
final class JsonDocuments {
    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    private static final Map<Class<?>, ObjectNode> STRICT = new ConcurrentHashMap<>();

    /** Whether a document may have fields that its schema does not know. */
    private enum Fields {
        /** As for readers: a later pgagent may add some. */
        MAY_BE_ADDED,
        /** As for this program: it prints no others. */
        ALL_ARE_KNOWN
    }

    private JsonDocuments() {}

    /** The type of each document, by the words that ask for it. */
    static SortedMap<String, Class<?>> all() {
        SortedMap<String, Class<?>> documents = new TreeMap<>();
        for (Verb verb : CapturedProgram.silentWiring().verbs()) {
            documents.putAll(verb.documents());
        }
        return documents;
    }

    /** The schema to be published. */
    static ObjectNode schema(String words) {
        return schema(all().get(words), Fields.MAY_BE_ADDED, words);
    }

    /** Fails the test if a verb has printed what its schemas do not describe. */
    static void requireDescribed(String verb, String printed) {
        JsonNode document;
        try {
            document = RepositoryJson.mapper().readTree(printed);
        } catch (IOException e) {
            throw new AssertionError("'" + verb + "' has printed what is no JSON: " + printed, e);
        }
        List<Set<ValidationMessage>> complaints = new ArrayList<>();
        for (Map.Entry<String, Class<?>> candidate : all().entrySet()) {
            if ((candidate.getKey() + " ").startsWith(verb + " ")) {
                ObjectNode schema = STRICT.computeIfAbsent(
                        candidate.getValue(), type -> schema(type, Fields.ALL_ARE_KNOWN, candidate.getKey()));
                complaints.add(FACTORY.getSchema(schema).validate(document));
            }
        }
        assertThat(complaints)
                .as("what '%s --json' may be, and how %s differs", verb, printed)
                .anyMatch(Set::isEmpty);
    }

    private static ObjectNode schema(Class<?> type, Fields fields, String words) {
        SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(
                        RepositoryJson.mapper(), SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(new JacksonModule(
                        JacksonOption.FLATTENED_ENUMS_FROM_JSONVALUE, JacksonOption.SKIP_SUBTYPE_LOOKUP))
                .with(Option.MAP_VALUES_AS_ADDITIONAL_PROPERTIES, Option.NULLABLE_FIELDS_BY_DEFAULT);
        if (fields == Fields.ALL_ARE_KNOWN) {
            config.with(Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT);
        }
        config.forFields()
                .withPropertyNameOverrideResolver(
                        field -> PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(field.getDeclaredName()))
                .withNullableCheck(field -> !field.getType().isPrimitive())
                .withRequiredCheck(field -> field.getType().isPrimitive())
                .withDescriptionResolver(field -> field.isFakeContainerItemScope()
                        ? null
                        : RecordComponents.description(
                                field.getDeclaringType().getErasedType(), field.getDeclaredName()));
        config.forTypesInGeneral()
                .withPropertySorter(Comparator.comparing(property -> 0))
                .withDescriptionResolver(
                        resolved -> typeDescription(resolved.getType().getErasedType()));
        config.forTypesInGeneral().withCustomDefinitionProvider((resolved, context) -> {
            ObjectNode scalar = scalar(resolved.getErasedType());
            return scalar == null
                    ? null
                    : new CustomDefinition(
                            scalar, CustomDefinition.DefinitionType.INLINE, CustomDefinition.AttributeInclusion.YES);
        });
        ObjectNode schema = new SchemaGenerator(config.build()).generateSchema(type);
        closeUnions(schema);
        if (fields == Fields.MAY_BE_ADDED) {
            openEnumerations(schema);
        }
        schema.put("title", "pgagent " + words + " --json");
        return schema;
    }

    private static String typeDescription(Class<?> type) {
        return scalar(type) == null ? RecordComponents.description(type) : null;
    }

    /** A later pgagent may have more words. */
    private static void openEnumerations(JsonNode schema) {
        schema.forEach(JsonDocuments::openEnumerations);
        if (schema instanceof ObjectNode words && words.path("enum").isArray()) {
            words.set("examples", words.remove("enum"));
        }
    }

    /** Where one object is described in parts, none of them may forbid what the others have. */
    private static void closeUnions(JsonNode schema) {
        schema.forEach(JsonDocuments::closeUnions);
        if (schema instanceof ObjectNode union && union.has("allOf")) {
            boolean closed = open(union);
            for (JsonNode part : union.get("allOf")) {
                closed |= part instanceof ObjectNode object && open(object);
            }
            if (closed) {
                union.put("unevaluatedProperties", false);
            }
        }
    }

    private static boolean open(ObjectNode schema) {
        if (schema.path("additionalProperties").isBoolean()) {
            schema.remove("additionalProperties");
            return true;
        }
        return false;
    }

    /** What is printed as one word or number; null of all else. */
    private static ObjectNode scalar(Class<?> type) {
        ObjectNode scalar = RepositoryJson.mapper().createObjectNode();
        if (type == Timeline.class) {
            return scalar.put("type", "integer").put("minimum", 1);
        }
        if (type == Instant.class) {
            return scalar.put("type", "string").put("format", "date-time");
        }
        if (type == Lsn.class) {
            return scalar.put("type", "string").put("pattern", "^[0-9A-F]{1,8}/[0-9A-F]{1,8}$");
        }
        if (type == BackupId.class) {
            return scalar.put("type", "string").put("pattern", "^[0-9]{8}T[0-9]{6}Z-[FIC]$");
        }
        if (type.isEnum()) {
            scalar.put("type", "string");
            for (Object constant : type.getEnumConstants()) {
                scalar.withArray("enum").add(RepositoryJson.mapper().<JsonNode>valueToTree(constant));
            }
            return scalar;
        }
        boolean word = type == PackId.class || type == SystemIdentifier.class || Path.class.isAssignableFrom(type);
        return word ? scalar.put("type", "string") : null;
    }
}
