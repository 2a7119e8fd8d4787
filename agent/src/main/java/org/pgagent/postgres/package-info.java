/**
 * PostgreSQL's formats, as values that cannot be wrong: LSNs, timelines, WAL segment names, the control file, WAL and
 * page headers, backup label, tablespace map, history files, and which files of a data directory are copied.
 *
 * <p>Reads bytes and prints text; talks to no server (that is {@code postgres.session}) and to no store. Sources of the
 * formats are named at each type.
 */
package org.pgagent.postgres;
