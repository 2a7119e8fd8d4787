package org.pgagent.transfer;

/** Is told how far a transfer has got. Called from several threads, often: must be quick and must not throw. */
public interface TransferProgress {
    /** Says nothing to nobody. */
    TransferProgress SILENT = new TransferProgress() {
        @Override
        public void totalKnown(long originalBytes, long files) {}

        @Override
        public void advanced(long originalBytes) {}

        @Override
        public void fileDone() {}
    };

    /** How much there will be, as far as is known; may be told once, at any time. */
    void totalKnown(long originalBytes, long files);

    /** More original bytes are through. */
    void advanced(long originalBytes);

    /** One more file is through. */
    void fileDone();
}
