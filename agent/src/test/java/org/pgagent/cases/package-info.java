/**
 * The cases that a backup must stand: real clusters of every version, a real S3 server that checks signatures, and what an
 * operator or a disaster does to them. {@code case n} is the number in the list that the tests were agreed on.
 */
package org.pgagent.cases;
