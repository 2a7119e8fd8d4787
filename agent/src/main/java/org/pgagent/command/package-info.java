/**
 * One class a verb of the command line: reads its options, calls one of the four jobs, prints the result.
 */
package org.pgagent.command;
