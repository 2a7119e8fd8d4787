/**
 * The settings: their names, meanings and defaults in one table, and where their values come from (options over
 * environment over file). Used by {@code command}, {@code Main} and {@code Wiring} alone; whatever lies deeper gets the
 * values it needs.
 */
package org.pgagent.config;
