package org.pgagent.command.report;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Writes HTML as a stream, in the form that is XML as well. Every text and every value of an attribute is escaped, by the JDK's own
 * writer of XML; there is no way around that. Does not own the writer. Not thread-safe.
 */
final class HtmlWriter {
    /** Elements that HTML knows without an end; all others of HTML must have one, also if nothing is in them. */
    private static final Set<String> WITHOUT_END = Set.of("meta", "br", "rect", "path", "circle", "use");

    private static final String REPLACEMENT = "\uFFFD";

    private final XMLStreamWriter xml;
    private final Deque<String> open = new ArrayDeque<>();

    HtmlWriter(Writer out) throws IOException {
        try {
            xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
        } catch (XMLStreamException e) {
            throw new IOException(e);
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws XMLStreamException;
    }

    private HtmlWriter step(Step step) throws IOException {
        try {
            step.run();
            return this;
        } catch (XMLStreamException e) {
            throw e.getNestedException() instanceof IOException failure ? failure : new IOException(e);
        }
    }

    HtmlWriter doctype() throws IOException {
        return step(() -> xml.writeDTD("<!DOCTYPE html>"));
    }

    /** Begins an element; after its name come its attributes, a name and a value each. */
    HtmlWriter open(String tag, String... attributes) throws IOException {
        open.push(tag);
        return step(() -> {
            xml.writeStartElement(tag);
            attributes(attributes);
        });
    }

    /** Ends the element that was begun last. */
    HtmlWriter close() throws IOException {
        open.pop();
        return step(xml::writeEndElement);
    }

    /** An element that has nothing in it. */
    HtmlWriter empty(String tag, String... attributes) throws IOException {
        if (!WITHOUT_END.contains(tag)) {
            return open(tag, attributes).close();
        }
        return step(() -> {
            xml.writeEmptyElement(tag);
            attributes(attributes);
        });
    }

    /** An element that has nothing but text in it. */
    HtmlWriter element(String tag, String text, String... attributes) throws IOException {
        return open(tag, attributes).text(text).close();
    }

    HtmlWriter text(String text) throws IOException {
        return step(() -> xml.writeCharacters(clean(text)));
    }

    /** Hands on what was written; every element must have been closed. */
    void finish() throws IOException {
        if (!open.isEmpty()) {
            throw new IllegalStateException("not closed: " + open);
        }
        step(xml::flush);
    }

    private void attributes(String... attributes) throws XMLStreamException {
        for (int i = 0; i < attributes.length; i += 2) {
            xml.writeAttribute(attributes[i], clean(attributes[i + 1]));
        }
    }

    /** What XML does not allow, such as control characters and halves of surrogate pairs, is replaced. */
    private static String clean(String text) {
        boolean allowed = text.codePoints().allMatch(HtmlWriter::isAllowed);
        if (allowed) {
            return text;
        }
        StringBuilder clean = new StringBuilder();
        text.codePoints().forEach(character -> {
            if (isAllowed(character)) {
                clean.appendCodePoint(character);
            } else {
                clean.append(REPLACEMENT);
            }
        });
        return clean.toString();
    }

    /** XML 1.0, 2.2. */
    private static boolean isAllowed(int character) {
        return character == '\t'
                || character == '\n'
                || character == '\r'
                || (character >= 0x20 && character <= 0xD7FF)
                || (character >= 0xE000 && character <= 0xFFFD)
                || character >= 0x10000;
    }
}
