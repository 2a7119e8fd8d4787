/**
 * What can go wrong in the world, as one exception and its kinds, and the words for what the file system refused.
 *
 * <p>Not here: bugs. Those are {@link IllegalArgumentException} and {@link IllegalStateException} and are caught only in
 * {@code Main}. Every package may use this one; it uses none.
 */
package org.pgagent.error;
