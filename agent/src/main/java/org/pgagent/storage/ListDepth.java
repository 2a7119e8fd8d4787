package org.pgagent.storage;

/** How far a listing reaches below its prefix. */
public enum ListDepth {
    /** Everything below the prefix. */
    ALL,
    /** One level, cut at the next slash: the objects there, and the names of the folders. */
    FOLDER
}
