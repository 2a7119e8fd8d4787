/**
 * The program: arguments and configuration to a command, and the one place that puts the objects together.
 *
 * <p>In {@link org.pgagent.Main} whatever failed becomes a command's exit status; {@link org.pgagent.Wiring} puts the objects
 * together, and {@link org.pgagent.StoreWiring} the store, whose implementations nobody else makes. Nothing uses this package.
 */
package org.pgagent;
