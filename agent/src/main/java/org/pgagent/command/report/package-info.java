/**
 * The report of {@code pgagent show --report}: one HTML page with its drawings, of records and surveys that others have read. It asks
 * no store and opens no file. Called by {@code command}.
 */
package org.pgagent.command.report;
