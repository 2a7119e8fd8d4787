/**
 * The repository's format: its keys, {@code cluster.json}, {@code lease.json}, the records of backups, the manifest, and which
 * archive files are there. {@code docs/repository-format.md} says the same for other programs; both change in one commit.
 *
 * <p>Reads and writes these objects through {@code storage}; decides nothing about when, but for the
 * lease, whose rules of who may archive are here ({@link org.pgagent.repository.WriterLease}). Called by the four jobs.
 */
package org.pgagent.repository;
