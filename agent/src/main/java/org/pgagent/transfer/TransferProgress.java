package org.pgagent.transfer;

/**
 * Is told how far a transfer has come. Thread-safe: workers call it at the same time. Quick: it never waits for a terminal
 * or a store.
 */
public interface TransferProgress {
    /** How much there is to do, once that is known. It may be corrected by calling again. */
    void totalKnown(long bytes, long files);

    /** So many more original bytes are done. */
    void advanced(long bytes);

    /** One more file is done. */
    void fileDone();

    /** Tells nobody. */
    static TransferProgress silent() {
        return new TransferProgress() {
            @Override
            public void totalKnown(long bytes, long files) {}

            @Override
            public void advanced(long bytes) {}

            @Override
            public void fileDone() {}
        };
    }
}
