package org.pgagent.repository;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the repository has of one content that a log file had: its pieces, in the order of their places.
 *
 * @param pieces at least one, all of one file and generation
 */
public record StoredLog(List<LogPiece> pieces) {
    public StoredLog {
        pieces = List.copyOf(pieces);
        if (pieces.isEmpty()) {
            throw new IllegalArgumentException("nothing is stored");
        }
    }

    public String file() {
        return pieces.get(0).file();
    }

    public String generation() {
        return pieces.get(0).generation();
    }

    /** When the file was changed last, as far as that was seen. */
    public long modifiedMillis() {
        return pieces.stream().mapToLong(LogPiece::modifiedMillis).max().orElseThrow();
    }

    /**
     * The pieces that follow each other from the file's beginning. Of two that begin at one place, which two runs at once can
     * leave, the longer one; empty if the beginning is missing.
     */
    public List<LogPiece> chain() {
        List<LogPiece> chain = new ArrayList<>();
        long end = 0;
        for (int i = 0; i < pieces.size(); i++) {
            LogPiece piece = pieces.get(i);
            boolean longest = i + 1 == pieces.size() || pieces.get(i + 1).start() != piece.start();
            if (piece.start() == end && longest) {
                chain.add(piece);
                end = piece.end();
            }
        }
        return chain;
    }

    /** The last piece of the {@link #chain}. */
    public Optional<LogPiece> last() {
        List<LogPiece> chain = chain();
        return chain.isEmpty() ? Optional.empty() : Optional.of(chain.get(chain.size() - 1));
    }

    /** Whether bytes are missing between pieces, or before the first one. */
    public boolean hasGap() {
        long end = last().map(LogPiece::end).orElse(0L);
        return pieces.get(pieces.size() - 1).end() > end;
    }
}
