package org.pgagent.postgres;

/** What is wrong with a page. */
public enum PageFault {
    /** Its checksum is not that of its bytes, and no replay of WAL will bring it back. */
    CHECKSUM_MISMATCH("wrong checksum"),
    /** Its checksum is wrong, and so is its LSN: WAL has not got that far. */
    LSN_BEYOND_WAL("wrong checksum, and an LSN beyond the end of WAL"),
    /** Its header is that of a page that was never used, but it is not all zeros. */
    NEW_PAGE_NOT_EMPTY("header of a new page, but content that is not zero");

    private final String text;

    PageFault(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
